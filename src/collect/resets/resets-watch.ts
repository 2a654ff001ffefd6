import type { ProgramSpec } from '../../asm/index.ts';
import { NetwhyError, SyscallError, type Unavailable, unavailable, VerifierError } from '../../base/index.ts';
import type { Btf } from '../../btf/index.ts';
import {
  COUNTER_AT,
  COUNTER_LINE,
  decodeSignal,
  type SignalEvent,
  type SignalKind,
  type SignalNames,
} from '../../events/index.ts';
import type { PacketFilter } from '../../filter/index.ts';
import { type Clock, type Kallsyms, resetReasonsOf, timeText } from '../../kernel/index.ts';
import { type Loaded, load, RingReader } from '../../load/index.ts';
import { blueprintOf, type ResetsProbe, resetsProbe } from '../../probes/index.ts';
import { type Mapping, possibleCpus } from '../../sys/index.ts';
import { familiesOf } from '../netfilter/filter-terms.ts';
import { frameText, readStack, withoutTracer } from '../stacks.ts';
import { isAskedFor } from './signal-filter.ts';

export interface ResetsWatchOptions {
  readonly btf: Btf;
  readonly clock: Clock;
  /** Names of functions, for stacks; without it there are none. */
  readonly kallsyms?: Kallsyms;
  readonly netnsNameOf: (inode: number) => string | null;
  /** Default all. Retransmits and state changes are the only frequent ones. */
  readonly kinds?: readonly SignalKind[];
  /** Either direction of the traffic. */
  readonly filter?: PacketFilter;
  /** Inodes; a signal whose namespace is not known passes. */
  readonly namespaces?: readonly number[];
  /** Bytes, a power of two; default 1 MiB. */
  readonly ringBytes?: number;
  /** How functions are watched; default fentry, and kprobes where the kernel refuses that. */
  readonly functions?: 'fentry' | 'kprobe';
  /** Receives each program's listing before it is loaded. */
  readonly dump?: (listing: string) => void;
}

export interface ResetsTotals {
  readonly seen: number;
  readonly lost: number;
}

export const SIGNAL_KINDS: readonly SignalKind[] = [
  'reset-sent',
  'reset-received',
  'retransmit',
  'icmp-sent',
  'state',
  'udp-refused',
  'neighbour-failed',
  'lookup-failed',
];
const RING_BYTES = 1 << 20;
const RST = 'R';

/**
 * Watches what the stack does beside dropping: resets, ICMP errors, retransmits, socket states, refused datagrams,
 * failed neighbours and route lookups, until it is disposed. Sources that this kernel refuses are in `missing`; throws when
 * it refuses all of them.
 */
export class ResetsWatch implements Disposable {
  readonly missing: readonly Unavailable[];
  private readonly loaded: Loaded;
  private readonly ring: RingReader;
  private readonly counters: Mapping;
  private readonly options: ResetsWatchOptions;
  private readonly names: SignalNames;
  private attached = true;

  constructor(options: ResetsWatchOptions) {
    this.options = options;
    const { btf, kinds = SIGNAL_KINDS, ringBytes = RING_BYTES, filter } = options;
    const families = familiesOf(filter?.text ?? '');
    const probe = resetsProbe(btf, { kinds, families, ringBytes, possibleCpus: possibleCpus() });
    const missing = [...probe.missing];
    this.names = namesOf(options, probe, id => this.stack(id));
    this.loaded = loadWhatGoes(probe, options, missing);
    try {
      this.counters = this.loaded.map('counters').mapped();
      this.ring = new RingReader(this.loaded.map('records'));
      attachWhatGoes(probe, this.loaded, missing);
    } catch (error) {
      this.loaded[Symbol.dispose]();
      throw error;
    }
    this.missing = missing;
  }

  /** Hands on what waits, oldest first; answers how many records there were. */
  poll(onSignal: (signal: SignalEvent) => void): number {
    const { ring, names } = this;
    return ring.consume(offset => {
      const signal = decodeSignal(ring.view, ring.bytes, offset, names);
      if (this.isWanted(signal)) onSignal(signal);
    });
  }

  totals(): ResetsTotals {
    return { seen: this.total('seen'), lost: this.total('lost') };
  }

  /** No more signals come after this; what the buffer holds can still be polled. */
  detach(): void {
    if (this.attached) this.loaded.detachAll();
    this.attached = false;
  }

  [Symbol.dispose](): void {
    this.ring[Symbol.dispose]();
    this.counters[Symbol.dispose]();
    this.loaded[Symbol.dispose]();
  }

  private isWanted(signal: SignalEvent): boolean {
    const { filter, namespaces } = this.options;
    // Called for every segment without a socket; a RST is never answered with one.
    if (signal.kind === 'reset-sent' && signal.packet?.tcpFlags?.includes(RST) === true) return false;
    if (namespaces !== undefined && signal.netns !== null && !namespaces.includes(signal.netns)) return false;
    return filter === undefined || isAskedFor(signal, filter);
  }

  private stack(id: number): readonly string[] {
    const { kallsyms } = this.options;
    if (id < 0 || kallsyms === undefined) return [];
    const addresses = readStack(this.loaded.map('stacks'), id) ?? [];
    return withoutTracer(addresses.map(address => frameText(kallsyms, address)));
  }

  private total(counter: keyof typeof COUNTER_AT): number {
    const { view } = this.counters;
    let sum = 0n;
    for (let line = 0; line + COUNTER_LINE <= view.byteLength; line += COUNTER_LINE)
      sum += view.getBigUint64(line + COUNTER_AT[counter], true);
    return Number(sum);
  }
}

function namesOf(
  { btf, clock, netnsNameOf }: ResetsWatchOptions,
  { origins }: ResetsProbe,
  stackOf: SignalNames['stackOf'],
): SignalNames {
  const reasons = new Map(resetReasonsOf(btf).map(({ name, value }) => [value, name]));
  return {
    timeOf: ns => timeText(clock.wallTimeOf(ns)),
    ...{ netnsNameOf, stackOf },
    resetReasonOf: value => reasons.get(value) ?? null,
    originOf: source => origins[source] ?? { kind: 'state', name: '?' },
  };
}

/** A program that the kernel refuses goes another way, or is left out, and said. */
function loadWhatGoes(
  probe: ResetsProbe,
  { btf, dump, functions }: ResetsWatchOptions,
  missing: Unavailable[],
): Loaded {
  const byKprobe = new Set(functions === 'kprobe' ? probe.instead.keys() : []);
  let programs: readonly ProgramSpec[] = probe.programs;
  for (;;) {
    const chosen = programs.map(one => (byKprobe.has(one.name) ? probe.instead.get(one.name)! : one));
    try {
      return load(blueprintOf(probe, chosen), dump ? { btf, dump } : { btf });
    } catch (error) {
      const culprit = culpritOf(error);
      if (culprit !== undefined && probe.instead.has(culprit) && !byKprobe.has(culprit)) {
        byKprobe.add(culprit);
        continue;
      }
      const rest = programs.filter(({ name }) => name !== culprit);
      if (culprit === undefined || rest.length === programs.length || rest.length === 0) throw error;
      missing.push(lacking(probe, culprit, (error as Error).message.split('\n')[0]!));
      programs = rest;
    }
  }
}

/** Name of the program that the kernel refused: its verifier, or a kernel without fentry. */
function culpritOf(error: unknown): string | undefined {
  if (error instanceof VerifierError) return error.program;
  return error instanceof SyscallError ? /program (\S+)$/.exec(error.call)?.[1] : undefined;
}

function attachWhatGoes(probe: ResetsProbe, loaded: Loaded, missing: Unavailable[]): void {
  const { programs } = loaded.blueprint;
  for (const { name } of programs) {
    try {
      loaded.attach(name);
    } catch (error) {
      if (!(error instanceof NetwhyError) || missing.length + 1 > programs.length) throw error;
      missing.push(lacking(probe, name, error.message));
    }
  }
}

function lacking({ origins }: ResetsProbe, program: string, why: string): Unavailable {
  const name = program.replace(/^nw_/, '');
  const kind = origins.find(origin => origin.name === name)?.kind;
  return unavailable(
    kind === undefined ? name : `${WHAT[kind] ?? kind}, from ${name}`,
    why,
    'the counters of /proc/net/snmp and netstat still count it',
  );
}

const WHAT: Partial<Record<SignalKind, string>> = {
  'reset-sent': 'resets that this machine sends',
  'reset-received': 'resets that its sockets take',
  'icmp-sent': 'ICMP errors that this machine sends',
  'lookup-failed': 'route lookups that fail',
  retransmit: 'segments that are sent again',
};
