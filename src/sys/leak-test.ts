import { readdirSync, readlinkSync } from 'node:fs';
import { afterEach, beforeEach } from 'vitest';
import { openHandles } from './index.ts';

// What this room and its callers open; Node's own epolls, eventfds and pipes come and go as they like.
const OURS = /bpf|perf_event|btf|^(?:net|mnt):\[/;

/** Fails every test of the file that leaves a handle of the sys room, or any BPF, perf or namespace descriptor, open. */
export function failOnLeaks(): void {
  let before: ReadonlyMap<string, string>;
  let handlesBefore: number;
  beforeEach(() => {
    before = descriptors();
    handlesBefore = openHandles().length;
  });
  afterEach(() => {
    const leaks = [...leakedHandles(handlesBefore), ...leakedDescriptors(before)];
    if (leaks.length > 0) throw new Error(`left open:\n${leaks.join('\n')}`);
  });
}

function leakedHandles(before: number): readonly string[] {
  return openHandles()
    .slice(before)
    .map(({ what, openedAt }) => `  ${what}, opened\n${openedAt}`);
}

function leakedDescriptors(before: ReadonlyMap<string, string>): readonly string[] {
  const now = [...descriptors()].filter(([fd, target]) => before.get(fd) !== target);
  return now.map(([fd, target]) => `  fd ${fd} → ${target}`);
}

/** Descriptors of the process that are ours to close, by number. */
function descriptors(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const fd of readdirSync('/proc/self/fd')) {
    const target = targetOf(fd);
    if (target !== undefined && OURS.test(target)) found.set(fd, target);
  }
  return found;
}

function targetOf(fd: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}
