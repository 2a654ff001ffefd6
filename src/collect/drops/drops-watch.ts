import type { Btf } from '../../btf/index.ts';
import { COUNTER_AT, COUNTER_LINE, type DropCount, type DropEvent, decodeDrop } from '../../events/index.ts';
import type { PacketFilter } from '../../filter/index.ts';
import { type Loaded, load, RingReader } from '../../load/index.ts';
import { type DropConditions, type DropsProbe, dropsProbe } from '../../probes/index.ts';
import { type Mapping, possibleCpus } from '../../sys/index.ts';
import { readStack } from '../stacks.ts';
import { readCounts } from './drop-counts.ts';
import { KernelNames, type NameSources } from './kernel-names.ts';

export interface WatchOptions {
  readonly btf: Btf;
  readonly names: NameSources;
  readonly mode: 'records' | 'counts';
  /** Kernel frames kept per stack; 0: no stacks. */
  readonly stackFrames: number;
  readonly conditions: DropConditions;
  readonly filter?: PacketFilter;
  /** Bytes, a power of two. */
  readonly ringBytes: number;
  /** Receives each program's listing before it is loaded. */
  readonly dump?: (listing: string) => void;
}

/** Totals since the start; `seen` counts every drop of the machine, `matched` those that passed the conditions. */
export interface DropsTotals {
  readonly seen: number;
  readonly matched: number;
  readonly lost: number;
}

/** Watches the kfree_skb tracepoint until it is disposed. Throws what load throws. */
export class DropsWatch implements Disposable {
  private readonly probe: DropsProbe;
  private readonly loaded: Loaded;
  private readonly ring: RingReader | null;
  private readonly counters: Mapping;
  private readonly names: KernelNames;
  private attached = true;

  constructor(options: WatchOptions) {
    this.probe = probeOf(options);
    this.loaded = load(this.probe.blueprint, loadOptionsOf(options));
    try {
      this.counters = this.loaded.map('counters').mapped();
      this.ring = this.probe.maps.ring ? new RingReader(this.loaded.map('records')) : null;
      this.names = new KernelNames(options.names, this.probe.hasReason, id => this.stack(id));
      this.loaded.attachAll();
    } catch (error) {
      this.loaded[Symbol.dispose]();
      throw error;
    }
  }

  /** False before 5.17: drops have a function and a stack, but no reason. */
  get hasReason(): boolean {
    return this.probe.hasReason;
  }

  /** Hands every waiting drop to `onDrop`, oldest first, and returns how many there were. */
  poll(onDrop: (drop: DropEvent) => void): number {
    const { ring, names } = this;
    if (!ring) return 0;
    return ring.consume(offset => onDrop(decodeDrop(ring.view, ring.bytes, offset, names)));
  }

  /** What was counted so far. */
  counts(): readonly DropCount[] {
    return this.probe.maps.counts ? readCounts(this.loaded.map('counts'), this.names) : [];
  }

  totals(): DropsTotals {
    return { seen: this.total('seen'), matched: this.total('matched'), lost: this.total('lost') };
  }

  /** No more events come after this; what the buffer holds can still be polled. */
  detach(): void {
    if (this.attached) this.loaded.detachAll();
    this.attached = false;
  }

  [Symbol.dispose](): void {
    this.ring?.[Symbol.dispose]();
    this.loaded[Symbol.dispose]();
  }

  private total(counter: keyof typeof COUNTER_AT): number {
    const { view } = this.counters;
    let sum = 0n;
    for (let line = 0; line + COUNTER_LINE <= view.byteLength; line += COUNTER_LINE)
      sum += view.getBigUint64(line + COUNTER_AT[counter], true);
    return Number(sum);
  }

  private stack(id: number): readonly bigint[] | undefined {
    return readStack(this.loaded.map('stacks'), id);
  }
}

function probeOf({ btf, conditions, filter, mode, stackFrames, ringBytes }: WatchOptions): DropsProbe {
  const base = { ...conditions, mode, stackFrames, ringBytes, possibleCpus: possibleCpus() };
  return dropsProbe(btf, filter ? { ...base, filter } : base);
}

function loadOptionsOf({ btf, dump }: WatchOptions): Parameters<typeof load>[1] {
  return dump ? { btf, dump } : { btf };
}
