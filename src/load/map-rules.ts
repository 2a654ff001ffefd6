import type { MapTypeName } from '../abi/index.ts';
import type { MapSpec } from '../asm/index.ts';
import { NetwhyError } from '../base/index.ts';
import { pageSize } from '../sys/index.ts';

/** What the kernel would refuse with a bare EINVAL: undefined when the spec is fine. */
type Rule = (spec: MapSpec) => string | undefined;

const u32Key: Rule = ({ keySize }) => (keySize === 4 ? undefined : `keySize is ${keySize}, must be 4`);
const someKey: Rule = ({ keySize }) => (keySize > 0 ? undefined : 'keySize is 0');
const someValue: Rule = ({ valueSize }) => (valueSize > 0 ? undefined : 'valueSize is 0');
const fdValue: Rule = ({ valueSize }) =>
  valueSize === 4 ? undefined : `valueSize is ${valueSize}, must be 4`;
const frames: Rule = ({ valueSize }) =>
  valueSize > 0 && valueSize % 8 === 0 ? undefined : `valueSize is ${valueSize}, must be frames × 8`;
const noPair: Rule = ({ keySize, valueSize }) =>
  keySize === 0 && valueSize === 0 ? undefined : 'keySize and valueSize must be 0';
const ringSize: Rule = ({ maxEntries }) =>
  isPowerOfTwo(maxEntries) && maxEntries % pageSize() === 0
    ? undefined
    : `maxEntries is ${maxEntries}, must be a power of two and at least a page (${pageSize()})`;
const someEntries: Rule = ({ maxEntries }) => (maxEntries > 0 ? undefined : 'maxEntries is 0');

const ARRAY = [u32Key, someValue, someEntries];
const HASH = [someKey, someValue, someEntries];

const RULES: Partial<Record<MapTypeName, readonly Rule[]>> = {
  array: ARRAY,
  percpu_array: ARRAY,
  hash: HASH,
  percpu_hash: HASH,
  lru_hash: HASH,
  lru_percpu_hash: HASH,
  stack_trace: [u32Key, frames, someEntries],
  prog_array: [u32Key, fdValue, someEntries],
  ringbuf: [noPair, ringSize],
};

/** Throws NetwhyError naming the map and the size that is wrong. */
export function checkMapSpec(spec: MapSpec): void {
  for (const rule of RULES[spec.type] ?? []) {
    const wrong = rule(spec);
    if (wrong !== undefined) throw new NetwhyError(`map ${spec.name} (${spec.type}): ${wrong}`);
  }
}

function isPowerOfTwo(value: number): boolean {
  return value > 0 && Number.isInteger(Math.log2(value));
}
