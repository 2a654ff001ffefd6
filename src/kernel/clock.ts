export interface ClockOptions {
  /** CLOCK_MONOTONIC in ns, as bpf_ktime_get_ns counts; default process.hrtime.bigint. */
  readonly monotonic?: () => bigint;
  /** Whole milliseconds since 1970, cut, not rounded; default Date.now. */
  readonly wall?: () => number;
}

/** Wall time is stepped and slewed (NTP) while we run: the offset is checked this often … */
const CHECK_EVERY_MS = 1000;
/** … and measured again at least this often. */
const MEASURE_EVERY_MS = 30_000;
/** An edge of the millisecond counts when the readings around it are this close. */
const NARROW_MS = 0.05;
const TRIES = 3;

/**
 * Kernel time stamps (CLOCK_MONOTONIC ns) to wall time, to some microseconds.
 * A stamp is a number (exact for the first 104 days since boot, then to 2 ns) or a bigint.
 */
export class Clock {
  private readonly monotonic: () => bigint;
  private readonly wall: () => number;
  /** Wall time minus monotonic time. */
  private offsetMs = 0;
  private measuredAt = Number.NEGATIVE_INFINITY;
  private checkedAt = Number.NEGATIVE_INFINITY;

  constructor(options: ClockOptions = {}) {
    this.monotonic = options.monotonic ?? process.hrtime.bigint;
    this.wall = options.wall ?? Date.now;
    this.measure();
  }

  /** Now, as bpf_ktime_get_ns would say. */
  now(): number {
    return Number(this.monotonic());
  }

  /** Milliseconds since 1970, with fractions. Call `check` between batches, not per event. */
  wallTimeOf(ns: number | bigint): number {
    return Number(ns) / 1e6 + this.offsetMs;
  }

  /** Follows steps and slews of the wall clock; cheap, meant for every poll. */
  check(): void {
    const monotonic = this.milliseconds();
    if (monotonic - this.checkedAt < CHECK_EVERY_MS) return;
    this.checkedAt = monotonic;
    const lag = monotonic + this.offsetMs - this.wall();
    const agrees = lag > -NARROW_MS && lag < 1 + NARROW_MS;
    if (!agrees || monotonic - this.measuredAt >= MEASURE_EVERY_MS) this.measure();
  }

  private milliseconds(): number {
    return Number(this.monotonic()) / 1e6;
  }

  /** Date.now has no fractions, so wait (1 ms at most each time) for the moment it moves. */
  private measure(): void {
    let best = { gap: Number.POSITIVE_INFINITY, offset: 0 };
    for (let i = 0; i < TRIES && best.gap > NARROW_MS; i++) {
      const edge = this.edge();
      if (edge.gap < best.gap) best = edge;
    }
    this.offsetMs = best.offset;
    this.measuredAt = this.milliseconds();
    this.checkedAt = this.measuredAt;
  }

  private edge(): { gap: number; offset: number } {
    const start = this.wall();
    for (let before = this.milliseconds(); ; ) {
      const wall = this.wall();
      const after = this.milliseconds();
      if (wall !== start) return { gap: after - before, offset: wall - (before + after) / 2 };
      before = after;
    }
  }
}

let secondOf = Number.NaN;
let secondText = '';

/** "2026-01-31T12:00:00.123456Z" for milliseconds since 1970 with fractions. */
export function timeText(wallMs: number): string {
  const second = Math.floor(wallMs / 1000);
  if (second !== secondOf) {
    secondOf = second;
    secondText = new Date(second * 1000).toISOString().slice(0, 20);
  }
  const micros = Math.floor((wallMs - second * 1000) * 1000);
  return `${secondText}${String(micros).padStart(6, '0')}Z`;
}
