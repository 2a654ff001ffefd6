// Builds dist/: the command line bundle (dist/bin), and, unless --bin or --vm is given, the library files behind the
// package's exports (dist/<room>/*.js and *.d.ts). Everything is made in .cache/ and then renamed into place one
// file at a time, what is imported before what imports it, dist/.stamp last: whoever runs dist/bin/netwhy.js while
// a build is under way, or after one was cut short, always meets a whole program.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const DIST = join(ROOT, 'dist');
const CACHE = join(ROOT, '.cache');
const TSC_OUT = join(CACHE, 'tsc');
const PACKAGE = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
/** Chunks of an earlier build stay this long, for programs that are running and have not loaded them yet. */
const KEEP_CHUNKS_MS = 24 * 3600 * 1000;

const BUNDLE = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  minifySyntax: true,
  // A third less to read at every start; lines stay short enough to be shown.
  minifyWhitespace: true,
  lineLimit: 160,
  keepNames: true,
  external: ['koffi'],
  define: { NETWHY_VERSION: JSON.stringify(PACKAGE.version) },
  // Bundled CommonJS packages ask for node's own modules through require.
  banner: {
    js: "import { createRequire as netwhyRequire } from 'node:module';const require = netwhyRequire(import.meta.url);",
  },
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
};

async function bundleCli(staging, options) {
  return build({
    ...BUNDLE,
    logLevel: options.vmOnly ? 'silent' : 'warning',
    entryPoints: { netwhy: 'src/bin/netwhy.ts' },
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    outdir: join(staging, 'bin'),
  });
}

async function bundleVm(staging) {
  return build({ ...BUNDLE, entryPoints: ['src/bin/vm.ts'], outfile: join(staging, 'bin/vm.js') });
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 2, 2] });
    child.on('error', reject);
    child.on('close', code =>
      code === 0 ? resolve() : reject(new Error(`${command} ${args.join(' ')} failed`)),
    );
  });
}

/** The compiled files an export reaches: its own .js and .d.ts and, through relative imports, the rest. */
function reachedFrom(entries) {
  const found = new Set();
  const follow = file => {
    if (found.has(file)) return;
    found.add(file);
    const text = readFileSync(join(TSC_OUT, file), 'utf8');
    for (const [, specifier] of text.matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)) {
      follow(relative(TSC_OUT, join(TSC_OUT, dirname(file), specifier.replace(/(\.d)?\.ts$/, '.js'))));
    }
    if (file.endsWith('.js')) follow(file.replace(/\.js$/, '.d.ts'));
  };
  for (const entry of entries) follow(entry);
  return [...found];
}

function exportedFiles() {
  const targets = Object.values(PACKAGE.exports).filter(target => typeof target === 'object');
  return targets.map(target => relative('dist', target.default));
}

async function compileLibrary(staging) {
  await run(join(ROOT, 'node_modules/.bin/tsc'), ['-b', 'tsconfig.json']);
  for (const file of reachedFrom(exportedFiles())) {
    await mkdir(dirname(join(staging, file)), { recursive: true });
    await writeFile(join(staging, file), readFileSync(join(TSC_OUT, file)));
  }
}

/** Bundled packages travel inside our files, so their licences travel beside them. */
async function writeLicenses(staging, metafile) {
  const names = new Set();
  for (const input of Object.keys(metafile.inputs)) {
    const match = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match) names.add(match[1]);
  }
  const texts = [...names].sort().map(name => {
    const folder = join(ROOT, 'node_modules', name);
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return `${name} ${version} (${license})\n\n${readFileSync(join(folder, 'LICENSE'), 'utf8').trim()}\n`;
  });
  await writeFile(join(staging, 'bin/LICENSES.txt'), texts.join('\n----\n\n'));
}

async function filesBelow(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath ?? entry.path, entry.name)));
}

/** 0 chunks, 1 library files, 2 programs: each is complete before anything that needs it appears. */
function turnOf(file) {
  if (file.startsWith('bin/chunks/')) return 0;
  return file.startsWith('bin/') ? 2 : 1;
}

async function place(staging) {
  const files = (await filesBelow(staging)).sort((a, b) => turnOf(a) - turnOf(b));
  for (const file of files) {
    await mkdir(dirname(join(DIST, file)), { recursive: true });
    await rename(join(staging, file), join(DIST, file));
  }
  return new Set(files);
}

async function isRecentChunk(file) {
  const { mtimeMs } = await stat(join(DIST, file));
  return turnOf(file) === 0 && Date.now() - mtimeMs < KEEP_CHUNKS_MS;
}

function partOf(file) {
  if (!file.startsWith('bin/')) return file === '.stamp' ? 'none' : 'library';
  return file === 'bin/vm.js' ? 'vm' : 'cli';
}

async function removeStale(placed, part, { clean }) {
  for (const file of await filesBelow(DIST)) {
    if (placed.has(file) || partOf(file) !== part) continue;
    if (!clean && (await isRecentChunk(file))) continue;
    await rm(join(DIST, file), { force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function removeAbandonedStaging() {
  for (const name of await readdir(CACHE).catch(() => [])) {
    const pid = /^build-(\d+)$/.exec(name)?.[1];
    if (pid && !isAlive(Number(pid))) await rm(join(CACHE, name), { recursive: true, force: true });
  }
}

/** The stamp carries the time the build began: what is saved during a build counts as newer than it. */
async function writeStamp(began) {
  const draft = join(CACHE, `stamp-${process.pid}`);
  await writeFile(draft, `${process.execPath}\n`);
  await utimes(draft, began, began);
  await rename(draft, join(DIST, '.stamp'));
}

async function buildVm(staging, options) {
  await bundleVm(staging);
  await removeStale(await place(staging), 'vm', options);
}

async function buildCli(staging, options) {
  const { metafile } = await bundleCli(staging, options);
  await writeLicenses(staging, metafile);
  await chmod(join(staging, 'bin/netwhy.js'), 0o755);
  await removeStale(await place(staging), 'cli', options);
}

async function buildLibrary(staging, options) {
  await compileLibrary(staging);
  await removeStale(await place(staging), 'library', options);
}

/** Parts fail or succeed on their own; the stamp says that both programs are of now. */
async function main(parts, options) {
  const began = new Date();
  await removeAbandonedStaging();
  const staging = join(CACHE, `build-${process.pid}`);
  for (const { name } of parts) await mkdir(join(staging, name, 'bin'), { recursive: true });
  const results = await Promise.allSettled(parts.map(part => part(join(staging, part.name), options)));
  await rm(staging, { recursive: true, force: true });
  if (
    parts.includes(buildCli) &&
    results.every(({ status }, i) => status === 'fulfilled' || parts[i] === buildLibrary)
  ) {
    await writeStamp(began);
  }
  return results.flatMap(({ status, reason }, i) => (status === 'rejected' ? [[parts[i].name, reason]] : []));
}

/** What to build: --bin, --vm, or everything. For the VM runner alone it does not matter whether the rest builds. */
const PARTS = {
  '--vm': [buildVm, buildCli],
  '--bin': [buildVm, buildCli],
  all: [buildVm, buildCli, buildLibrary],
};
const flags = new Set(process.argv.slice(2));
const options = { clean: flags.has('--clean'), vmOnly: flags.has('--vm') };
for (const [part, error] of await main(PARTS[[...flags].find(flag => flag in PARTS) ?? 'all'], options)) {
  if (options.vmOnly && part === 'buildCli') continue;
  // esbuild has already shown its own messages.
  if (!error.errors) console.error(error instanceof Error ? error.message : error);
  console.error(`build: ${part} failed; its files in dist/ are as they were`);
  process.exitCode = 1;
}
