import { CALL, CLASS, INSN_BYTES, JUMP_CALL, MODE, PSEUDO, SIZE } from '../abi/index.ts';
import type { Program } from '../asm/index.ts';
import { encodeUtf8 } from '../base/index.ts';
import { Attr, bpf, Fd } from '../sys/index.ts';

/** Documentation/bpf/btf.rst. */
const BTF_MAGIC = 0xeb9f;
const BTF_HEADER_BYTES = 24;
const KIND_INT = 1 << 24;
const KIND_FUNC = 12 << 24;
const KIND_FUNC_PROTO = 13 << 24;
const LINKAGE_GLOBAL = 1;
const INT_ID = 1;
const PROTO_ID = 2;
const FIRST_FUNC_ID = 3;

const CALL_OP = CLASS.jmp | JUMP_CALL;
const WIDE_OP = CLASS.ld | MODE.imm | SIZE.u64;

/** bpf_func_info records (u32 first instruction, u32 BTF id) and the BTF that they refer to. */
export interface FunctionInfo {
  readonly btf: Fd;
  readonly records: Uint8Array;
  readonly count: number;
}

/**
 * A program that takes the address of one of its functions (bpf_loop, bpf_for_each_map_elem) is only accepted with
 * BTF that names all its functions: loads a small one. Undefined for every other program. 5.13.
 */
export function functionInfoOf(program: Program): FunctionInfo | undefined {
  const { starts, addressed } = functionsOf(program.bytes);
  if (!addressed) return undefined;
  const blob = btfOf(starts.map(slot => nameOf(program, slot)));
  const records = Uint32Array.from(starts.flatMap((slot, index) => [slot, FIRST_FUNC_ID + index]));
  const attr = new Attr(40).pointer(0, blob).u32(16, blob.byteLength);
  const btf = new Fd(bpf('btf_load', attr.bytes), `BTF of program ${program.name}`);
  return { btf, records: new Uint8Array(records.buffer), count: starts.length };
}

/** First slots of all functions, ascending; the program's own is 0. */
export function functionsOf(bytes: Uint8Array): {
  readonly starts: readonly number[];
  readonly addressed: boolean;
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const starts = new Set([0]);
  let addressed = false;
  for (let slot = 0; slot < bytes.byteLength / INSN_BYTES; slot++) {
    const at = slot * INSN_BYTES;
    const op = view.getUint8(at);
    const source = view.getUint8(at + 1) >> 4;
    const address = op === WIDE_OP && source === PSEUDO.func;
    addressed ||= address;
    if (address || (op === CALL_OP && source === CALL.local))
      starts.add(slot + 1 + view.getInt32(at + 4, true));
    if (op === WIDE_OP) slot++;
  }
  return { starts: [...starts].sort((a, b) => a - b), addressed };
}

function nameOf(program: Program, slot: number): string {
  const name =
    slot === 0 ? program.name : program.notes.find(note => note.kind === 'label' && note.slot === slot)?.text;
  return (name ?? `function_${slot}`).replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, '_');
}

/** BTF of `int name(void)` for each name; the first is global, the others static, as the verifier wants callbacks. */
function btfOf(names: readonly string[]): Uint8Array {
  const strings = ['', 'int', ...names];
  const offsets = new Map<string, number>();
  let length = 0;
  for (const text of strings) {
    offsets.set(text, offsets.get(text) ?? length);
    length += text.length + 1;
  }
  const types = [
    [offsets.get('int')!, KIND_INT, 4, (1 << 24) | 32],
    [0, KIND_FUNC_PROTO, INT_ID],
    ...names.map((name, index) => [
      offsets.get(name)!,
      KIND_FUNC | (index === 0 ? LINKAGE_GLOBAL : 0),
      PROTO_ID,
    ]),
  ].flat();
  const header = [BTF_MAGIC | (1 << 16), BTF_HEADER_BYTES, 0, types.length * 4, types.length * 4, length];
  const words = new Uint8Array(Uint32Array.from([...header, ...types]).buffer);
  return new Uint8Array([...words, ...encodeUtf8(`${strings.join('\0')}\0`)]);
}
