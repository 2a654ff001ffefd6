import type { BenignQuestion, CodePlace, DropNames, ReasonName } from '../../events/index.ts';
import { type Clock, type DropReasons, type Kallsyms, timeText } from '../../kernel/index.ts';
import { frameText } from '../stacks.ts';

/** Which drops are part of normal operation. */
export interface BenignJudge {
  isBenign(drop: BenignQuestion): boolean;
  /** Whether drops alike in all but their packet may get different answers. */
  packetDecides(drop: BenignQuestion): boolean;
}

export interface NameSources {
  readonly kallsyms: Kallsyms;
  readonly clock: Clock;
  readonly reasons: DropReasons;
  /** A namespace's name by its inode; null when nothing names it. */
  readonly netnsNameOf: (inode: number) => string | null;
  readonly benign: BenignJudge;
}

/** Addresses of a stack by its key in the stack map; undefined when the map has none. */
export type StackReader = (id: number) => readonly bigint[] | undefined;

/** Of all drops alike in place, reason and class, unless the packet has to be asked. */
type Verdict = boolean | 'by packet';

const NO_REASON: ReasonName = { reason: null, subsystem: null };
const NO_STACK: readonly string[] = [];
/** Addresses and stacks are few; a machine that makes more starts over. */
const CACHE_LIMIT = 20_000;

/** Numbers in records to names; each distinct number is looked up once. */
export class KernelNames implements DropNames {
  private readonly sources: NameSources;
  private readonly hasReason: boolean;
  private readonly readStack: StackReader;
  private readonly places: Map<number, CodePlace> = new Map();
  private readonly stacks: Map<number, readonly string[]> = new Map();
  private readonly reasons: Map<number, ReasonName> = new Map();
  private readonly verdicts: Map<CodePlace, Map<ReasonName, Map<number, Verdict>>> = new Map();

  constructor(sources: NameSources, hasReason: boolean, readStack: StackReader) {
    this.sources = sources;
    this.hasReason = hasReason;
    this.readStack = readStack;
  }

  timeOf(ns: number): string {
    return timeText(this.sources.clock.wallTimeOf(ns));
  }

  reasonOf(value: number): ReasonName {
    if (!this.hasReason) return NO_REASON;
    let name = this.reasons.get(value);
    if (!name) {
      const { reason, subsystem } = this.sources.reasons.nameOf(value);
      name = { reason, subsystem };
      this.reasons.set(value, name);
    }
    return name;
  }

  placeOf(high: number, low: number): CodePlace {
    // Kernel text lies in the top 2 GiB, so that the low half and 21 bits of the high one tell addresses apart.
    const key = (high & 0x1f_ffff) * 0x1_0000_0000 + low;
    let place = this.places.get(key);
    if (!place) {
      if (this.places.size >= CACHE_LIMIT) this.places.clear();
      place = this.lookUp(high, low);
      this.places.set(key, place);
    }
    return place;
  }

  stackOf(id: number, place: CodePlace): readonly string[] {
    if (id < 0) return NO_STACK;
    let stack = this.stacks.get(id);
    if (!stack) {
      if (this.stacks.size >= CACHE_LIMIT) this.stacks.clear();
      stack = this.framesOf(this.readStack(id) ?? [], place);
      this.stacks.set(id, stack);
    }
    return stack;
  }

  netnsNameOf(inode: number): string | null {
    return this.sources.netnsNameOf(inode);
  }

  isBenign(drop: BenignQuestion, place: CodePlace, name: ReasonName): boolean {
    const byReason = childOf(this.verdicts, place, newMap<ReasonName, Map<number, Verdict>>);
    const byClass = childOf(byReason, name, newMap<number, Verdict>);
    const key = (drop.protocol * 8 + drop.packetType) * 2 + Number(drop.promiscuous);
    const verdict = childOf(byClass, key, () => this.verdictOf(drop));
    return verdict === 'by packet' ? this.sources.benign.isBenign(drop) : verdict;
  }

  private verdictOf(drop: BenignQuestion): Verdict {
    const { benign } = this.sources;
    return benign.packetDecides(drop) ? 'by packet' : benign.isBenign(drop);
  }

  private lookUp(high: number, low: number): CodePlace {
    const address = `0x${high.toString(16).padStart(8, '0')}${low.toString(16).padStart(8, '0')}`;
    const symbol = this.sources.kallsyms.lookupParts(high, low);
    if (!symbol) return { name: null, offset: null, module: null, address };
    return { name: symbol.name, offset: symbol.offset, module: symbol.module, address };
  }

  /** From the dropping function on: what stands before it are the tracer's own frames. */
  private framesOf(addresses: readonly bigint[], place: CodePlace): readonly string[] {
    const from = addresses.indexOf(BigInt(place.address));
    return addresses.slice(Math.max(0, from)).map(address => frameText(this.sources.kallsyms, address));
  }
}

function newMap<Key, Value>(): Map<Key, Value> {
  return new Map();
}

/** The value of a key, made when it is first asked for. */
function childOf<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
