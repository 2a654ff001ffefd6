import { existsSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { filesBelow, importsOf, ROOT, type SourceFile, textOf, withoutComments } from './source-files.ts';

interface Rooms {
  readonly tiers: Readonly<Record<'pure' | 'host' | 'edge', readonly string[]>>;
  readonly mayImport: Readonly<Record<string, readonly string[]>>;
}

const ROOMS: Rooms = JSON.parse(textOf('rooms.json'));
const TIERS = Object.entries(ROOMS.tiers);
const FILES = filesBelow('src', ['.ts']);
const PROGRAM = FILES.filter(({ path }) => !/[.-]test\.ts$/.test(path));
/** Packages that do the talking to the kernel: for host rooms. */
const HOST_PACKAGES = ['koffi'];

function roomOf(path: string): string {
  return path.split('/')[1] ?? '';
}

function tierOf(room: string): string | undefined {
  return TIERS.find(([, rooms]) => rooms.includes(room))?.[0];
}

/** The rooms that a room may import: "@pure" stands for every room of that tier. */
function allowedIn(room: string): ReadonlySet<string> {
  const listed = ROOMS.mayImport[room] ?? [];
  return new Set(
    listed.flatMap(name => (name.startsWith('@') ? (ROOMS.tiers[name.slice(1) as 'pure'] ?? []) : name)),
  );
}

interface Import {
  readonly from: string;
  readonly specifier: string;
  /** The file meant, from the checkout; the specifier itself for packages and node's own modules. */
  readonly target: string;
}

function importsIn(files: readonly SourceFile[]): Import[] {
  return files.flatMap(({ path, text }) =>
    importsOf(text).map(specifier => {
      const target = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier;
      return { from: path, specifier, target };
    }),
  );
}

const IMPORTS = importsIn(PROGRAM);
const BETWEEN_ROOMS = IMPORTS.filter(
  ({ from, target }) => target.startsWith('src/') && roomOf(from) !== roomOf(target),
);

function sentence({ from, specifier }: Import): string {
  return `${from} imports ${specifier}`;
}

describe('rooms.json', () => {
  it('lists every room of src once, and each with what it may import', () => {
    const listed = TIERS.flatMap(([, rooms]) => rooms);
    const there = readdirSync(join(ROOT, 'src'));
    expect(there.filter(room => !listed.includes(room))).toEqual([]);
    expect(listed.length).toBe(new Set(listed).size);
    expect(Object.keys(ROOMS.mayImport).sort()).toEqual([...listed].sort());
  });

  it('lets no tier import a later one', () => {
    const order = TIERS.map(([tier]) => tier);
    const upward = Object.keys(ROOMS.mayImport).flatMap(room =>
      [...allowedIn(room)]
        .filter(other => order.indexOf(tierOf(other) ?? '') > order.indexOf(tierOf(room) ?? ''))
        .map(other => `${room} -> ${other}`),
    );
    expect(upward).toEqual([]);
  });

  it('has no circle', () => {
    const visit = (room: string, path: readonly string[]): string[] => {
      if (path.includes(room)) return [[...path, room].join(' -> ')];
      return [...allowedIn(room)].flatMap(next => visit(next, [...path, room]));
    };
    const noSelf = Object.keys(ROOMS.mayImport).filter(room => allowedIn(room).has(room));
    expect(noSelf).toEqual([]);
    expect(TIERS.flatMap(([, rooms]) => rooms).flatMap(room => visit(room, []))).toEqual([]);
  });

  it.each(TIERS)('has the rooms of tsconfig.%s.json', (tier, rooms) => {
    const config = JSON.parse(textOf(`tsconfig.${tier}.json`));
    expect([...config.include].sort()).toEqual(rooms.map(room => `src/${room}/**/*.ts`).sort());
    expect(config.compilerOptions.types).toEqual(tier === 'pure' ? [] : ['node']);
    const earlier = TIERS.slice(
      0,
      TIERS.findIndex(([name]) => name === tier),
    );
    const references = config.references.map(({ path }: { path: string }) => path).sort();
    expect(references).toEqual(earlier.map(([name]) => `./tsconfig.${name}.json`).sort());
  });
});

describe('imports', () => {
  it('go only to rooms that rooms.json allows', () => {
    const wrong = BETWEEN_ROOMS.filter(({ from, target }) => !allowedIn(roomOf(from)).has(roomOf(target)));
    expect(wrong.map(sentence)).toEqual([]);
  });

  it('enter another room by its index.ts', () => {
    const aside = BETWEEN_ROOMS.filter(({ target }) => target !== `src/${roomOf(target)}/index.ts`);
    expect(aside.map(sentence)).toEqual([]);
  });

  it('of a room never go through its own index.ts', () => {
    const own = IMPORTS.filter(({ from, target }) => target === `src/${roomOf(from)}/index.ts`);
    expect(own.map(sentence)).toEqual([]);
  });

  it('name files that exist, inside src', () => {
    const relative = IMPORTS.filter(({ specifier }) => specifier.startsWith('.'));
    const lost = relative.filter(
      ({ target }) => !target.startsWith('src/') || !existsSync(join(ROOT, target)),
    );
    expect(lost.map(sentence)).toEqual([]);
  });

  it('of pure rooms reach no package and nothing of node', () => {
    const outside = IMPORTS.filter(
      ({ from, specifier }) => tierOf(roomOf(from)) === 'pure' && !specifier.startsWith('.'),
    );
    expect(outside.map(sentence)).toEqual([]);
  });

  it('of host rooms reach node and the packages that talk to the kernel', () => {
    const outside = IMPORTS.filter(({ from, specifier }) => {
      const isOwn =
        specifier.startsWith('.') || specifier.startsWith('node:') || HOST_PACKAGES.includes(specifier);
      return tierOf(roomOf(from)) === 'host' && !isOwn;
    });
    expect(outside.map(sentence)).toEqual([]);
  });

  it('of programs never reach tests or fixtures', () => {
    const wrong = IMPORTS.filter(({ target }) => /\.test\.ts$|\/testdata\//.test(target));
    expect(wrong.map(sentence)).toEqual([]);
  });

  // The reading above goes by the look of the text; this holds it against a real parser.
  it('are all found', async () => {
    const entryPoints = PROGRAM.map(({ path }) => path);
    const options = {
      bundle: true,
      write: false,
      metafile: true,
      outdir: 'unused',
      packages: 'external',
    } as const;
    const { metafile } = await build({
      ...options,
      absWorkingDir: ROOT,
      entryPoints,
      format: 'esm',
      platform: 'node',
    });
    const found = new Set(IMPORTS.map(({ from, target }) => `${from} ${target}`));
    const parsed = Object.entries(metafile.inputs).flatMap(([from, { imports }]) =>
      imports.filter(({ path }) => path !== '<runtime>').map(({ path }) => `${from} ${path}`),
    );
    expect(parsed.length).toBeGreaterThan(100);
    expect(parsed.filter(edge => !found.has(edge))).toEqual([]);
  });
});

describe('side effects', () => {
  it('to console and exit code happen in edge rooms only', () => {
    const quiet = PROGRAM.filter(({ path }) => tierOf(roomOf(path)) !== 'edge');
    const loud = quiet.filter(({ text }) =>
      /\bconsole\.\w+\(|\bprocess\.exit(Code)?\b/.test(withoutComments(text)),
    );
    expect(loud.map(({ path }) => path)).toEqual([]);
  });
});

describe('every room', () => {
  const rooms = readdirSync(join(ROOT, 'src')).filter(room => room !== 'bin');

  it.each(rooms)('%s opens with a header of 3 to 8 lines that says what it promises', room => {
    const header = /^\/\*\*\n((?: \*.*\n)+?) \*\/\n/.exec(textOf(`src/${room}/index.ts`))?.[1] ?? '';
    const lines = header.split('\n').filter(line => line.trim() !== '');
    expect(lines.length).toBeGreaterThanOrEqual(3);
    expect(lines.length).toBeLessThanOrEqual(8);
  });
});
