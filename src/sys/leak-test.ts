import { readdirSync, readlinkSync } from 'node:fs';
import { afterEach, beforeEach } from 'vitest';
import { openHandles } from './index.ts';

// What this room and its callers open; Node's own epolls, eventfds and pipes come and go as they like.
const OURS = /bpf|perf_event|btf|^(?:net|mnt):\[/;

/** What is open at one moment. */
export interface OpenSnapshot {
  readonly handles: number;
  /** BPF, perf and namespace descriptors of the process, whoever opened them, with what they are. */
  readonly descriptors: ReadonlyMap<string, string>;
}

/** Fails every test of the file that leaves a handle of the sys room, or any BPF, perf or namespace descriptor, open. */
export function failOnLeaks(): void {
  let before: OpenSnapshot;
  beforeEach(() => {
    before = openNow();
  });
  afterEach(() => {
    const leaks = leaksSince(before);
    if (leaks.length > 0) throw new Error(`left open:\n${leaks.join('\n')}`);
  });
}

export function openNow(): OpenSnapshot {
  return { handles: openHandles().length, descriptors: descriptors() };
}

/** One line for each descriptor or handle that was not open then; handles come with the stack that opened them. */
export function leaksSince(before: OpenSnapshot): readonly string[] {
  const handles = openHandles().slice(before.handles);
  const fds = [...descriptors()].filter(([fd, target]) => before.descriptors.get(fd) !== target);
  return [
    ...handles.map(({ what, openedAt }) => `  ${what}, opened\n${openedAt}`),
    ...fds.map(([fd, target]) => `  fd ${fd} → ${target}`),
  ];
}

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
