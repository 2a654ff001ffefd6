import { SyscallError } from '../base/index.ts';
import { Attr, bpfCall, tryBpf } from '../sys/index.ts';

const ENOENT = 2;
const ENOSPC = 28;
const COUNT_AT = 32;
const FIRST_COUNT = 1024;
const MOST_COUNT = 1 << 16;

type Entry = [key: Uint8Array, value: Uint8Array];

/** What a batch needs to know about a map. */
export interface BatchMap {
  readonly fd: number;
  readonly spec: { readonly name: string; readonly keySize: number };
  readonly valueBytes: number;
}

interface Batch {
  readonly entries: readonly Entry[];
  /** Where to go on; undefined after the last. */
  readonly position: Uint8Array | undefined;
}

/**
 * All entries, a thousand or so for each system call (BPF_MAP_LOOKUP_BATCH, 5.6). Undefined when the kernel does not
 * do that for this type of map.
 */
export function batchedEntries(map: BatchMap): Generator<Entry, void, undefined> | undefined {
  const first = batchAfter(map, undefined);
  return typeof first === 'number' ? undefined : remaining(map, first);
}

function* remaining(map: BatchMap, first: Batch): Generator<Entry, void, undefined> {
  for (let batch = first; ; ) {
    yield* batch.entries;
    if (!batch.position) return;
    const next = batchAfter(map, batch.position);
    if (typeof next === 'number') throw new SyscallError(bpfCall('map_lookup_batch', map.spec.name), next);
    batch = next;
  }
}

/** The next entries, or the errno. */
function batchAfter(map: BatchMap, position: Uint8Array | undefined): Batch | number {
  for (let count = FIRST_COUNT; ; count *= 4) {
    const keys = new Uint8Array(count * map.spec.keySize);
    const values = new Uint8Array(count * map.valueBytes);
    const next = new Uint8Array(Math.max(map.spec.keySize, 8));
    const attr = new Attr(56).pointer(8, next).pointer(16, keys).pointer(24, values).u32(COUNT_AT, count);
    if (position) attr.pointer(0, position);
    const errno = -tryBpf('map_lookup_batch', attr.u32(36, map.fd).bytes);
    // A bucket of the hash comes whole or not at all.
    if (errno === ENOSPC && count < MOST_COUNT) continue;
    if (errno > 0 && errno !== ENOENT) return errno;
    const entries = entriesOf(map, keys, values, attr.readU32(COUNT_AT));
    return { entries, position: errno === ENOENT ? undefined : next };
  }
}

function entriesOf(map: BatchMap, keys: Uint8Array, values: Uint8Array, count: number): readonly Entry[] {
  const { keySize } = map.spec;
  const size = map.valueBytes;
  return Array.from({ length: count }, (_, i) => [
    keys.slice(i * keySize, (i + 1) * keySize),
    values.slice(i * size, (i + 1) * size),
  ]);
}
