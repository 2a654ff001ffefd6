import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** A program of this folder as one file that any user may run with node, wherever the checkout is. */
export interface Standalone extends Disposable {
  readonly path: string;
}

export function standalone(name: string): Standalone {
  const folder = mkdtempSync(join(tmpdir(), `nw${process.pid}-`));
  chmodSync(folder, 0o755);
  const path = join(folder, `${name}.mjs`);
  copyKoffi(join(folder, 'node_modules'));
  buildSync({
    entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
    outfile: path,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['koffi'],
  });
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

function copyKoffi(to: string): void {
  const modules = dirname(dirname(createRequire(import.meta.url).resolve('koffi')));
  for (const name of ['koffi', '@koromix'])
    cpSync(join(modules, name), join(to, name), { recursive: true, dereference: true });
}
