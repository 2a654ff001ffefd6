import { ATTACH_TYPES } from '../abi/index.ts';
import type { AttachSpec } from '../asm/index.ts';
import { encodeUtf8, NetwhyError } from '../base/index.ts';
import { Attr, addressOf, bpf, Fd } from '../sys/index.ts';
import { Link } from './link.ts';

const KPROBE_MULTI_RETURN = 1;

type MultiSpec = Extract<AttachSpec, { kind: 'kprobe-multi' }>;

/** BPF_RAW_TRACEPOINT_OPEN; without a name the place is the one that the program was loaded for (tp-btf, fentry, fexit). */
export function openRawTracepoint(programFd: number, what: string, name?: string): Link {
  const attr = new Attr(24).u32(8, programFd);
  if (name !== undefined) attr.text(0, name);
  return new Link(what, [new Fd(bpf('raw_tracepoint_open', attr.bytes, what), what)]);
}

/** One link for many functions, by address when the spec has addresses. 5.18, CONFIG_FPROBE. */
export function openKprobeMulti(programFd: number, spec: MultiSpec): Link {
  const count = spec.addresses?.length ?? spec.functions.length;
  const what = `kprobe-multi of ${count} functions`;
  if (spec.cookies && spec.cookies.length !== count)
    throw new NetwhyError(`${what}: ${spec.cookies.length} cookies`);
  const attr = new Attr(48)
    .u32(0, programFd)
    .u32(8, ATTACH_TYPES.trace_kprobe_multi)
    .u32(16, spec.return ? KPROBE_MULTI_RETURN : 0)
    .u32(20, count);
  if (spec.addresses) attr.pointer(32, words(spec.addresses));
  else pointToNames(attr, 24, spec.functions);
  if (spec.cookies) attr.pointer(40, words(spec.cookies));
  return new Link(what, [new Fd(bpf('link_create', attr.bytes, what), what)]);
}

function words(values: readonly bigint[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values).buffer);
}

/** An array of pointers to NUL-terminated names that lie one after another in one block. */
function pointToNames(attr: Attr, offset: number, names: readonly string[]): void {
  const block = encodeUtf8(`${names.join('\0')}\0`);
  const start = addressOf(block);
  const pointers: bigint[] = [];
  for (let at = 0; at < block.length; at = block.indexOf(0, at) + 1) pointers.push(start + BigInt(at));
  attr.keep(block).pointer(offset, words(pointers));
}
