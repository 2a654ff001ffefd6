import { type SpawnOptions, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { NetwhyError } from '../base/index.ts';

/** What to feed to a command, and where it runs. */
export interface CommandInput {
  readonly input?: Uint8Array;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

function collect(stream: NodeJS.ReadableStream | null): Buffer[] {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return chunks;
}

function failureOf(command: readonly string[], how: string, stderr: readonly Buffer[]): NetwhyError {
  const text = Buffer.concat(stderr).toString().trim();
  return new NetwhyError(`${command.join(' ')} ${how}${text ? `:\n${text}` : ''}`);
}

/** Runs a command to its end and answers with its standard output; a failure throws with what it said. */
export function outputOf(
  command: readonly string[],
  { input, env, cwd }: CommandInput = {},
): Promise<Buffer> {
  const [program = '', ...args] = command;
  const options: SpawnOptions = { stdio: ['pipe', 'pipe', 'pipe'], ...(env && { env }), ...(cwd && { cwd }) };
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, options);
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    child.on('error', error => reject(failureOf(command, `did not start (${error.message})`, stderr)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(Buffer.concat(stdout));
      else reject(failureOf(command, `ended with ${signal ?? `code ${code}`}`, stderr));
    });
    // A program that stops reading early tells so by its exit code.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

/** Runs a command with its output on our standard error, for long work a user wants to watch. */
export function runVisibly(command: readonly string[], { env, cwd }: CommandInput = {}): Promise<void> {
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 2, 2], ...(env && { env }), ...(cwd && { cwd }) });
    child.on('error', error => reject(failureOf(command, `did not start (${error.message})`, [])));
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(failureOf(command, `ended with ${signal ?? `code ${code}`}`, []));
    });
  });
}

/** 130 for SIGINT, as shells count. */
export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/** Is there a process with this id, ours or not? */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
