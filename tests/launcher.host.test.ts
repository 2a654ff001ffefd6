import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, textOf } from './source-files.ts';

const USER = `nw${process.pid}`;
const HOME = `/home/${USER}`;
const CHECKOUT = join(HOME, 'checkout');
const LAUNCHER = join(CHECKOUT, 'netwhy');
const VERSION: string = JSON.parse(textOf('package.json')).version;
const SUDO_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const COPIED = readdirSync(ROOT).filter(name => !['.git', '.cache', 'node_modules', 'dist'].includes(name));

interface Ending {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(command: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<Ending> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.on('data', chunk => out.push(String(chunk)));
  child.stderr.on('data', chunk => err.push(String(chunk)));
  const [code] = await once(child, 'close');
  return { code, stdout: out.join(''), stderr: err.join('') };
}

const CERTIFICATES = process.env.NODE_EXTRA_CA_CERTS
  ? { NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS }
  : {};

/** As sudo starts it: root, a short PATH, and a directory that the user may not enter. */
function asRoot(env: NodeJS.ProcessEnv = {}, launcher = LAUNCHER): Promise<Ending> {
  const sudo = { PATH: SUDO_PATH, HOME: '/root', SUDO_USER: USER, NETWHY_NO_SETUP: '1', ...CERTIFICATES };
  return run([launcher, '--version'], { ...sudo, ...env }, '/root');
}

function asUser(env: NodeJS.ProcessEnv = {}, user = USER): Promise<Ending> {
  const become = ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
  return run([...become, LAUNCHER, '--version'], { PATH: SUDO_PATH, HOME, ...CERTIFICATES, ...env }, '/');
}

function touch(path: string): void {
  utimesSync(join(CHECKOUT, path), new Date(), new Date());
}

function ownersBelow(folder: string): number[] {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return [...new Set(entries.map(entry => lstatSync(join(folder, entry)).uid))];
}

function restoreUser(): void {
  execFileSync('chown', ['-R', `${USER}:${USER}`, HOME]);
}

beforeAll(() => {
  execFileSync('useradd', ['--create-home', '--shell', '/bin/sh', USER]);
  mkdirSync(CHECKOUT);
  for (const name of COPIED) cpSync(join(ROOT, name), join(CHECKOUT, name), { recursive: true });
  restoreUser();
});

afterAll(() => {
  execFileSync('userdel', [USER], { stdio: 'ignore' });
  rmSync(HOME, { recursive: true, force: true });
});

describe('the launcher in a fresh checkout of another user', () => {
  it('installs and builds as that user when root runs it', async () => {
    const first = await asRoot();
    expect(first).toMatchObject({
      code: 0,
      stderr: 'netwhy: installing packages (npm ci) …\nnetwhy: building …\n',
    });
    expect(first.stdout).toContain(VERSION);
    expect(ownersBelow(HOME)).toEqual([lstatSync(HOME).uid]);
    expect(await asRoot()).toMatchObject({ code: 0, stderr: '' });
  });

  it('builds again for the user after a change, and only then', async () => {
    touch('src/bin/netwhy.ts');
    expect(await asUser()).toMatchObject({ code: 0, stderr: 'netwhy: building …\n' });
    expect(await asUser()).toMatchObject({ code: 0, stderr: '' });
  });

  it('runs from anywhere through symlinks', async () => {
    mkdirSync(join(HOME, 'bin'));
    symlinkSync('../checkout/netwhy', join(HOME, 'bin/nw'));
    symlinkSync(join(HOME, 'bin/nw'), join(HOME, 'nw'));
    const found = await asRoot({}, join(HOME, 'nw'));
    expect(found).toMatchObject({ code: 0, stderr: '' });
    expect(found.stdout).toContain(VERSION);
  });

  it('tells the user about files of root, which a run as root gives back', async () => {
    execFileSync('chown', ['-R', 'root:root', join(CHECKOUT, 'dist'), join(CHECKOUT, 'node_modules')]);
    touch('src/bin/netwhy.ts');
    const refused = await asUser();
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain(`${CHECKOUT}/node_modules belongs to root`);
    expect((await asRoot()).code).toBe(0);
    expect(ownersBelow(CHECKOUT)).toEqual([lstatSync(HOME).uid]);
  });

  it('tells a user who may not write there whose checkout it is', async () => {
    chmodSync(HOME, 0o755);
    rmSync(join(CHECKOUT, 'dist/.stamp'));
    const refused = await asUser({}, 'daemon');
    expect(refused).toMatchObject({ code: 3, stdout: '' });
    expect(refused.stderr).toContain(`run this once with sudo, or as ${USER}`);
  });

  it('installs and builds once when four start together', async () => {
    for (const made of ['dist', 'node_modules']) rmSync(join(CHECKOUT, made), { recursive: true });
    const all = await Promise.all([asRoot(), asUser(), asRoot(), asUser()]);
    expect(all.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const said = all.map(({ stderr }) => stderr).join('');
    expect(said.match(/installing/g)).toHaveLength(1);
    expect(said.match(/building/g)).toHaveLength(1);
  });

  it('shows why a build fails, and leaves the old one in place', async () => {
    const entry = join(CHECKOUT, 'src/bin/netwhy.ts');
    const [source, before] = [
      readFileSync(entry, 'utf8'),
      readFileSync(join(CHECKOUT, 'dist/bin/netwhy.js'), 'utf8'),
    ];
    writeFileSync(entry, `${source}\nconst = ;\n`);
    const failed = await asUser();
    expect(failed).toMatchObject({ code: 3, stdout: '' });
    expect(failed.stderr).toContain('src/bin/netwhy.ts:');
    expect(readFileSync(join(CHECKOUT, 'dist/bin/netwhy.js'), 'utf8')).toBe(before);
    writeFileSync(entry, source);
    expect((await asUser()).code).toBe(0);
  });

  it('says what npm said, and what it takes, when the registry is out of reach', async () => {
    rmSync(join(CHECKOUT, 'node_modules'), { recursive: true });
    const registry = { npm_config_registry: 'http://127.0.0.1:9', npm_config_fetch_retries: '0' };
    const failed = await asUser({ ...registry, npm_config_cache: join(HOME, 'empty') });
    expect(failed.code).toBe(3);
    expect(failed.stderr).toContain('ECONNREFUSED');
    expect(failed.stderr).toContain('it has to reach the package registry once');
    expect((await asUser()).code).toBe(0);
  });
});

describe('the search for Node', () => {
  const old = join(HOME, 'old');
  const nvm = join(HOME, '.nvm/versions/node/v20.19.0/bin');

  beforeAll(() => {
    mkdirSync(old);
    writeFileSync(join(old, 'node'), '#!/bin/sh\necho v18.19.0\n', { mode: 0o755 });
  });

  it('passes over an old one in PATH for one of a version manager of the user', async () => {
    mkdirSync(nvm, { recursive: true });
    cpSync(process.execPath, join(nvm, 'node'));
    restoreUser();
    rmSync(join(CHECKOUT, 'dist'), { recursive: true });
    expect((await asRoot({ PATH: `${old}:${SUDO_PATH}` })).code).toBe(0);
    expect(readFileSync(join(CHECKOUT, 'dist/.stamp'), 'utf8')).toBe(`${join(nvm, 'node')}\n`);
  });

  it('says which it found and what is needed when none is recent', async () => {
    const script = `. ${ROOT}/scripts/node.sh; node_places() { echo ${old}/node; }; find_node ${CHECKOUT}`;
    const failed = await run(['sh', '-c', script], { PATH: SUDO_PATH, HOME }, '/');
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed.stderr).toContain(`Node.js 20.19 or later is needed; ${old}/node is v18.19.0`);
  });

  it.each([
    ['v20.18.3', 1],
    ['v20.19.0', 0],
    ['v21.0.0', 0],
    ['v22.11.0', 0],
    ['v9.11.2', 1],
  ])('%s: %i', async (version, code) => {
    const node = join(old, version);
    writeFileSync(node, `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
    const found = await run(
      ['sh', '-c', `. ${ROOT}/scripts/node.sh; is_recent_node ${node}`],
      { PATH: SUDO_PATH },
      '/',
    );
    expect(found.code).toBe(code);
  });
});

it('costs little once all is there', async () => {
  const script = `. ${ROOT}/scripts/node.sh; i=0; while [ $i -lt 5 ]; do is_fresh ${CHECKOUT} || exit 1; i=$((i+1)); done`;
  await asRoot();
  const times: number[] = [];
  for (let i = 0; i < 10; i++) {
    const began = performance.now();
    expect((await run(['sh', '-c', script], { PATH: SUDO_PATH, HOME }, '/')).code).toBe(0);
    times.push((performance.now() - began) / 5);
  }
  // The quickest round: what else the machine does is not the launcher's doing.
  expect(Math.min(...times)).toBeLessThan(15);
});
