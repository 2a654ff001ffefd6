import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Output } from '../output.ts';
import { Preparing } from './progress.ts';

function output(terminal: boolean): { err: Output; written: () => string } {
  let text = '';
  const write = (more: string): void => {
    text += more;
  };
  return {
    err: { terminal, color: false, columns: () => 80, rows: () => 24, write },
    written: () => text,
  };
}

const WIPE = '\r\u001b[K';

describe('Preparing', () => {
  afterEach(() => vi.useRealTimers());

  it('draws one line over itself on a terminal, and wipes it at the end', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { err, written } = output(true);
    const preparing = new Preparing(err);
    preparing.progress({ done: 10, total: 100, rate: 50, left: 1.8 });
    preparing.progress({ done: 11, total: 100, rate: 50, left: 1.7 });
    vi.advanceTimersByTime(150);
    preparing.progress({ done: 20, total: 100, rate: 50, left: 1.6 });
    preparing.end();
    preparing.clear();
    expect(written()).toBe(
      `netwhy: reading the kernel's types, setting probes …${WIPE}` +
        `netwhy: 10 of 100 probes set, 50 a second, 2 s left; Ctrl-C stops${WIPE}` +
        `netwhy: 20 of 100 probes set, 50 a second, 2 s left; Ctrl-C stops${WIPE}`,
    );
    expect(preparing.done).toBe(true);
  });

  it('is silent elsewhere, but for a line every five seconds', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { err, written } = output(false);
    const preparing = new Preparing(err);
    preparing.progress({ done: 10, total: 900, rate: 50, left: 18 });
    expect(written()).toBe('');
    vi.advanceTimersByTime(5100);
    preparing.progress({ done: 250, total: 900, rate: 50, left: 13 });
    preparing.end();
    expect(written()).toBe('netwhy: 250 of 900 probes set, 50 a second, 13 s left; Ctrl-C stops\n');
  });
});
