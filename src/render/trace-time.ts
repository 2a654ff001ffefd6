/** How lines are timed: since the packet was first seen, since the line before, or by the clock (UTC). */
export type TimeForm = 'relative' | 'delta' | 'absolute';

const UNITS = [
  [1e3, 1, 'ns'],
  [1e6, 1e3, 'µs'],
  [1e9, 1e6, 'ms'],
  [60e9, 1e9, 's'],
  [Number.POSITIVE_INFINITY, 60e9, 'min'],
] as const;

/** "740 ns", "5.37 µs", "31.2 ms", "2.4 min": three digits are enough for a reader. */
export function durationText(ns: number): string {
  if (ns < 0) return `-${durationText(-ns)}`;
  const [, divisor, unit] = UNITS.find(([below]) => ns < below * 0.9995)!;
  const value = ns / divisor;
  const digits = unit === 'ns' || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return ns === 0 ? '0' : `${value.toFixed(digits)} ${unit}`;
}

/** "13:40:55.507819" of an ISO time stamp. */
export function clockText(time: string): string {
  return time.slice(11, 26);
}

/** Characters that a time of this form takes. */
export const TIME_WIDTH: Readonly<Record<TimeForm, number>> = { relative: 9, delta: 9, absolute: 15 };

/** One line's time. `start` and `before` in the clock of `ts`. */
export function timeCell(form: TimeForm, at: Timed, start: number, before: number): string {
  if (form === 'absolute') return clockText(at.time);
  return durationText(at.ts - (form === 'relative' ? start : before));
}

export interface Timed {
  readonly ts: number;
  /** ISO 8601, UTC. */
  readonly time: string;
}
