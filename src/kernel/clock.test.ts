import { describe, expect, it } from 'vitest';
import { Clock, timeText } from './clock.ts';

/** A machine whose clocks move 7 µs at each reading, and whose wall clock can be stepped. */
function machine(): {
  wallMs: number;
  advance(ms: number): void;
  options: ConstructorParameters<typeof Clock>[0];
} {
  let monotonicNs = 5_000_000_123n;
  const state = {
    wallMs: 1_700_000_000_000.4,
    advance(ms: number) {
      monotonicNs += BigInt(Math.round(ms * 1e6));
      state.wallMs += ms;
    },
    options: {
      monotonic: () => {
        state.advance(0.0035);
        return monotonicNs;
      },
      wall: () => {
        state.advance(0.0035);
        return Math.floor(state.wallMs);
      },
    },
  };
  return state;
}

describe('Clock', () => {
  it('finds the fraction of a millisecond that Date.now does not tell', () => {
    const m = machine();
    const clock = new Clock(m.options);
    expect(Math.abs(clock.wallTimeOf(clock.now()) - m.wallMs)).toBeLessThan(0.02);
  });

  it('follows a step of the wall clock at the next check', () => {
    const m = machine();
    const clock = new Clock(m.options);
    m.advance(1500);
    m.wallMs += 3_600_000;
    clock.check();
    expect(Math.abs(clock.wallTimeOf(clock.now()) - m.wallMs)).toBeLessThan(0.02);
  });

  it('stays within a millisecond while the wall clock is slewed by 500 ppm for an hour', () => {
    const m = machine();
    const clock = new Clock(m.options);
    let worst = 0;
    for (let second = 0; second < 3600; second++) {
      m.advance(1000);
      m.wallMs += 0.5;
      clock.check();
      worst = Math.max(worst, Math.abs(clock.wallTimeOf(clock.now()) - m.wallMs));
    }
    expect(worst).toBeLessThan(1);
  });

  it('takes bigint and number alike', () => {
    const clock = new Clock();
    expect(clock.wallTimeOf(1_500_000_000n)).toBe(clock.wallTimeOf(1_500_000_000));
  });

  it('agrees with this machine', () => {
    const clock = new Clock();
    const lag = clock.wallTimeOf(process.hrtime.bigint()) - Date.now();
    expect(lag).toBeGreaterThan(-1);
    expect(lag).toBeLessThan(20);
  });
});

describe('timeText', () => {
  it('prints microseconds', () => {
    expect(timeText(Date.UTC(2026, 0, 31, 12, 0, 0) + 123.456)).toBe('2026-01-31T12:00:00.123456Z');
    expect(timeText(Date.UTC(2026, 0, 31, 12, 0, 0) + 999.9996)).toBe('2026-01-31T12:00:00.999999Z');
    expect(timeText(Date.UTC(2026, 0, 31, 12, 0, 1))).toBe('2026-01-31T12:00:01.000000Z');
  });
});
