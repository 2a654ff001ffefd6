// Bundles bench/NAME.ts and runs it in a fresh process: node scripts/bench.mjs NAME [arguments of the bench].
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const [name, ...args] = process.argv.slice(2);
const outfile = join(ROOT, `.cache/bench/${name}.mjs`);
await build({
  absWorkingDir: ROOT,
  entryPoints: [`bench/${name}.ts`],
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  packages: 'external',
  logLevel: 'warning',
  outfile,
});
const result = spawnSync(process.execPath, ['--expose-gc', outfile, ...args], { stdio: 'inherit' });
process.exitCode = result.status ?? 1;
