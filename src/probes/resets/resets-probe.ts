// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import type { Blueprint, MapSpec, ProgramSpec } from '../../asm/index.ts';
import { BtfNotFoundError, type Unavailable, unavailable } from '../../base/index.ts';
import type { Btf } from '../../btf/index.ts';
import { COUNTER_LINE, type SignalFamily, type SignalKind, type SignalOrigin } from '../../events/index.ts';
import { copied } from './access.ts';
import { type SignalMaps, signalProgram } from './signal-program.ts';
import { SOURCES, type SourceRow } from './sources.ts';

export interface ResetsOptions {
  readonly kinds: readonly SignalKind[];
  /** Sources that are about another family alone are left out. Default both. */
  readonly families?: readonly SignalFamily[];
  readonly possibleCpus: number;
  /** Bytes, a power of two. */
  readonly ringBytes: number;
}

export interface ResetsProbe {
  readonly maps: readonly MapSpec[];
  /** One blueprint per source, all with the same maps: one that this kernel refuses does not keep the others. */
  readonly programs: readonly ProgramSpec[];
  /** The same by kprobe, for functions that fentry is refused for; by the name of the program. */
  readonly instead: ReadonlyMap<string, ProgramSpec>;
  /** By the number in a record. */
  readonly origins: readonly SignalOrigin[];
  /** Sources that this kernel does not have. */
  readonly missing: readonly Unavailable[];
}

const MMAPABLE = 1 << 10;
const STACK_FRAMES = 24;
const STACKS = 1024;

/** Programs for the sources of these kinds, with one ring and one array of counters between them. 5.8, BTF. */
export function resetsProbe(
  btf: Btf,
  { kinds, families, possibleCpus, ringBytes }: ResetsOptions,
): ResetsProbe {
  const lines = 2 ** Math.ceil(Math.log2(Math.max(1, possibleCpus)));
  const line = { keySize: 4, valueSize: lines * COUNTER_LINE, maxEntries: 1, flags: MMAPABLE };
  const counters: MapSpec = { name: 'counters', type: 'array', ...line };
  const ring: MapSpec = { name: 'records', type: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: ringBytes };
  const stack = { keySize: 4, valueSize: STACK_FRAMES * 8, maxEntries: STACKS };
  const stacks: MapSpec = { name: 'stacks', type: 'stack_trace', ...stack };
  const rows = SOURCES.filter(
    ({ kind, family }) => kinds.includes(kind) && (!family || !families || families.includes(family)),
  );
  const missing: Unavailable[] = [];
  const instead = new Map<string, ProgramSpec>();
  const programs = rows.flatMap((row, index) => {
    const program = programOf(row, index, { counters, ring, stacks }, btf);
    if (program !== undefined && 'why' in program) missing.push(program);
    if (program === undefined || 'why' in program) return [];
    const other = row.at === 'fentry' ? kprobeOf(row, index, { counters, ring, stacks }, btf) : undefined;
    if (other !== undefined) instead.set(program.name, other);
    return [program];
  });
  const origins = rows.map(({ kind, name }) => ({ kind, name }));
  return { maps: [counters, ring, stacks], programs, instead, origins, missing };
}

/** undefined: not needed on this kernel. */
function programOf(
  row: SourceRow,
  index: number,
  maps: SignalMaps,
  btf: Btf,
): ProgramSpec | Unavailable | undefined {
  const there = row.at === 'tp-btf' ? btf.tracepoint(row.name) : btf.find('func', row.name);
  if (there === undefined) return absent(row, 'this kernel has none of that name');
  const source = row.read(btf);
  if (source === undefined) return undefined;
  const name = `nw_${row.name}`;
  const attach =
    row.at === 'tp-btf'
      ? ({ kind: 'tp-btf', tracepoint: row.name } as const)
      : ({ kind: 'fentry', function: row.name } as const);
  try {
    return { name, attach, code: signalProgram(name, { ...source, index }, maps, btf), license: 'GPL' };
  } catch (error) {
    if (error instanceof BtfNotFoundError) return absent(row, error.message);
    throw error;
  }
}

/** For a row that this kernel has; undefined where nobody knows its registers. */
function kprobeOf(row: SourceRow, index: number, maps: SignalMaps, btf: Btf): ProgramSpec | undefined {
  const name = `nw_${row.name}`;
  const attach = { kind: 'kprobe', function: row.name } as const;
  try {
    const code = signalProgram(name, { ...row.read(btf)!, index }, maps, btf, copied(btf));
    return { name, attach, code, license: 'GPL' };
  } catch (error) {
    if (error instanceof BtfNotFoundError) return undefined;
    throw error;
  }
}

function absent({ kind, name }: SourceRow, why: string): Unavailable {
  return unavailable(
    `${kind} from ${name}`,
    why,
    'the counters of /proc/net/snmp and netstat still count it',
  );
}

/** One program with the maps that it shares. */
export function blueprintOf(probe: ResetsProbe, programs: readonly ProgramSpec[]): Blueprint {
  return { maps: probe.maps, programs };
}
