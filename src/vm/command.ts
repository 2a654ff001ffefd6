import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { NetwhyError, UsageError } from '../base/index.ts';
import { offers } from './archive.ts';
import { cacheFolder } from './cache.ts';
import type { RootShare } from './guest.ts';
import { cachedKernels, provideKernel } from './kernels.ts';
import { exitCodeOfSignal } from './process.ts';
import { runVm, tailOf, type VmOptions, type VmResult } from './run.ts';
import { ensureTools } from './tools.ts';
import { VmUnavailable } from './unavailable.ts';

const HELP = `Runs a command as root inside a Debian kernel of another series, in QEMU.

  npm run vm -- [OPTIONS] KERNEL -- COMMAND [ARGUMENT…]

KERNEL is a series (6.1, 6.12) or a full version; its newest package is downloaded once and kept. The guest's root
is this machine's, in the same directory; what the command writes is gone when it ends, except below --share.

  --memory MB          guest memory (1024)
  --cpus N             virtual processors (2)
  --env NAME[=VALUE]   environment variable for the command; without a value, ours if set (repeatable)
  --share DIR          directory the guest may write to (repeatable)
  --stdin              read standard input to its end first and give it to the command
  --timeout SECONDS    time limit for everything after the download
  --console FILE       keep what the kernel printed (dmesg)
  --kaslr              boot vmlinuz, so that the kernel sits at a random address
  --append ARGUMENTS   more kernel arguments
  --gdb PORT           gdb stub on 127.0.0.1:PORT
  --root virtiofs|9p   how the guest gets its root (virtiofs where virtiofsd is installed and we are root)
  --update             download a newer package of the series if there is one
  --list               kernels in the cache, in this machine's package archive, in Debian's
  --help               this text

Exit code: the command's; 124 time limit; 125 the machine ended without one; 69 this machine cannot have such a VM;
2 wrong usage; 1 anything else.

  npm run vm -- 6.12 -- uname -r
  npm run vm -- --timeout 60 6.1 -- sh -c 'ip -br link; cat /proc/version'
  npm run vm -- --memory 2048 --share /tmp/out 6.12 -- node dist/bin/netwhy.js doctor --json
`;

const OPTIONS = {
  memory: { type: 'string' },
  cpus: { type: 'string' },
  env: { type: 'string', multiple: true },
  share: { type: 'string', multiple: true },
  stdin: { type: 'boolean' },
  timeout: { type: 'string' },
  console: { type: 'string' },
  kaslr: { type: 'boolean' },
  append: { type: 'string' },
  gdb: { type: 'string' },
  root: { type: 'string' },
  update: { type: 'boolean' },
  list: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof parseOptions>['values'];

const TIME_LIMIT = 124;
const NO_STATUS = 125;
const UNAVAILABLE = 69;

function parseOptions(argv: readonly string[]) {
  return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true, strict: true });
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(Number.isFinite(value) && value > 0))
    throw new UsageError(`--${name}: not a number above 0: ${text}`);
  return value;
}

function oneOf<T extends string>(
  name: string,
  text: string | undefined,
  allowed: readonly T[],
): T | undefined {
  const found = allowed.find(value => value === text);
  if (text !== undefined && !found) throw new UsageError(`--${name}: ${allowed.join(' or ')}, not ${text}`);
  return found;
}

function envOf(assignments: readonly string[]): Record<string, string> {
  const pairs = assignments.map(text => {
    const [name = '', ...value] = text.split('=');
    if (!/^[A-Za-z_]\w*$/.test(name)) throw new UsageError(`--env: not a variable name: ${name}`);
    return [name, value.length > 0 ? value.join('=') : process.env[name]];
  });
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined));
}

/** Leaves out what is undefined, as exact optional properties want it. */
function given<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

function machineOptions(values: Values): Partial<VmOptions> {
  return given({
    memoryMb: numberOf('memory', values.memory),
    cpus: numberOf('cpus', values.cpus),
    gdbPort: numberOf('gdb', values.gdb),
    timeoutSeconds: numberOf('timeout', values.timeout),
    rootShare: oneOf<RootShare>('root', values.root, ['virtiofs', '9p']),
    consoleFile: values.console,
    append: values.append,
    kaslr: values.kaslr,
    shares: values.share,
  });
}

/** One command line as options for runVm; standard input is read here when asked for. */
export function optionsOf(argv: readonly string[]): VmOptions {
  const split = argv.indexOf('--');
  if (split < 0) throw new UsageError('no command: -- COMMAND is missing');
  const { values, positionals } = parseOptions(argv.slice(0, split));
  const command = argv.slice(split + 1);
  const [kernel, ...rest] = positionals;
  if (!kernel || rest.length > 0)
    throw new UsageError(`one KERNEL comes before --, not ${positionals.length}`);
  if (command.length === 0) throw new UsageError('nothing after --: which command is to run?');
  const stdin = values.stdin ? { stdin: readFileSync(0) } : {};
  return { kernel, command, env: envOf(values.env ?? []), ...stdin, ...machineOptions(values) };
}

function say(line: string): void {
  process.stderr.write(`vm: ${line}\n`);
}

async function list(): Promise<number> {
  const cached = await cachedKernels();
  console.log(`in the cache (${cacheFolder()}):`);
  for (const { version, release } of cached) console.log(`  ${version}  (uname -r: ${release})`);
  for (const { archive, versions } of await offers(say)) {
    console.log(`${archive.title} has:`);
    for (const version of versions) console.log(`  ${version}`);
  }
  return 0;
}

function exitCodeOf(result: VmResult, { timeoutSeconds }: VmOptions): number {
  if (result.end === 'command-ended') return result.code;
  if (result.end === 'time-limit') say(`time limit of ${timeoutSeconds} s`);
  else if (result.end !== 'aborted') say(`the machine ended without an exit code\n${tailOf(result)}`);
  return result.end === 'time-limit' ? TIME_LIMIT : NO_STATUS;
}

/** Runs with Ctrl-C and the like ending the machine first; they decide the exit code then. */
async function runAbortably(options: VmOptions): Promise<number> {
  const controller = new AbortController();
  let code: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      code ??= exitCodeOfSignal(signal);
      controller.abort();
    });
  }
  // A reader that went away (| head) ends the run as it would end the command itself.
  process.stdout.on('error', () => {
    code ??= exitCodeOfSignal('SIGPIPE');
    controller.abort();
  });
  const result = await runVm({ ...options, signal: controller.signal });
  return code ?? exitCodeOf(result, options);
}

async function dispatch(argv: readonly string[]): Promise<number> {
  const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  if (own.includes('--help') || own.length === 0) {
    console.log(HELP);
    return own.length === 0 ? 2 : 0;
  }
  if (own.includes('--list')) return list();
  if (own.includes('--update')) return update(argv, own);
  return runAbortably(optionsOf(argv));
}

async function update(argv: readonly string[], own: readonly string[]): Promise<number> {
  const { positionals } = parseOptions(own);
  if (!positionals[0]) throw new UsageError('--update: which KERNEL?');
  await ensureTools(say);
  const { version } = await provideKernel(positionals[0], { say, update: true });
  say(`newest: ${version}`);
  return argv.includes('--') ? runAbortably(optionsOf(argv)) : 0;
}

/** Runs one command line and answers with the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    return await dispatch(argv);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    say(error.message);
    if (error instanceof NetwhyError && error.hint) say(error.hint);
    if (error instanceof VmUnavailable) return UNAVAILABLE;
    const isUsage = error instanceof UsageError || String(Object(error).code).startsWith('ERR_PARSE_ARGS');
    if (isUsage) say('see npm run vm -- --help');
    return isUsage ? 2 : 1;
  }
}
