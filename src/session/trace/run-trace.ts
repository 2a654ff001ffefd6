import { type TraceProbes, TraceWatch } from '../../collect/index.ts';
import type { LineageEvent, LookEvent, TraceEnd } from '../../events/index.ts';
import { timeText } from '../../kernel/index.ts';
import { type Journey, type JourneyHop, PATIENCE, type TrailSink, Trails } from '../../trail/index.ts';
import type { Machine } from '../machine.ts';
import { pollUntil } from '../poll.ts';
import { FirstTrails } from './first-trails.ts';
import { type TraceRequest, watchOptionsOf } from './trace-request.ts';
import { xdpDevices } from './xdp-devices.ts';

/** Where a run's events go: hops, looks and lineage as they happen, a journey when its packet's way is over. */
export interface TraceSink {
  /** The probes are attached. */
  ready?(probes: TraceProbes): void;
  hop?(step: JourneyHop): void;
  look?(look: LookEvent): void;
  lineage?(lineage: LineageEvent): void;
  journey?(journey: Journey): void;
  /** After every look at the buffer: print what was gathered. */
  flush?(): void;
}

/** Between two looks at all open trails, and at the kernel's table. */
const GIVE_UP_EVERY_NS = 200e6;
const SWEEP_EVERY_NS = 10e9;

/** Follows packets until told to stop and returns the account. Throws what TraceWatch.start throws. */
export async function runTrace(
  machine: Machine,
  request: TraceRequest,
  sink: TraceSink,
  stop: AbortSignal,
): Promise<TraceEnd> {
  using watch = await TraceWatch.start(watchOptionsOf(machine, request), stop);
  const run = new TraceRun(machine, watch, request, sink);
  const started = performance.now();
  const elapsed = (): number => performance.now() - started;
  sink.ready?.(watch.probes);
  await pollUntil(
    run.poll,
    () => run.full || elapsed() >= (request.durationMs ?? Number.POSITIVE_INFINITY),
    stop,
  );
  const seconds = Math.round(elapsed()) / 1000;
  return run.end(seconds, whyOf(run, stop));
}

function whyOf(run: TraceRun, stop: AbortSignal): TraceEnd['why'] {
  if (run.full) return 'limit';
  if (!stop.aborted) return 'duration';
  return stop.reason === 'the reader closed the pipe' ? 'pipe closed' : 'stopped';
}

class TraceRun {
  private readonly machine: Machine;
  private readonly watch: TraceWatch;
  private readonly request: TraceRequest;
  private readonly sink: TraceSink;
  private readonly trails: Trails;
  private readonly chosen: FirstTrails;
  private journeys = 0;
  private nextGiveUp = 0;
  private nextSweep = 0;

  constructor(machine: Machine, watch: TraceWatch, request: TraceRequest, sink: TraceSink) {
    this.machine = machine;
    this.watch = watch;
    this.request = request;
    this.sink = sink;
    const patience = watch.probes.attach === 'none' ? PATIENCE.someEnds : PATIENCE.everyEnd;
    this.chosen = new FirstTrails(request.limit ?? Number.POSITIVE_INFINITY);
    this.trails = new Trails(this.outlet(), patience, ns => timeText(machine.clock.wallTimeOf(ns)));
  }

  /** As many journeys as were asked for are over: those of the packets that were seen first. */
  get full(): boolean {
    return this.journeys >= (this.request.limit ?? Number.POSITIVE_INFINITY);
  }

  readonly poll = (): number => {
    const { machine, watch, trails } = this;
    machine.clock.check();
    const taken = watch.poll(trails);
    const now = machine.clock.now();
    trails.ripen(now);
    if (now >= this.nextGiveUp) this.lookAround(now);
    this.sink.flush?.();
    return taken;
  };

  end(seconds: number, why: TraceEnd['why']): TraceEnd {
    const { machine, watch, request, trails, sink } = this;
    watch.detach();
    watch.poll(trails);
    trails.finish();
    sink.flush?.();
    const { absent, unprobeable, functions, tracepoints, returns, attach } = watch.probes;
    return {
      type: 'end',
      time: timeText(machine.clock.wallTimeOf(machine.clock.now())),
      ...watch.totals(),
      hops: trails.hops,
      probes: { functions, tracepoints, returns, absent: absent.length, unprobeable },
      attach,
      xdp: xdpDevices(request.netns ?? [], machine.namespaces),
      why,
      seconds,
    };
  }

  private lookAround(now: number): void {
    this.nextGiveUp = now + GIVE_UP_EVERY_NS;
    this.trails.giveUp(now);
    const thorough = now >= this.nextSweep;
    if (thorough) this.nextSweep = now + SWEEP_EVERY_NS;
    this.watch.sweep(now, thorough);
  }

  private outlet(): TrailSink {
    const { sink, chosen } = this;
    const only = <T>(tell: ((event: T) => void) | undefined, trailOf: (event: T) => number) =>
      tell && ((event: T) => chosen.has(trailOf(event)) && tell(event));
    const [hop, look] = [
      only(sink.hop, ({ hop: { trail } }) => trail),
      only(sink.look, ({ trail }) => trail),
    ];
    const lineage = only(sink.lineage, ({ trail }) => trail);
    return {
      ...(hop ? { hop } : {}),
      ...(look ? { look } : {}),
      ...(lineage ? { lineage } : {}),
      journey: journey => {
        if (!chosen.has(journey.trail)) return;
        this.journeys++;
        sink.journey?.(journey);
      },
    };
  }
}
