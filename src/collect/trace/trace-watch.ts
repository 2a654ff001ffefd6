import { readFileSync } from 'node:fs';
import { isUnavailable } from '../../base/index.ts';
import type { Btf } from '../../btf/index.ts';
import { decodeTrace, type LostByProbe, type TraceRecords, type Unprobeable } from '../../events/index.ts';
import type { PacketFilter } from '../../filter/index.ts';
import { tracefs } from '../../kernel/index.ts';
import { type Loaded, load, RingReader } from '../../load/index.ts';
import { type GateConditions, STATE_AT, type TraceProbe, traceProbe } from '../../probes/index.ts';
import type { Mapping } from '../../sys/index.ts';
import type { NameSources } from '../drops/kernel-names.ts';
import { readStack } from '../stacks.ts';
import { type Attached, type AttachProgress, attachMulti } from './attach-functions.ts';
import { type AttachMode, attachMode } from './attach-mode.ts';
import { type Held, handOver } from './hand-over.ts';
import { attachEvents } from './kprobe-events.ts';
import { lostByProbe } from './lost-by-probe.ts';
import { type ProbeSet, type ProbeSetRequest, probeSetOf } from './probe-set.ts';
import { readProbeable } from './probeable.ts';
import { programMisses } from './program-misses.ts';
import { TraceNaming } from './trace-names.ts';
import { TrackedTable } from './tracked-table.ts';

export interface TraceWatchOptions {
  readonly btf: Btf;
  /** Types of the loaded modules. */
  readonly modules: readonly Btf[];
  readonly names: NameSources;
  readonly probes: ProbeSetRequest;
  readonly filter: PacketFilter | null;
  /** Over what a tunnel carries. */
  readonly inner: PacketFilter | null;
  readonly conditions: GateConditions;
  readonly stacks: boolean;
  readonly callers: boolean;
  /** Bytes, a power of two. */
  readonly ringBytes: number;
  /** Packets followed at a time. */
  readonly maxTracked: number;
  /** Receives each program's listing before it is loaded. */
  readonly dump?: (listing: string) => void;
  readonly progress?: (progress: AttachProgress) => void;
}

/** What was and could not be probed. */
export interface TraceProbes {
  readonly attach: AttachMode;
  readonly functions: number;
  readonly tracepoints: number;
  readonly returns: number;
  readonly absent: readonly string[];
  readonly unprobeable: readonly Unprobeable[];
}

export interface TraceTotals {
  readonly trails: number;
  readonly lost: number;
  readonly lostByProbe: readonly LostByProbe[];
  readonly notFollowed: number;
  readonly evicted: number;
  readonly recursionMisses: number;
}

/** Follows packets until it is disposed. */
export class TraceWatch implements Disposable {
  readonly probes: TraceProbes;
  private readonly probe: TraceProbe;
  private readonly loaded: Loaded;
  private readonly ring: RingReader;
  private readonly state: Mapping;
  private readonly naming: TraceNaming;
  private readonly table: TrackedTable;
  private readonly held: readonly Held[];
  /** null where functions are not probed by trace events. */
  private readonly tracefs: string | null;
  private readonly misses: () => number;
  private missed = 0;
  private attached = true;

  private constructor(parts: Parts) {
    this.probe = parts.probe;
    this.loaded = parts.loaded;
    this.probes = parts.probes;
    this.held = parts.held;
    this.misses = parts.misses;
    const at = tracefs();
    const byEvents = parts.probes.attach === 'kprobe-events' && !isUnavailable(at);
    this.tracefs = byEvents ? at.path : null;
    this.state = parts.loaded.map('trace_state').mapped();
    this.ring = new RingReader(parts.loaded.map('trace_ring'));
    this.naming = parts.naming(id => readStack(parts.loaded.map('trace_stacks'), id));
    this.table = new TrackedTable(parts.loaded.map('trace_tracked'), this.state);
  }

  /** Assembles, loads and attaches. Throws what load throws; whatever was attached by then is taken back. */
  static async start(options: TraceWatchOptions, stop?: AbortSignal): Promise<TraceWatch> {
    const mode = options.probes.set === 'tracepoints' ? 'none' : attachMode(options.btf);
    const set = probeSetOf(
      [options.btf, ...options.modules],
      mode === 'none' ? TRACEPOINTS : options.probes,
      readProbeable,
    );
    const probe = traceProbe(options.btf, conntrackOf(options), {
      ...options,
      functions: set.functions,
      tracepoints: set.tracepoints,
      numbering: mode === 'kprobe-multi' ? 'cookie' : 'address',
      returns: mode !== 'none',
      frees: options.probes.set === 'all',
    });
    const loaded = load(
      probe.blueprint,
      options.dump ? { btf: options.btf, dump: options.dump } : { btf: options.btf },
    );
    try {
      const attached = await attach(mode, loaded, probe, options, stop);
      return new TraceWatch({
        probe,
        loaded,
        held: attached.held,
        misses: attached.misses ?? (() => 0),
        probes: probesOf(mode, set, attached),
        naming: namingOf(options, probe, mode),
      });
    } catch (error) {
      loaded[Symbol.dispose]();
      throw error;
    }
  }

  /** Hands every waiting record on, in the kernel's order, and returns how many there were. */
  poll(to: TraceRecords): number {
    const { ring, naming } = this;
    return ring.consume((offset, length) => decodeTrace(ring.view, ring.bytes, offset, length, naming, to));
  }

  /** Packets followed just now. */
  get following(): number {
    return this.table.size;
  }

  /** Keeps the table of followed packets from filling up; returns trails that were given up. Cheap when it is not full. */
  sweep(now: number, thorough: boolean): readonly number[] {
    return thorough || this.table.nearlyFull ? this.table.sweep(now) : [];
  }

  totals(): TraceTotals {
    const { view } = this.state;
    const count = (at: number): number => Number(view.getBigUint64(at, true));
    return {
      trails: count(STATE_AT.trails),
      lost: count(STATE_AT.lost),
      lostByProbe: lostByProbe(view, this.naming.numbers(), this.probes.attach === 'kprobe-events'),
      notFollowed: count(STATE_AT.notFollowed),
      evicted: this.table.evicted,
      recursionMisses: programMisses(this.loaded, this.probe) + this.missed,
    };
  }

  /** No more events come after this; what the buffer holds can still be polled. */
  detach(): void {
    if (!this.attached) return;
    this.attached = false;
    this.missed = this.misses();
    const followers = this.held.filter(({ gate }) => !gate);
    const closed = handOver(followers, this.tracefs === null ? null : `${this.tracefs}/kprobe_events`);
    disposeEach(this.held.filter(({ gate }) => gate));
    this.loaded.detachAll();
    this.state.view.setBigUint64(STATE_AT.tracked, 0n, true);
    disposeEach(followers);
    closed();
  }

  [Symbol.dispose](): void {
    this.detach();
    this.ring[Symbol.dispose]();
    this.state[Symbol.dispose]();
    this.loaded[Symbol.dispose]();
  }
}

interface Parts {
  readonly held: readonly Held[];
  readonly misses: () => number;
  readonly probe: TraceProbe;
  readonly loaded: Loaded;
  readonly probes: TraceProbes;
  readonly naming: (readStack: (id: number) => readonly bigint[] | undefined) => TraceNaming;
}

/** Takes the programs out of their places, one after the other. */
function disposeEach(held: readonly Held[]): void {
  for (const one of held) one[Symbol.dispose]();
}

const TRACEPOINTS: ProbeSetRequest = { set: 'tracepoints' };

function conntrackOf({ btf, modules }: TraceWatchOptions): Btf {
  if (btf.hasField('nf_conn', 'status')) return btf;
  return modules.find(({ name }) => name === 'nf_conntrack') ?? btf;
}

async function attach(
  mode: AttachMode,
  loaded: Loaded,
  probe: TraceProbe,
  options: TraceWatchOptions,
  stop: AbortSignal | undefined,
): Promise<Attached> {
  const followers =
    mode === 'kprobe-multi'
      ? attachMulti(loaded, probe, readProbeable)
      : mode === 'kprobe-events'
        ? await attachEvents(loaded, probe, options.progress ?? (() => undefined), stop)
        : { held: [], functions: 0, returns: 0, unprobeable: [] };
  for (const { name, attach } of probe.blueprint.programs)
    if (attach.kind === 'raw-tracepoint') loaded.attach(name);
  return followers;
}

function probesOf(mode: AttachMode, set: ProbeSet, attached: Attached): TraceProbes {
  return {
    attach: mode,
    functions: attached.functions,
    tracepoints: set.tracepoints.length,
    returns: attached.returns,
    absent: set.absent,
    unprobeable: [...set.unprobeable, ...attached.unprobeable],
  };
}

function namingOf(options: TraceWatchOptions, probe: TraceProbe, mode: AttachMode): Parts['naming'] {
  const hasReason = (options.btf.tracepoint('kfree_skb')?.params.length ?? 0) >= 3;
  const byAddress = mode === 'kprobe-events';
  return readStack =>
    new TraceNaming(options.names, probe.probes, { byAddress, hasReason, readStack }, readComm);
}

function readComm(pid: number): string {
  if (pid === 0) return 'swapper';
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd();
  } catch {
    return '';
  }
}
