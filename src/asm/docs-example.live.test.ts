import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { release } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kernelAtLeast, parseKernelVersion } from '../base/index.ts';

// The program in docs/asm.md, run as it stands there; only the package's names are pointed at this source tree.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = readFileSync(`${ROOT}docs/asm.md`, 'utf8');
const SCRIPT = `${ROOT}.cache/asm-example-${process.pid}.mjs`;
const PACKETS = 100;
const HAS_REASONS = kernelAtLeast(parseKernelVersion(release())!, 5, 17);

const blocks = [...PAGE.matchAll(/^```(\w*)\n(.*?)^```$/gms)];
const [program, output] = [
  blocks.find(block => block[1] === 'ts')![2]!,
  blocks.find(block => block[1] === '')![2]!,
];

beforeAll(async () => {
  const alias = Object.fromEntries(
    ['asm', 'btf', 'load'].map(room => [`netwhy/${room}`, `${ROOT}src/${room}/index.ts`]),
  );
  await build({
    stdin: { contents: program, loader: 'ts', resolveDir: ROOT },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    external: ['koffi'],
    alias,
    outfile: SCRIPT,
    logLevel: 'silent',
  });
});
afterAll(() => rmSync(SCRIPT, { force: true }));

/** Datagrams to a port of this machine that nobody listens on: each is dropped with NO_SOCKET. */
async function sendToNobody(): Promise<void> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  const closed = createSocket('udp4').bind(0, '127.0.0.1');
  await once(closed, 'listening');
  const nobody = closed.address().port;
  closed.close();
  expect(nobody).not.toBe(port);
  for (let i = 0; i < PACKETS; i++)
    await promisify(socket.send.bind(socket) as SendTo)('x', nobody, '127.0.0.1');
  socket.close();
}
type SendTo = (text: string, port: number, host: string, done: (error: Error | null) => void) => void;

test.skipIf(!HAS_REASONS)('the example counts drops and prints its listing as the page shows', async () => {
  const child = spawn(process.execPath, [SCRIPT, '2'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (line.startsWith('counting drops')) await sendToNobody();
  }
  const shown = output.split('\n').slice(0, output.split('\n').indexOf(''));
  expect(lines.slice(0, shown.length)).toEqual(shown);
  const count = lines.find(line => line.startsWith('SKB_DROP_REASON_NO_SOCKET\t'))?.split('\t')[1];
  expect(Number(count)).toBeGreaterThanOrEqual(PACKETS);
  expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(0);
});
