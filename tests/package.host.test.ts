import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT, textOf } from './source-files.ts';

const { version, exports: EXPORTS } = JSON.parse(textOf('package.json'));
const MODULES = Object.keys(EXPORTS).filter(name => name !== './package.json');

let folder = '';
let tarball = '';
let packed: string[] = [];

function run(command: string, args: readonly string[], cwd = folder): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'netwhy-package-'));
  const [report] = JSON.parse(
    run('npm', ['pack', '--json', '--pack-destination', folder, '--loglevel=error'], ROOT),
  );
  tarball = join(folder, report.filename);
  packed = report.files.map(({ path }: { path: string }) => path);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('holds what is needed and no tests, fixtures or sources', () => {
  const outside = packed.filter(
    path => !/^(dist|docs|LICENSES)\/|^(LICENSE|README\.md|CHANGELOG\.md|package\.json)$/.test(path),
  );
  expect(outside).toEqual([]);
  expect(packed.filter(path => /test|fixture|bench|tsbuild|stamp|(?<!\.d)\.ts$/i.test(path))).toEqual([]);
  expect(packed).toEqual(
    expect.arrayContaining(['dist/bin/netwhy.js', 'dist/bin/LICENSES.txt', 'LICENSE', 'README.md']),
  );
});

it('is small', () => {
  expect(statSync(tarball).size).toBeLessThan(2_000_000);
});

it('installed for everybody, is the same program without the launcher', () => {
  const prefix = join(folder, 'prefix');
  run('npm', [
    'install',
    '--global',
    '--prefix',
    prefix,
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    tarball,
  ]);
  const program = join(prefix, 'bin/netwhy');
  expect(run(program, ['--version'])).toContain(version);
  expect(run(program, ['--help'])).toBe(run(join(ROOT, 'netwhy'), ['--help']));
  const modules = join(prefix, 'lib/node_modules/netwhy/node_modules');
  expect(
    readdirSync(modules)
      .filter(name => !name.startsWith('.'))
      .sort(),
  ).toEqual(['@koromix', 'koffi']);
});

it('installed in a project, gives its library, with types that a strict compiler takes', () => {
  const project = join(folder, 'project');
  const imports = MODULES.map((name, i) => `import * as m${i} from 'netwhy${name.slice(1)}';`).join('\n');
  const counts = MODULES.map((_, i) => `Object.keys(m${i}).length`).join(', ');
  run('mkdir', ['-p', project]);
  writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }');
  writeFileSync(join(project, 'use.ts'), `${imports}\nexport const counts: number[] = [${counts}];\n`);
  writeFileSync(join(project, 'use.js'), `${imports}\nconsole.log(JSON.stringify([${counts}]));\n`);
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', tarball], project);
  const counted: number[] = JSON.parse(run(process.execPath, ['use.js'], project));
  expect(counted.every(count => count > 0)).toBe(true);
  // Without skipLibCheck: every declaration the package brings is checked, and what it refers to has to be there.
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--lib',
    'es2023,esnext.disposable',
  ];
  run(join(ROOT, 'node_modules/.bin/tsc'), [...options, '--types', '', 'use.ts'], project);
});
