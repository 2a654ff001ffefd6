import { isUnavailable } from '../../base/index.ts';
import { readText, tracefs } from '../../kernel/index.ts';

/** What the kernel says about functions: how often a name can be traced, and which must not be. */
export interface Probeable {
  /** null when the list cannot be read: then attaching finds out. */
  readonly traceable: ReadonlyMap<string, number> | null;
  readonly blacklisted: ReadonlySet<string>;
}

const BLACKLIST = '/sys/kernel/debug/kprobes/blacklist';

/** Reads available_filter_functions (40,000 lines) and the kprobe blacklist. */
export function readProbeable(): Probeable {
  const at = tracefs();
  const text = isUnavailable(at) ? undefined : readText(`${at.path}/available_filter_functions`);
  return {
    traceable: text ? countNames(text) : null,
    blacklisted: new Set([...(readText(BLACKLIST) ?? '').matchAll(/\t(\S+)$/gm)].map(found => found[1]!)),
  };
}

/** Lines "name" and "name [module]". */
export function countNames(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start);
    const line = text.slice(start, end < 0 ? text.length : end);
    const blank = line.indexOf(' ');
    const name = blank < 0 ? line : line.slice(0, blank);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (end < 0) break;
    start = end + 1;
  }
  return counts;
}

/** Why a function cannot be probed; null when it can, as far as the lists tell. */
export function whyNot({ traceable, blacklisted }: Probeable, name: string): string | null {
  if (blacklisted.has(name)) return 'kprobes must not be set there (blacklisted)';
  if (traceable === null) return null;
  const count = traceable.get(name);
  if (count === undefined)
    return 'not in available_filter_functions (inlined away, renamed by the compiler, or notrace)';
  return count > 1 ? `${count} functions have this name` : null;
}
