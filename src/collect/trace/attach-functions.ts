import { SyscallError } from '../../base/index.ts';
import type { Unprobeable } from '../../events/index.ts';
import type { Link, Loaded } from '../../load/index.ts';
import type { FunctionGroup, NumberedProbe, TraceProbe } from '../../probes/index.ts';
import type { Held } from './hand-over.ts';
import { type Probeable, whyNot } from './probeable.ts';

/** How far attaching has come. */
export interface AttachProgress {
  readonly done: number;
  readonly total: number;
  /** Functions per second so far. */
  readonly rate: number;
  /** Seconds. */
  readonly left: number;
}

export interface Attached {
  readonly held: readonly Held[];
  readonly functions: number;
  readonly returns: number;
  readonly unprobeable: readonly Unprobeable[];
  /** Hits that were left out so far, where the programs themselves do not know. */
  readonly misses?: () => number;
}

/**
 * One kprobe_multi link per program, functions by name. When the kernel refuses a group, what its lists say cannot
 * be probed is left out; what it still refuses is found by halving. 5.18, CONFIG_FPROBE.
 */
export function attachMulti(loaded: Loaded, probe: TraceProbe, probeable: () => Probeable): Attached {
  const held: Held[] = [];
  const unprobeable: Unprobeable[] = [];
  let functions = 0;
  let returns = 0;
  const attach = (group: FunctionGroup, members: readonly number[]): void => {
    if (members.length === 0) return;
    const names = members.map(number => probe.probes[number]!.function);
    const spec = {
      kind: 'kprobe-multi',
      functions: names,
      cookies: members.map(number => group.cookies.get(number)!),
      return: group.return,
    } as const;
    held.push(heldBy(loaded.attach(group.program, spec), isGate(group)));
    if (group.return) returns += members.length;
    else functions += members.length;
  };
  for (const group of probe.groups) {
    try {
      attach(group, group.probes);
    } catch (error) {
      refusable(error);
      const [good, bad] = divide(probe.probes, group.probes, probeable());
      unprobeable.push(...bad);
      halve(
        good,
        members => attach(group, members),
        (number, why) => unprobeable.push({ ...named(probe, number), why }),
      );
    }
  }
  return { held, functions, returns, unprobeable };
}

/** Does the group's program begin trails? */
export function isGate({ program }: FunctionGroup): boolean {
  return program.startsWith('fn_gate');
}

function heldBy(link: Link, gate: boolean): Held {
  return {
    gate,
    removal: '',
    get fds() {
      return link.fds;
    },
    [Symbol.dispose]: () => link[Symbol.dispose](),
  };
}

/** Names that are wrong are EINVAL, ESRCH, EADDRNOTAVAIL, EBUSY or ENOENT; anything else is about the kernel or the user. */
const ABOUT_NAMES: ReadonlySet<number> = new Set([2, 3, 16, 22, 99]);

function refusable(error: unknown): asserts error is SyscallError {
  if (!(error instanceof SyscallError) || !ABOUT_NAMES.has(error.errno)) throw error;
}

function divide(
  probes: readonly NumberedProbe[],
  members: readonly number[],
  probeable: Probeable,
): [number[], Unprobeable[]] {
  const good: number[] = [];
  const bad: Unprobeable[] = [];
  for (const number of members) {
    const { function: name, module } = probes[number]!;
    const why = whyNot(probeable, name);
    if (why === null) good.push(number);
    else bad.push({ function: name, module, why });
  }
  return [good, bad];
}

/** Attaches what can be attached, and finds what cannot by halving. */
export function halve(
  members: readonly number[],
  attach: (members: readonly number[]) => void,
  refused: (member: number, why: string) => void,
): void {
  if (members.length === 0) return;
  try {
    attach(members);
  } catch (error) {
    refusable(error);
    if (members.length === 1) {
      refused(members[0]!, `attach failed: ${error.message.split('\n')[0]}`);
      return;
    }
    const middle = members.length >> 1;
    halve(members.slice(0, middle), attach, refused);
    halve(members.slice(middle), attach, refused);
  }
}

function named(probe: TraceProbe, number: number): { function: string; module: string | null } {
  const { function: name, module } = probe.probes[number]!;
  return { function: name, module };
}
