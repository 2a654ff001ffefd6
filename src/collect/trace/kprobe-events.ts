import { appendFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PERF_ATTR, PERF_ATTR_BYTES, PERF_FLAGS, PERF_IOCTLS, PERF_TYPES } from '../../abi/index.ts';
import { isUnavailable, NetwhyError } from '../../base/index.ts';
import type { Unprobeable } from '../../events/index.ts';
import { readTrimmed, tracefs } from '../../kernel/index.ts';
import type { Loaded } from '../../load/index.ts';
import type { FunctionGroup, TraceProbe } from '../../probes/index.ts';
import { Attr, type Fd, firstOnlineCpu, ioctl, perfEventOpen } from '../../sys/index.ts';
import { type Attached, type AttachProgress, isGate } from './attach-functions.ts';
import type { Held } from './hand-over.ts';
import { kprobeMisses } from './kprobe-misses.ts';

/**
 * Functions of one event: they are appended quickly and set in one go when it is opened, which takes 10 to 20 ms each
 * and cannot be interrupted.
 */
const PER_EVENT = 40;

/** Runs of this process so far: the events of the one before may still be there while they are taken out. */
let runs = 0;

/**
 * For kernels without kprobe_multi: trace events that functions are appended to, and one perf event for each. Events
 * carry the process number, so that leftovers can be told.
 */
export async function attachEvents(
  loaded: Loaded,
  probe: TraceProbe,
  progress: (progress: AttachProgress) => void,
  stop: AbortSignal | undefined,
): Promise<Attached> {
  const at = tracefs();
  if (isUnavailable(at)) throw at;
  const run = `${process.pid}_${++runs}`;
  const held: EventGroup[] = [];
  const unprobeable: Unprobeable[] = [];
  const counts = { functions: 0, returns: 0 };
  const tell = teller(
    probe.groups.reduce((sum, { probes }) => sum + probes.length, 0),
    progress,
  );
  try {
    for (const part of partsOf(probe.groups, run)) {
      if (stop?.aborted) throw new NetwhyError('stopped while probes were being set');
      const event = new EventGroup(at.path, part);
      held.push(event);
      for (const number of part.group.probes) {
        const { function: name, module } = probe.probes[number]!;
        const why = event.add(name, module);
        if (why === null) counts[part.group.return ? 'returns' : 'functions']++;
        else unprobeable.push({ function: name, module, why });
      }
      if (event.size > 0) event.open(loaded.program(part.group.program).fd);
      tell(part.group.probes.length);
      await nextTurn();
    }
  } catch (error) {
    for (const one of held) one[Symbol.dispose]();
    throw error;
  }
  return { held, unprobeable, ...counts, misses: () => kprobeMisses(at.path, `_${run}`) };
}

interface Part {
  readonly group: FunctionGroup;
  /** Of the event: group and name. The kernel's profile tells names without groups, so both say whose it is. */
  readonly name: string;
}

function partsOf(groups: readonly FunctionGroup[], run: string): readonly Part[] {
  return groups.flatMap(group => {
    const count = Math.ceil(group.probes.length / PER_EVENT);
    return Array.from({ length: count }, (_, index) => ({
      group: { ...group, probes: group.probes.slice(index * PER_EVENT, (index + 1) * PER_EVENT) },
      name: `netwhy_${run}/${group.program}_${index}_${run}`,
    }));
  });
}

/** Counts what is set, and tells how quickly that goes. */
function teller(total: number, progress: (progress: AttachProgress) => void): (more: number) => void {
  const started = performance.now();
  let done = 0;
  return more => {
    done += more;
    const rate = done / Math.max(0.001, (performance.now() - started) / 1000);
    progress({ done, total, rate, left: (total - done) / Math.max(1, rate) });
  };
}

/** One trace event that functions are appended to, and the perf event that runs a program for all of them. */
class EventGroup implements Held {
  size = 0;
  readonly gate: boolean;
  readonly removal: string;
  private readonly root: string;
  private readonly name: string;
  private readonly letter: string;
  private event: Fd | null = null;

  constructor(root: string, { group, name }: Part) {
    this.root = root;
    this.gate = isGate(group);
    this.name = name;
    this.letter = group.return ? 'r' : 'p';
    this.removal = `-:${this.name}\n`;
  }

  get fds(): readonly number[] {
    return this.event && this.event.fd >= 0 ? [this.event.fd] : [];
  }

  /** null, or why the function cannot be probed. */
  add(name: string, module: string | null): string | null {
    const place = module === null ? name : `${module}:${name}`;
    try {
      appendFileSync(`${this.root}/kprobe_events`, `${this.letter}:${this.name} ${place}\n`);
      this.size++;
      return null;
    } catch (error) {
      return `attach failed: ${(error as NodeJS.ErrnoException).code}`;
    }
  }

  /** Opening the event sets all its kprobes; they run the program from then on. */
  open(programFd: number): void {
    const id = Number(readTrimmed(`${this.root}/events/${this.name}/id`));
    const attr = new Attr(PERF_ATTR_BYTES)
      .u32(PERF_ATTR.type, PERF_TYPES.tracepoint)
      .u32(PERF_ATTR.size, PERF_ATTR_BYTES)
      .u64(PERF_ATTR.config, id);
    this.event = perfEventOpen(attr.bytes, -1, firstOnlineCpu(), -1, PERF_FLAGS.fdCloexec, this.name);
    ioctl(this.event.fd, PERF_IOCTLS.setBpf, programFd);
    ioctl(this.event.fd, PERF_IOCTLS.enable, 0);
  }

  /** When a child still holds the perf event, the child removes the trace event. */
  [Symbol.dispose](): void {
    this.event?.close();
    if (this.size === 0) return;
    this.size = 0;
    try {
      appendFileSync(`${this.root}/kprobe_events`, this.removal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
    }
  }
}
