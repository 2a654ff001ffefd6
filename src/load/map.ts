import { type CommandName, MAP_FLAGS, type MapTypeName } from '../abi/index.ts';
import type { MapSpec } from '../asm/index.ts';
import { NetwhyError, SyscallError } from '../base/index.ts';
import { Attr, bpf, type Fd, type Mapping, mapMemory, pageSize, possibleCpus } from '../sys/index.ts';
import { batchedEntries } from './map-batch.ts';
import { createMap } from './map-create.ts';

const ENOENT = 2;
const PER_CPU: ReadonlySet<MapTypeName> = new Set(['percpu_hash', 'percpu_array', 'lru_percpu_hash']);

/** A map in the kernel. Keys and values are bytes of exactly the spec's sizes; others throw NetwhyError. */
export class BpfMap implements Disposable {
  readonly spec: MapSpec;
  /** Bytes of a value as user space sees it: of per-CPU maps one for each possible CPU, each padded to 8. */
  readonly valueBytes: number;
  private readonly handle: Fd;

  private constructor(spec: MapSpec, handle: Fd) {
    this.spec = spec;
    this.handle = handle;
    this.valueBytes = PER_CPU.has(spec.type) ? roundUp(spec.valueSize, 8) * possibleCpus() : spec.valueSize;
  }

  /** Makes the map. Throws SyscallError, and NetwhyError for sizes that its type cannot have. */
  static create(spec: MapSpec): BpfMap {
    return new BpfMap(spec, createMap(spec));
  }

  /** -1 once disposed. */
  get fd(): number {
    return this.handle.fd;
  }

  /** A fresh copy; undefined when the key is absent. Per-CPU maps: all CPUs' values, 8-byte aligned, one after another. */
  lookup(key: Uint8Array): Uint8Array | undefined {
    const value = new Uint8Array(this.valueBytes);
    return this.lookupInto(key, value) ? value : undefined;
  }

  /** Into memory of `valueBytes`; false when the key is absent. */
  lookupInto(key: Uint8Array, value: Uint8Array): boolean {
    this.check('value', value, this.valueBytes);
    return this.element('map_lookup_elem', key, value);
  }

  /** `flags`: UPDATE_FLAGS. Throws SyscallError E2BIG when a hash is full, EEXIST and ENOENT as the flags ask. */
  update(key: Uint8Array, value: Uint8Array, flags = 0): void {
    this.check('value', value, this.valueBytes);
    bpf('map_update_elem', this.attrOf(key, value).u64(24, flags).bytes, this.handle.what);
  }

  /** False when the key was absent. */
  delete(key: Uint8Array): boolean {
    return this.element('map_delete_elem', key);
  }

  /**
   * Every key, each a fresh copy, in the kernel's order. Entries that come and go meanwhile may be missed or seen
   * twice: when the key it stands on is deleted by others, the kernel starts over from the first.
   */
  *keys(): Generator<Uint8Array, void, undefined> {
    let key: Uint8Array | undefined;
    for (;;) {
      const next = this.keyAfter(key);
      if (next === undefined) return;
      key = next;
      yield next;
    }
  }

  /** Keys with their values, fresh copies; an entry deleted in between is left out. */
  entries(): Generator<[key: Uint8Array, value: Uint8Array], void, undefined> {
    return batchedEntries(this) ?? this.entriesOneByOne();
  }

  /** The same with two system calls an entry: before 5.6, and for stack traces. */
  *entriesOneByOne(): Generator<[key: Uint8Array, value: Uint8Array], void, undefined> {
    for (const key of this.keys()) {
      const value = this.lookup(key);
      if (value !== undefined) yield [key, value];
    }
  }

  /** The values of an array made with MAP_FLAGS.mmapable, shared with the kernel: element i at i × valueSize rounded up to 8. */
  mapped(): Mapping {
    const { name, type, flags = 0, valueSize, maxEntries } = this.spec;
    if (type !== 'array' || !(flags & MAP_FLAGS.mmapable))
      throw new NetwhyError(`map ${name} cannot be mapped: only arrays with MAP_FLAGS.mmapable can`);
    return mapMemory(this.fd, roundUp(roundUp(valueSize, 8) * maxEntries, pageSize()), 0, true);
  }

  [Symbol.dispose](): void {
    this.handle.close();
  }

  private keyAfter(key: Uint8Array | undefined): Uint8Array | undefined {
    const next = new Uint8Array(this.spec.keySize);
    const attr = new Attr(32).u32(0, this.fd).pointer(16, next);
    if (key) attr.pointer(8, key);
    return this.found('map_get_next_key', attr) ? next : undefined;
  }

  private element(command: CommandName, key: Uint8Array, value?: Uint8Array): boolean {
    return this.found(command, this.attrOf(key, value));
  }

  private attrOf(key: Uint8Array, value?: Uint8Array): Attr {
    this.check('key', key, this.spec.keySize);
    const attr = new Attr(32).u32(0, this.fd).pointer(8, key);
    return value ? attr.pointer(16, value) : attr;
  }

  private found(command: CommandName, attr: Attr): boolean {
    try {
      bpf(command, attr.bytes, this.handle.what);
      return true;
    } catch (error) {
      if (error instanceof SyscallError && error.errno === ENOENT) return false;
      throw error;
    }
  }

  private check(what: string, bytes: Uint8Array, size: number): void {
    if (bytes.byteLength === size) return;
    throw new NetwhyError(
      `map ${this.spec.name}: the ${what} has ${bytes.byteLength} bytes, must have ${size}`,
    );
  }
}

export function roundUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
