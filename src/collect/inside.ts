import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { isUnavailable, NetwhyError, type Unavailable, unavailable } from '../base/index.ts';
import { netnsInodeOf, requireTool, runTool, type ToolName, type ToolResult } from '../kernel/index.ts';
import { inNamespace } from '../sys/index.ts';
import type { Place } from './reading.ts';

type Program = Exclude<ToolName, 'libpcap'>;

/**
 * Runs `run` inside the namespace. A namespace that cannot be entered is an Unavailable value; what `run` throws is
 * thrown. Children that `run` starts live there: a new process inherits the namespace of the thread that forks it.
 */
export function inside<T>(place: Place, run: () => T): T | Unavailable {
  if (place.inode === netnsInodeOf('self')) return run();
  let entered = false;
  try {
    return inNamespace(place.path, () => {
      entered = true;
      return run();
    });
  } catch (error) {
    if (entered || !(error instanceof NetwhyError)) throw error;
    return unavailable(
      `network namespace ${place.name}`,
      `it cannot be entered: ${error.message}`,
      error.hint ?? 'run as root on the machine itself',
    );
  }
}

/** Runs a tool to its end in the namespace; Unavailable when it is not installed or says that it failed. */
export function runInside(place: Place, tool: Program, args: readonly string[]): string | Unavailable {
  const path = requireTool(tool);
  if (isUnavailable(path)) return path;
  const result = inside(place, () => runTool(path, args));
  if (isUnavailable(result)) return result;
  return result.code === 0 ? result.stdout : failedTool(tool, args, result);
}

/** The command in its user's words, with what it said. */
export function failedTool(tool: string, args: readonly string[], result: ToolResult): Unavailable {
  const said = result.stderr.trim().split('\n')[0] || `exit code ${result.code}`;
  return unavailable(`${tool} ${args.join(' ')}`, `it failed: ${said}`, `run it by hand: ${said}`);
}

/** Starts a child in the namespace; the caller ends it. */
export function spawnInside(
  place: Place,
  program: string,
  args: readonly string[],
  options: SpawnOptions,
): ChildProcess | Unavailable {
  const env = { ...process.env, LC_ALL: 'C' };
  return inside(place, () => spawn(program, [...args], { env, ...options }));
}

/** "ip netns exec blue " before a command for another namespace; nothing for the one we are in. */
export function commandPrefix(place: Place): string {
  if (place.inode === netnsInodeOf('self')) return '';
  const named = /^(?:\/var)?\/run\/netns\/([^/]+)$/.exec(place.path)?.[1];
  return named === undefined ? `nsenter --net=${place.path} ` : `ip netns exec ${named} `;
}
