import { appendFileSync, closeSync, openSync, writeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PERF_ATTR, PERF_ATTR_BYTES, PERF_FLAGS, PERF_IOCTLS, PERF_TYPES } from '../../abi/index.ts';
import { isUnavailable, NetwhyError } from '../../base/index.ts';
import type { Unprobeable } from '../../events/index.ts';
import { readTrimmed, tracefs } from '../../kernel/index.ts';
import { Link, type Loaded } from '../../load/index.ts';
import type { TraceProbe } from '../../probes/index.ts';
import { Attr, firstOnlineCpu, ioctl, perfEventOpen } from '../../sys/index.ts';
import type { Attached, AttachProgress } from './attach-functions.ts';

/** Functions between two looks at the clock and at whether to stop. */
const STEP = 10;

/**
 * For kernels without kprobe_multi: one trace event per program that every function is appended to, and one perf event
 * each. Removed by `dispose` of the links; events carry the process number, so that leftovers can be told.
 */
export async function attachEvents(
  loaded: Loaded,
  probe: TraceProbe,
  progress: (progress: AttachProgress) => void,
  stop: AbortSignal | undefined,
): Promise<Attached> {
  const total = probe.groups.reduce((sum, { probes }) => sum + probes.length, 0);
  const started = performance.now();
  const links: Link[] = [];
  const unprobeable: Unprobeable[] = [];
  const counts = { functions: 0, returns: 0 };
  let done = 0;
  const tell = (): void => {
    const rate = done / Math.max(0.001, (performance.now() - started) / 1000);
    progress({ done, total, rate, left: (total - done) / Math.max(1, rate) });
  };
  try {
    for (const group of probe.groups) {
      const event = new EventGroup(group.program, group.return);
      links.push(event.link());
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
    for (const link of links) link[Symbol.dispose]();
    throw error;
  }
  tell();
  return { links, unprobeable, ...counts };
}

class EventGroup {
  size = 0;
  private readonly root: string;
  private readonly name: string;
  private readonly letter: string;
  private readonly owned: Link;
  private readonly handles: { close(): void; fd: number }[] = [];

  constructor(program: string, atReturn: boolean) {
    const at = tracefs();
    if (isUnavailable(at)) throw at;
    this.root = at.path;
    this.name = `netwhy_${process.pid}/${program}`;
    this.letter = atReturn ? 'r' : 'p';
    this.owned = new Link(`kprobe event ${this.name}`, [
      new Removal(this.handles, () => this.remove()) as never,
    ]);
  }

  link(): Link {
    return this.owned;
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
    const event = perfEventOpen(attr.bytes, -1, firstOnlineCpu(), -1, PERF_FLAGS.fdCloexec, this.name);
    this.handles.push(event);
    ioctl(event.fd, PERF_IOCTLS.setBpf, programFd);
    ioctl(event.fd, PERF_IOCTLS.enable, 0);
  }

  private remove(): void {
    const file = openSync(`${this.root}/kprobe_events`, 'a');
    try {
      writeSync(file, `-:${this.name}\n`);
    } catch {
      // Still in use by a child that closes the events later; it removes them too.
    } finally {
      closeSync(file);
    }
  }
}

/** Closes what was opened, then takes the event away: shaped like a descriptor, so that a Link can own it. */
class Removal {
  fd = 0;
  private readonly handles: readonly { close(): void }[];
  private readonly remove: () => void;

  constructor(handles: readonly { close(): void }[], remove: () => void) {
    this.handles = handles;
    this.remove = remove;
  }

  close(): void {
    if (this.fd < 0) return;
    this.fd = -1;
    for (const handle of this.handles) handle.close();
    this.remove();
  }
}
