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

/** Functions between two looks at the clock and at whether to stop. */
const STEP = 10;

/**
 * For kernels without kprobe_multi: one trace event per program that every function is appended to, and one perf event
 * each. Events carry the process number, so that leftovers can be told.
 */
export async function attachEvents(
  loaded: Loaded,
  probe: TraceProbe,
  progress: (progress: AttachProgress) => void,
  stop: AbortSignal | undefined,
): Promise<Attached> {
  const total = probe.groups.reduce((sum, { probes }) => sum + probes.length, 0);
  const started = performance.now();
  const at = tracefs();
  if (isUnavailable(at)) throw at;
  const held: EventGroup[] = [];
  const unprobeable: Unprobeable[] = [];
  const counts = { functions: 0, returns: 0 };
  let done = 0;
  const tell = (): void => {
    const rate = done / Math.max(0.001, (performance.now() - started) / 1000);
    progress({ done, total, rate, left: (total - done) / Math.max(1, rate) });
  };
  try {
    for (const group of probe.groups) {
      const event = new EventGroup(at.path, group);
      held.push(event);
      for (const number of group.probes) {
        if (stop?.aborted) throw new NetwhyError('stopped while probes were being set');
        const { function: name, module } = probe.probes[number]!;
        const why = event.add(name, module);
        if (why === null) counts[group.return ? 'returns' : 'functions']++;
        else unprobeable.push({ function: name, module, why });
        if (++done % STEP === 0) {
          tell();
          await nextTurn();
        }
      }
      if (event.size > 0) event.open(loaded.program(group.program).fd);
    }
  } catch (error) {
    for (const one of held) one[Symbol.dispose]();
    throw error;
  }
  tell();
  return { held, unprobeable, ...counts };
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

  constructor(root: string, group: FunctionGroup) {
    this.root = root;
    this.gate = isGate(group);
    this.name = `netwhy_${process.pid}/${group.program}`;
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
