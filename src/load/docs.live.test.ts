import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runsAtLeast } from '../sys/index.ts';
import { closedPort, sendUdp } from './testdata/udp.ts';

// The program in docs/load.md, run as it stands there; only the package's names are pointed at this source tree.
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = readFileSync(`${ROOT}docs/load.md`, 'utf8');
const [source, output] = [...PAGE.matchAll(/^```\w*\n(.*?)^```$/gms)].map(block => block[1]!);
const folder = `${ROOT}.cache/load-docs-${process.pid}`;
const program = `${folder}/example.mjs`;

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/example.ts`, source!);
  buildSync({
    entryPoints: [`${folder}/example.ts`],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    external: ['koffi'],
    alias: Object.fromEntries(
      ['asm', 'btf', 'load'].map(room => [`netwhy/${room}`, `${ROOT}src/${room}/index.ts`]),
    ),
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.skipIf(!runsAtLeast(5, 17))('the example prints what the page shows', async () => {
  const port = await closedPort();
  const child = spawn(process.execPath, [program, '1'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (line === 'attached') await sendUdp(port, 3, 21);
  }
  const [first, drop] = output!.trim().split('\n');
  expect(lines[0]).toBe(first);
  expect(lines.filter(line => line === drop).length).toBeGreaterThanOrEqual(3);
  expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(0);
});
