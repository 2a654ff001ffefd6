import type { Unavailable } from '../../base/index.ts';
import { isUnavailable, unavailable } from '../../base/index.ts';
import {
  DropsWatch,
  KernelLog,
  type LogLine,
  type Place,
  ResetsWatch,
  Sightings,
} from '../../collect/index.ts';
import { type Headers, type Symptom, symptomOfDrop } from '../../diagnose/index.ts';
import type { DropEvent, SignalEvent, SignalKind, VlanCount } from '../../events/index.ts';
import type { Machine } from '../machine.ts';
import { inCallersNamespace } from './caller-namespace.ts';
import { placeOf } from './places.ts';
import { RuleTraces } from './rule-traces.ts';
import { symptomOfSignal } from './signal-symptoms.ts';
import { conditionsOf, type WhyRequest } from './why-request.ts';

const RING_BYTES = 4 << 20;
const STACK_FRAMES = 24;
/** What is beyond is counted, not kept: incidents are made of what happens first. */
const MOST_SYMPTOMS = 20_000;

/** What is watched beside drops; what sockets go through is not needed for a verdict. */
const SIGNALS: readonly SignalKind[] = [
  'reset-sent',
  'reset-received',
  'retransmit',
  'icmp-sent',
  'lookup-failed',
];
const MOST_SIGNALS = 20_000;

/** CPU and process of an event. */
export interface Origin {
  readonly cpu: number;
  readonly pid: number;
}

const MOST_LINES = 1000;
/** Namespaces that are searched for the other end of a link or a wrong neighbour entry. */
const MOST_NEAR = 64;

/** Everything that watches packets while a verdict is made. */
export class WhyWatch implements Disposable {
  readonly symptoms: Symptom[] = [];
  /** Where the kernel was when it happened. */
  readonly origins: Map<Symptom, Origin> = new Map();
  /** Resets, ICMP errors, retransmits and failed lookups of the traffic. */
  readonly signals: SignalEvent[] = [];
  /** What the kernel log said about packets meanwhile. */
  readonly lines: LogLine[] = [];
  readonly rules: RuleTraces;
  readonly missing: Unavailable[] = [];
  dropped = 0;
  resets = 0;
  benign = 0;
  private readonly machine: Machine;
  private readonly drops: DropsWatch;
  private readonly resetsWatch: ResetsWatch | undefined;
  private readonly sightings: Sightings | undefined;
  private readonly log: KernelLog | undefined;
  private overflow = 0;

  /** Throws what DropsWatch throws: without drops there is no verdict. */
  constructor(machine: Machine, request: WhyRequest, announce: (text: string) => void) {
    this.machine = machine;
    this.rules = new RuleTraces({
      ...(request.filter ? { filter: request.filter } : {}),
      ...{ allowChanges: request.allowChanges === true, announce },
    });
    const conditions = conditionsOf(request);
    const filter = request.filter ? { filter: request.filter } : {};
    this.drops = new DropsWatch({
      ...{ btf: machine.btf, names: machine.names(), mode: 'records', stackFrames: STACK_FRAMES },
      ...{ conditions, ringBytes: RING_BYTES, ...filter },
    });
    this.log = this.followLog();
    this.resetsWatch = this.started('resets, ICMP errors and retransmits', () => this.watchSignals(request));
    this.sightings = this.started(
      'the number of matching packets',
      () => new Sightings(machine.btf, { ...conditions, ...filter }),
    );
  }

  /** Takes what is waiting; answers how many records there were. */
  readonly poll = (): number => {
    this.machine.clock.check();
    const taken = this.drops.poll(this.takeDrop);
    this.resetsWatch?.poll(this.takeSignal);
    this.rules.poll();
    this.log?.poll(line => {
      if (this.lines.length < MOST_LINES) this.lines.push(line);
    });
    return taken;
  };

  get packets(): number | null {
    return this.sightings?.packets ?? null;
  }

  /** Inodes of namespaces that matching packets passed; undefined when nobody counted. */
  namespaces(): number[] | undefined {
    return this.sightings?.namespaces();
  }

  /** Matching frames that came in with a VLAN tag. */
  vlans(): readonly VlanCount[] {
    return this.sightings?.vlans() ?? [];
  }

  /** Namespaces where the traffic's links may end, those that it passed first. */
  placesNear(machine: Machine): Place[] {
    const seen = new Set(this.namespaces());
    const all = machine.namespaces.all().map(placeOf);
    return all.sort((a, b) => Number(seen.has(b.inode)) - Number(seen.has(a.inode))).slice(0, MOST_NEAR);
  }

  get lost(): number {
    return (
      this.drops.totals().lost + (this.resetsWatch?.totals().lost ?? 0) + this.overflow + this.rules.lost
    );
  }

  /** Drops last: what becomes of a reset is a drop. */
  async stop(): Promise<void> {
    this.resetsWatch?.detach();
    this.drops.detach();
    this.sightings?.detach();
    this.poll();
    await this.rules.stop();
  }

  [Symbol.dispose](): void {
    this.rules[Symbol.dispose]();
    this.sightings?.[Symbol.dispose]();
    this.resetsWatch?.[Symbol.dispose]();
    this.log?.[Symbol.dispose]();
    this.drops[Symbol.dispose]();
  }

  private readonly takeDrop = (drop: DropEvent): void => {
    this.dropped++;
    if (drop.benign) this.benign++;
    const symptom = symptomOfDrop(inCallersNamespace(drop, this.machine));
    if (!this.keep(symptom)) return;
    this.origins.set(symptom, { cpu: drop.cpu, pid: drop.process.pid });
    if (drop.reason === 'NETFILTER_DROP' && !drop.benign) this.traceRules(drop.netns, drop.packet);
  };

  private readonly takeSignal = (signal: SignalEvent): void => {
    if (signal.kind === 'reset-sent' || signal.kind === 'reset-received') this.resets++;
    if (this.signals.length < MOST_SIGNALS) this.signals.push(signal);
    else this.overflow++;
    const symptom = symptomOfSignal(signal);
    if (symptom && this.keep(symptom))
      this.origins.set(symptom, { cpu: signal.cpu, pid: signal.process.pid });
  };

  private keep(symptom: Symptom): boolean {
    if (this.symptoms.length < MOST_SYMPTOMS) this.symptoms.push(symptom);
    else this.overflow++;
    return this.symptoms.length < MOST_SYMPTOMS;
  }

  private traceRules(netns: number | null, packet: Headers | null): void {
    const place = netns === null ? undefined : this.machine.namespaces.find(netns);
    if (place) this.rules.begin(placeOf(place), packet);
  }

  private followLog(): KernelLog | undefined {
    const log = KernelLog.follow();
    if (!isUnavailable(log)) return log;
    this.missing.push(log);
    return undefined;
  }

  private watchSignals({ filter, namespaces }: WhyRequest): ResetsWatch {
    const { machine } = this;
    const watch = new ResetsWatch({
      ...{ btf: machine.btf, clock: machine.clock, kallsyms: machine.kallsyms, kinds: SIGNALS },
      netnsNameOf: inode => machine.namespaces.nameOf(inode) ?? null,
      ...(filter ? { filter } : {}),
      ...(namespaces ? { namespaces } : {}),
    });
    this.missing.push(...watch.missing);
    return watch;
  }

  /** A verdict can do without it; what that costs is said. */
  private started<T>(what: string, start: () => T): T | undefined {
    try {
      return start();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const why = `the probe does not start: ${error.message}`;
      this.missing.push(unavailable(what, why, 'netwhy doctor says what this kernel lets you trace'));
      return undefined;
    }
  }
}
