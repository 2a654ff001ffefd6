import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Ending, followProgress, type Progress } from './progress.ts';

let received: [number, number] = [0, 0];
let isBlocked = false;
let ending: Ending | undefined;

function follow(): Progress {
  const progress = followProgress(
    () => received,
    () => isBlocked,
  );
  progress.ended.then(found => {
    ending = found;
  });
  return progress;
}

beforeEach(() => {
  vi.useFakeTimers();
  received = [0, 0];
  isBlocked = false;
  ending = undefined;
});

afterEach(() => {
  vi.useRealTimers();
});

it('ends when all bytes that the guest sent are here', async () => {
  const progress = follow();
  progress.onStatus('started\n');
  received = [10, 3];
  progress.onStatus('exited 7\ndrained 10 5\n');
  await vi.advanceTimersByTimeAsync(100);
  expect(ending).toBeUndefined();
  received = [10, 5];
  progress.onOutput();
  await vi.advanceTimersByTimeAsync(0);
  expect(ending).toEqual({ end: 'command-ended', code: 7 });
});

it('reads status lines that come in pieces', async () => {
  const progress = follow();
  for (const piece of ['star', 'ted\nexi', 'ted 1', '2\ndrained 0', ' 0\n']) progress.onStatus(piece);
  await vi.advanceTimersByTimeAsync(0);
  expect(ending).toEqual({ end: 'command-ended', code: 12 });
});

it('waits for what the command left running only while that says something', async () => {
  const progress = follow();
  progress.onStatus('started\nexited 0\n');
  for (let i = 1; i <= 5; i++) {
    await vi.advanceTimersByTimeAsync(1500);
    received = [i, 0];
    progress.onOutput();
  }
  expect(ending).toBeUndefined();
  await vi.advanceTimersByTimeAsync(2000);
  expect(ending).toEqual({ end: 'command-ended', code: 0 });
});

it('gives a slow reader of ours all the time it takes', async () => {
  const progress = follow();
  isBlocked = true;
  progress.onStatus('started\nexited 0\n');
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(ending).toBeUndefined();
  isBlocked = false;
  progress.onOutput();
  await vi.advanceTimersByTimeAsync(2000);
  expect(ending?.end).toBe('command-ended');
});

it('keeps the first ending', async () => {
  const progress = follow();
  expect(progress.hasStarted()).toBe(false);
  progress.finish({ end: 'time-limit', code: -1 });
  progress.onStatus('started\nexited 0\ndrained 0 0\n');
  await vi.advanceTimersByTimeAsync(0);
  expect(ending).toEqual({ end: 'time-limit', code: -1 });
});
