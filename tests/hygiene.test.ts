import { describe, expect, it } from 'vitest';
import { filesBelow, textOf, withoutComments, withoutStrings } from './source-files.ts';

const FOLDERS = ['src', 'scripts', 'tests', 'bench'];
const FILES = FOLDERS.flatMap(folder => filesBelow(folder, ['.ts', '.mjs', '.sh', '.tsx', '.css']));
const MAX_LINES = 400;

function lineCount(text: string): number {
  return text.split('\n').length - 1;
}

/** Rows of data, with next to nothing that runs: at most a function that makes rows. */
function isTable(text: string): boolean {
  const code = withoutStrings(withoutComments(text));
  return (code.match(/\bfunction\b|=>|\bclass\b/g) ?? []).length <= lineCount(text) / 200;
}

describe('source files', () => {
  it(`have ${MAX_LINES} lines at most, tables apart`, () => {
    const long = FILES.filter(({ path, text }) => {
      return lineCount(text) > MAX_LINES && !path.endsWith('.gen.ts') && !isTable(text);
    });
    expect(long.map(({ path, text }) => `${path}: ${lineCount(text)}`)).toEqual([]);
  });

  it('mostly have fewer than 200', () => {
    const short = FILES.filter(({ text }) => lineCount(text) < 200);
    expect(short.length).toBeGreaterThan(FILES.length / 2);
  });

  it('have names in kebab case that say what is inside', () => {
    const names = FILES.flatMap(({ path }) => path.split('/').map(part => ({ path, part })));
    const odd = names.filter(({ part }) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/.test(part));
    const vague = names.filter(({ part }) => /^(utils?|helpers?|common)(\.|$)/.test(part));
    expect([...odd, ...vague].map(({ path }) => path)).toEqual([]);
  });

  it('leave nothing for later', () => {
    const words = new RegExp(
      `\\b(${['TO', 'FIX', 'X'].map(start => `${start}${start === 'X' ? 'XX' : start === 'TO' ? 'DO' : 'ME'}`).join('|')})\\b`,
    );
    expect(FILES.filter(({ text }) => words.test(text)).map(({ path }) => path)).toEqual([]);
  });
});

describe('docs', () => {
  it('architecture.md has 150 lines at most', () => {
    expect(lineCount(textOf('docs/architecture.md'))).toBeLessThanOrEqual(150);
  });

  it('dependencies.md names every dependency, at the version that is installed', () => {
    const { dependencies, devDependencies } = JSON.parse(textOf('package.json'));
    const page = textOf('docs/dependencies.md');
    const all: [string, string][] = Object.entries({ ...dependencies, ...devDependencies });
    const missing = all.filter(([name, version]) => !page.includes(`| \`${name}\` | ${version} |`));
    expect(missing).toEqual([]);
  });
});
