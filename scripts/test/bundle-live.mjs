// bundle-live.mjs FOLDER: bundles the live tests for the VMs, where Node is ten to twenty times slower: there the
// transforms of vite take longer than the tests. Each test file becomes a bundle that Node loads as it is and, for
// vitest to find, a file that only imports it. FOLDER has to be below the checkout, for packages to be found.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SUFFIX = '.live.test.ts';

async function testsBelow(folder) {
  const names = await readdir(join(ROOT, folder), { recursive: true });
  return names.filter(name => name.endsWith(SUFFIX)).map(name => join(folder, name));
}

/** Code that looks for files beside itself must find those beside its source. */
const placeOfSource = {
  name: 'place-of-source',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const places = { url: pathToFileURL(path).href, filename: path, dirname: dirname(path) };
      const placed = text.replace(/\bimport\.meta\.(url|filename|dirname)\b/g, (_, name) =>
        JSON.stringify(places[name]),
      );
      return { contents: placed, loader: 'ts' };
    });
  },
};

async function bundle(tests, folder) {
  await build({
    absWorkingDir: ROOT,
    entryPoints: Object.fromEntries(tests.map(test => [test.replace(/\.ts$/, ''), test])),
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    keepNames: true,
    external: ['vitest', 'koffi', 'esbuild', 'typescript'],
    banner: {
      js: "import { createRequire as requireOf } from 'node:module';const require = requireOf(import.meta.url);",
    },
    plugins: [placeOfSource],
    outdir: join(folder, 'bundles'),
    outExtension: { '.js': '.mjs' },
    logLevel: 'warning',
  });
}

async function writeEntry(test, folder) {
  const entry = join(folder, 'entries', test);
  await mkdir(dirname(entry), { recursive: true });
  await writeFile(entry, `import '${join(folder, 'bundles', test.replace(/\.ts$/, '.mjs'))}';\n`);
}

const folder = process.argv[2];
const tests = (await Promise.all(['src', 'tests'].map(testsBelow))).flat();
await bundle(tests, folder);
await Promise.all(tests.map(test => writeEntry(test, folder)));
