import type { Btf } from '../../btf/index.ts';
import { runsAtLeast, settingOf } from '../../sys/index.ts';

/** How functions can be probed on this kernel; `none`: only tracepoints can. */
export type AttachMode = 'kprobe-multi' | 'kprobe-events' | 'none';

const KPROBE_PMU = '/sys/bus/event_source/devices/kprobe/type';
/** Only kernels with CONFIG_FPROBE have it (kernel/trace/bpf_trace.c). */
const MULTI_LINK = 'bpf_kprobe_multi_link';

/** Told by the kernel's types: trying it out takes as long as attaching a link. */
export function attachMode(btf: Btf): AttachMode {
  if (runsAtLeast(5, 18) && btf.find('struct', MULTI_LINK) !== undefined) return 'kprobe-multi';
  return settingOf(KPROBE_PMU) === undefined ? 'none' : 'kprobe-events';
}
