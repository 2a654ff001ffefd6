import { spawnSync } from 'node:child_process';

export interface ToolResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const LONGEST_MS = 10_000;
/** A rule set or connection table of a large node is tens of megabytes. */
const LARGEST_BYTES = 256 << 20;

/** Runs a short command to its end, in the C locale. Code 127 when it cannot be started, 124 when it takes too long. */
export function runTool(program: string, args: readonly string[], input?: string): ToolResult {
  const result = spawnSync(program, [...args], {
    encoding: 'utf8',
    timeout: LONGEST_MS,
    maxBuffer: LARGEST_BYTES,
    env: { ...process.env, LC_ALL: 'C' },
    ...(input === undefined ? {} : { input }),
  });
  if (result.error !== undefined) return failed(result.error as NodeJS.ErrnoException);
  return { code: result.status ?? 128, stdout: result.stdout, stderr: result.stderr };
}

function failed(error: NodeJS.ErrnoException): ToolResult {
  return { code: error.code === 'ETIMEDOUT' ? 124 : 127, stdout: '', stderr: error.message };
}
