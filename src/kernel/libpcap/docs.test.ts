import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compilePlain } from '../../filter/index.ts';
import { compileFilter } from './index.ts';

const PAGE = readFileSync(new URL('../../../docs/filters.md', import.meta.url), 'utf8');

function examples(language: string): string[] {
  const blocks = [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))];
  return blocks.flatMap(found => found[1]!.trim().split('\n'));
}

describe('docs/filters.md', () => {
  it.each([...examples('filter'), ...examples('plain')])('libpcap takes %s', text => {
    expect(compileFilter(text).by).toBe('libpcap');
  });

  it.each(examples('plain'))('so do we: %s', text => {
    expect(compilePlain(text).ethernet.length).toBeGreaterThan(1);
  });

  it('has examples of both', () => {
    expect([examples('filter').length, examples('plain').length]).toEqual([4, 5]);
  });
});
