import { encodeUtf8 } from '../../base/index.ts';
import { type StoredKindName, KINDS } from '../kinds.ts';

export interface MemberSpec {
  name?: string;
  type: number;
  bit: number;
  width?: number;
}

export interface BuilderOptions {
  bigEndian?: boolean;
  base?: BtfBuilder;
  /** Bytes of the header, 24 without the layout section. */
  headerSize?: number;
  /** [info_sz, elem_sz] by kind number; written as a layout section. */
  layout?: readonly (readonly [number, number])[];
  /** Bytes in front of the string section. */
  gap?: number;
}

/** Writes BTF. Nothing is checked, so that tests can write what is wrong. */
export class BtfBuilder {
  readonly #options: BuilderOptions;
  readonly #words: number[] = [];
  readonly #strings: number[];
  readonly #firstString: number;
  #nextId: number;

  constructor(options: BuilderOptions = {}) {
    this.#options = options;
    this.#strings = options.base === undefined ? [0] : [];
    this.#firstString = options.base?.stringEnd ?? 0;
    this.#nextId = options.base?.nextId ?? 1;
  }

  get nextId(): number {
    return this.#nextId;
  }

  get stringEnd(): number {
    return this.#firstString + this.#strings.length;
  }

  string(text: string): number {
    if (text === '') return 0;
    const offset = this.stringEnd;
    for (const byte of encodeUtf8(text)) this.#strings.push(byte);
    this.#strings.push(0);
    return offset;
  }

  raw(nameOffset: number, info: number, third: number, rest: readonly number[] = []): number {
    this.#words.push(nameOffset, info, third, ...rest);
    return this.#nextId++;
  }

  record(
    kind: StoredKindName,
    name: string,
    third: number,
    rest: readonly number[] = [],
    { vlen = 0, flag = false } = {},
  ): number {
    const info = ((flag ? 0x80000000 : 0) | (KINDS[kind].number << 24) | vlen) >>> 0;
    return this.raw(this.string(name), info, third, rest);
  }

  int(name: string, size: number, { signed = false, char = false, bool = false, offset = 0, bits = size * 8 } = {}): number {
    const encoding = Number(signed) | (Number(char) << 1) | (Number(bool) << 2);
    return this.record('int', name, size, [((encoding << 24) | (offset << 16) | bits) >>> 0]);
  }

  ref(kind: 'ptr' | 'const' | 'volatile' | 'restrict', type: number): number {
    return this.record(kind, '', type);
  }

  typedef(name: string, type: number): number {
    return this.record('typedef', name, type);
  }

  typeTag(name: string, type: number): number {
    return this.record('type_tag', name, type);
  }

  array(type: number, index: number, length: number): number {
    return this.record('array', '', 0, [type, index, length]);
  }

  struct(name: string, size: number, members: readonly MemberSpec[], kind: 'struct' | 'union' = 'struct'): number {
    const flag = members.some(member => member.width !== undefined);
    const rest = members.flatMap(({ name = '', type, bit, width = 0 }) => [
      this.string(name),
      type,
      flag ? ((width << 24) | bit) >>> 0 : bit,
    ]);
    return this.record(kind, name, size, rest, { vlen: members.length, flag });
  }

  union(name: string, size: number, members: readonly MemberSpec[]): number {
    return this.struct(name, size, members, 'union');
  }

  enum(name: string, values: Readonly<Record<string, number>>, { signed = false, size = 4 } = {}): number {
    const entries = Object.entries(values);
    const rest = entries.flatMap(([label, value]) => [this.string(label), value >>> 0]);
    return this.record('enum', name, size, rest, { vlen: entries.length, flag: signed });
  }

  enum64(name: string, values: Readonly<Record<string, bigint>>, { signed = false } = {}): number {
    const entries = Object.entries(values);
    const rest = entries.flatMap(([label, value]) => [
      this.string(label),
      Number(BigInt.asUintN(32, value)),
      Number(BigInt.asUintN(32, value >> 32n)),
    ]);
    return this.record('enum64', name, 8, rest, { vlen: entries.length, flag: signed });
  }

  fwd(name: string, of: 'struct' | 'union' = 'struct'): number {
    return this.record('fwd', name, 0, [], { flag: of === 'union' });
  }

  proto(returns: number, params: readonly (readonly [string, number])[]): number {
    const rest = params.flatMap(([name, type]) => [this.string(name), type]);
    return this.record('func_proto', '', returns, rest, { vlen: params.length });
  }

  func(name: string, proto: number, linkage = 0): number {
    return this.record('func', name, proto, [], { vlen: linkage });
  }

  variable(name: string, type: number, linkage = 0): number {
    return this.record('var', name, type, [linkage]);
  }

  datasec(name: string, size: number, variables: readonly (readonly [number, number, number])[]): number {
    return this.record('datasec', name, size, variables.flat(), { vlen: variables.length });
  }

  float(name: string, size: number): number {
    return this.record('float', name, size);
  }

  declTag(name: string, type: number, component: number): number {
    return this.record('decl_tag', name, type, [component >>> 0]);
  }

  bytes(): Uint8Array {
    const { bigEndian = false, layout = [], gap = 0 } = this.#options;
    const headerSize = this.#options.headerSize ?? (layout.length > 0 ? 32 : 24);
    const typeSize = this.#words.length * 4;
    const stringStart = headerSize + typeSize + gap;
    const layoutStart = stringStart + this.#strings.length;
    const bytes = new Uint8Array(layoutStart + layout.length * 4);
    const view = new DataView(bytes.buffer);
    const u32 = (at: number, value: number): void => view.setUint32(at, value, !bigEndian);
    view.setUint16(0, 0xeb9f, !bigEndian);
    bytes[2] = 1;
    [headerSize, 0, typeSize, typeSize + gap, this.#strings.length].forEach((value, i) => u32(4 + i * 4, value));
    if (layout.length > 0) u32(24, layoutStart - headerSize);
    if (layout.length > 0) u32(28, layout.length * 4);
    this.#words.forEach((word, i) => u32(headerSize + i * 4, word));
    bytes.set(this.#strings, stringStart);
    layout.forEach((sizes, i) => bytes.set(sizes, layoutStart + i * 4));
    return bytes;
  }
}
