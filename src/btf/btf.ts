import { BtfNotFoundError, encodeUtf8 } from '../base/index.ts';
import { functionsTaking } from './arguments.ts';
import { resolvePlace, sizeOf } from './chains.ts';
import { decode, decodeFunc, kindNameOf, placeOf } from './decode.ts';
import { type FieldMiss, fieldPlace } from './fields.ts';
import { KINDS } from './kinds.ts';
import { NameIndex } from './name-index.ts';
import { tracepointOf } from './tracepoints.ts';
import { declarationOf } from './type-names.ts';
import { TypeTable } from './type-table.ts';
import type {
  BtfEnum,
  BtfFunc,
  BtfKindName,
  BtfStruct,
  BtfType,
  FieldPlace,
  FuncByArgument,
} from './types.ts';

/** The BTF of a kernel, or of a module over its kernel's. Keeps the bytes it was given: do not change them. */
export class Btf {
  /** "vmlinux" or the module's name. */
  readonly name: string;
  readonly base: Btf | undefined;
  readonly #table: TypeTable;
  #index: NameIndex | undefined;
  #pointerSize: number | undefined;

  private constructor(table: TypeTable, name: string, base: Btf | undefined) {
    this.#table = table;
    this.name = name;
    this.base = base;
  }

  /**
   * Indexes BTF of either byte order; with `base`, a module's split BTF. Throws BtfError when it is malformed; what
   * only one type has wrong comes up when that type is read.
   */
  static parse(bytes: Uint8Array, options: { base?: Btf; name?: string } = {}): Btf {
    const { base } = options;
    const table = new TypeTable(bytes, base === undefined ? undefined : base.#table);
    return new Btf(table, options.name ?? (base === undefined ? 'vmlinux' : 'module'), base);
  }

  /** Highest id + 1, the base's included. */
  get typeCount(): number {
    return this.#table.typeCount;
  }

  /** Lowest id that is not the base's: 1 without a base. */
  get firstId(): number {
    return this.#table.firstId;
  }

  get littleEndian(): boolean {
    return this.#table.littleEndian;
  }

  /** Bytes of a pointer, as the size of `unsigned long` tells; 8 when there is none. */
  get pointerSize(): number {
    this.#pointerSize ??= this.base?.pointerSize ?? this.#longSize();
    return this.#pointerSize;
  }

  /** Decodes one type. Throws BtfNotFoundError for an id that does not exist, BtfError for a corrupt record. */
  type(id: number): BtfType {
    return decode(this.#table, id);
  }

  /** Own types (not the base's) by ascending id. */
  *types(): Generator<BtfType> {
    for (let id = this.firstId; id < this.typeCount; id++) yield this.type(id);
  }

  kindOf(id: number): BtfKindName {
    return kindNameOf(placeOf(this.#table, id));
  }

  /** '' for void and unnamed types. */
  nameOf(id: number): string {
    const { table, at } = placeOf(this.#table, id);
    return id === 0 ? '' : table.nameAt(at);
  }

  /** Lowest own id with this kind and name, else the base's. */
  find(kind: BtfKindName, name: string): number | undefined {
    return this.#find(kind, encodeUtf8(name));
  }

  /** Every id with this kind and name: own ones ascending, then the base's. */
  findAll(kind: BtfKindName, name: string): number[] {
    if (kind === 'void' || name === '') return [];
    const bytes = encodeUtf8(name);
    const ids: number[] = [];
    for (let from: Btf | undefined = this; from !== undefined; from = from.base) {
      const index = from.#names();
      const { number } = KINDS[kind];
      for (let id = index.find(number, bytes); id !== 0; id = index.find(number, bytes, id)) ids.push(id);
    }
    return ids;
  }

  /** A struct or union by name; throws BtfNotFoundError("struct sk_buff"). */
  struct(name: string): BtfStruct {
    return this.type(this.#structId(name)) as BtfStruct;
  }

  /**
   * Where a member is: "len", "sk.__sk_common.skc_family", "cb[3]". Dots go through embedded structs, unions and
   * arrays, never through pointers; members of anonymous members count as the struct's own. The struct is given by
   * name or by id (typedefs resolved). Throws BtfNotFoundError("struct sk_buff.foo").
   */
  field(struct: string | number, path: string): FieldPlace {
    const id = typeof struct === 'number' ? struct : this.#structId(struct);
    const place = this.#field(id, path);
    if (!('miss' in place)) return place;
    throw new BtfNotFoundError(`${this.typeName(id)}.${path}`, place.miss);
  }

  /** Would `field` find it? False also when there is no such struct. */
  hasField(struct: string | number, path: string): boolean {
    const id = typeof struct === 'number' ? struct : this.#findStruct(struct);
    return id !== undefined && !('miss' in this.#field(id, path));
  }

  /** Bytes. Throws BtfNotFoundError for void, functions and forward declarations, BtfError for endless types. */
  sizeOf(id: number): number {
    return sizeOf(this.#table, id, this.pointerSize);
  }

  /** Strips typedef, const, volatile, restrict and type_tag; 0 is void. Throws BtfError when they form a loop. */
  resolve(id: number): number {
    return resolvePlace(this.#table, id)?.id ?? 0;
  }

  /** An enum with its values, 32 or 64 bits wide; forward declarations are passed over. Throws BtfNotFoundError. */
  enumOf(name: string): BtfEnum {
    for (const kind of ['enum', 'enum64'] as const)
      for (const id of this.findAll(kind, name)) {
        const found = this.type(id) as BtfEnum;
        if (found.values.length > 0) return found;
      }
    throw new BtfNotFoundError(`enum ${name}`);
  }

  /** Value → name; the first name where several share a value, without values beyond 53 bits. */
  enumNames(name: string): Map<number, string> {
    const names = new Map<number, string>();
    for (const { name: label, value } of this.enumOf(name).values) {
      const number = Number(value);
      if (Number.isSafeInteger(number) && !names.has(number)) names.set(number, label);
    }
    return names;
  }

  /** A function with its prototype, by name or by the id of its func (several may share a name). */
  func(wanted: string | number): BtfFunc | undefined {
    const id = typeof wanted === 'number' ? wanted : this.find('func', wanted);
    return id === undefined ? undefined : decodeFunc(this.#table, id);
  }

  /** Own functions (not the base's) by ascending id. */
  *functions(): Generator<BtfFunc> {
    for (let id = this.firstId; id < this.typeCount; id++)
      if (this.#table.kindOf(id) === KINDS.func.number) yield decodeFunc(this.#table, id);
  }

  /**
   * Own functions (not the base's) with a `struct NAME *` or `union NAME *` among their first `maxArgs` parameters,
   * through typedef and const; `argIndex` is the first such parameter. Functions of a corrupt prototype are errors.
   */
  functionsByArgument(structName: string, maxArgs = 5): FuncByArgument[] {
    const kinds = ['struct', 'union', 'fwd'] as const;
    const targets = new Set(kinds.flatMap(kind => this.findAll(kind, structName)));
    return targets.size === 0 ? [] : functionsTaking(this.#table, targets, maxArgs);
  }

  /**
   * A tracepoint's prototype without the leading `void *__data`: what raw_tp and tp_btf programs get as arguments.
   * `id` is the typedef that tp_btf attaches to. Parameter names are '' on kernels that do not record them.
   */
  tracepoint(name: string): BtfFunc | undefined {
    const typedef = this.find('typedef', `btf_trace_${name}`);
    return typedef === undefined ? undefined : tracepointOf(this, name, typedef);
  }

  /** C-like: "struct sk_buff *", "int (*)(void *, int)". Unnamed structs read "struct {...}". */
  typeName(id: number): string {
    return declarationOf(this.#table, id, '');
  }

  /** A C declaration: "struct sk_buff *skb", "char cb[48]". */
  declaration(id: number, name: string): string {
    return declarationOf(this.#table, id, name);
  }

  #field(id: number, path: string): FieldPlace | FieldMiss {
    return fieldPlace(this.#table, id, path, this.pointerSize);
  }

  #structId(name: string): number {
    const id = this.#findStruct(name);
    if (id !== undefined) return id;
    const declared = this.find('fwd', name) !== undefined;
    const hint = declared ? `only declared in ${this.name}: a module's BTF has its members` : undefined;
    throw new BtfNotFoundError(`struct ${name}`, hint);
  }

  #findStruct(name: string): number | undefined {
    const bytes = encodeUtf8(name);
    return this.#find('struct', bytes) ?? this.#find('union', bytes);
  }

  #find(kind: BtfKindName, name: Uint8Array): number | undefined {
    if (kind === 'void' || name.length === 0) return undefined;
    const own = this.#names().find(KINDS[kind].number, name);
    if (own !== 0) return own;
    return this.base === undefined ? undefined : this.base.#find(kind, name);
  }

  #names(): NameIndex {
    this.#index ??= new NameIndex(this.#table);
    return this.#index;
  }

  #longSize(): number {
    for (const name of ['unsigned long', 'long unsigned int', 'long', 'long int']) {
      const id = this.find('int', name);
      const type = id === undefined ? undefined : this.type(id);
      if (type?.kind === 'int' && (type.size === 4 || type.size === 8)) return type.size;
    }
    return 8;
  }
}
