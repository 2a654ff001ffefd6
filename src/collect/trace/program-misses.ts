import type { Loaded } from '../../load/index.ts';
import type { TraceProbe } from '../../probes/index.ts';
import { Attr, bpf } from '../../sys/index.ts';

/** struct bpf_prog_info up to recursion_misses (5.12; for kprobes 6.7). */
const INFO_BYTES = 224;
const RECURSION_MISSES = 208;

/** Runs that the kernel left out because the program, or another one, was running on that CPU already. */
export function programMisses(loaded: Loaded, probe: TraceProbe): number {
  return probe.blueprint.programs.reduce((sum, { name }) => sum + missesOf(loaded.program(name).fd), 0);
}

function missesOf(fd: number): number {
  const info = new Attr(INFO_BYTES);
  bpf('obj_get_info_by_fd', new Attr(16).u32(0, fd).u32(4, INFO_BYTES).pointer(8, info.bytes).bytes);
  return Number(info.readU64(RECURSION_MISSES));
}
