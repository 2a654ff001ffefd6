import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ATTACH } from './index.ts';

const PAGE = readFileSync(new URL('../../docs/load.md', import.meta.url), 'utf8');

test('docs/load.md has a row for every way to attach', () => {
  const [, section] = PAGE.split('## Ways to attach');
  const kinds = [...section!.matchAll(/^\| `([\w-]+)` \|/gm)].map(row => row[1]);
  expect(kinds.sort()).toEqual(['kind', ...Object.keys(ATTACH)].sort());
});
