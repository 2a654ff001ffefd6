import type { Kallsyms } from '../kernel/index.ts';
import type { BpfMap } from '../load/index.ts';

/** Addresses of a stack by its key, innermost first; undefined when the map has none. Its value ends with zeros. */
export function readStack(stacks: BpfMap, id: number): readonly bigint[] | undefined {
  const key = new Uint8Array(4);
  new DataView(key.buffer).setUint32(0, id, true);
  const value = stacks.lookup(key);
  if (!value) return undefined;
  const words = new BigUint64Array(value.slice().buffer);
  const end = words.indexOf(0n);
  return [...(end < 0 ? words : words.subarray(0, end))];
}

/** "tcp_v4_rcv+0x1a". A return address may be the first byte of the next function: the byte before it decides. */
export function frameText(kallsyms: Kallsyms, address: bigint): string {
  const symbol = kallsyms.lookup(address - 1n);
  if (symbol === undefined) return `0x${address.toString(16)}`;
  const { name, offset, module } = symbol;
  return `${name}+0x${(offset + 1).toString(16)}${module === null ? '' : ` [${module}]`}`;
}

/** Frames of the program itself and of what called it. */
const TRACER = /^(?:0x|bpf_|__bpf_|__traceiter_|trace_)/;

/** Without the tracer's own frames, which come first. */
export function withoutTracer(frames: readonly string[]): readonly string[] {
  const first = frames.findIndex(frame => !TRACER.test(frame));
  return first < 0 ? [] : frames.slice(first);
}
