import { MAP_FLAGS, type MapTypeName } from '../abi/index.ts';
import type { MapSpec } from '../asm/index.ts';
import { pageSize } from '../sys/index.ts';
import { type Feature, feature } from './feature-row.ts';
import { BpfMap } from './map.ts';

interface MapRow {
  readonly type: MapTypeName;
  readonly since: string;
  readonly instead: string;
  readonly sizes?: () => Partial<MapSpec>;
}

const PLAIN = { keySize: 4, valueSize: 8, maxEntries: 1 };

const MAPS: readonly MapRow[] = [
  { type: 'hash', since: '3.19', instead: 'nothing can be counted by key' },
  { type: 'array', since: '3.19', instead: 'programs have no global data' },
  { type: 'percpu_array', since: '4.6', instead: 'counters are shared between CPUs' },
  { type: 'percpu_hash', since: '4.6', instead: 'counters are shared between CPUs' },
  { type: 'lru_hash', since: '4.10', instead: 'tracked packets are not forgotten by themselves' },
  { type: 'stack_trace', since: '4.6', instead: 'stacks travel inside the events' },
  { type: 'prog_array', since: '4.2', instead: 'no tail calls', sizes: () => ({ valueSize: 4 }) },
  {
    type: 'ringbuf',
    since: '5.8',
    instead: 'events cannot be streamed: upgrade the kernel',
    sizes: () => ({ keySize: 0, valueSize: 0, maxEntries: pageSize() }),
  },
];

export const MAP_FEATURES: readonly Feature[] = [
  ...MAPS.map(({ type, since, instead, sizes }) =>
    feature(`map ${type}`, since, instead, () => make({ name: type, type, ...PLAIN, ...sizes?.() })),
  ),
  feature('mapped array', '5.5', 'values are read with one system call each', () =>
    make({ name: 'mapped', type: 'array', ...PLAIN, flags: MAP_FLAGS.mmapable }),
  ),
];

function make(spec: MapSpec): void {
  BpfMap.create(spec)[Symbol.dispose]();
}
