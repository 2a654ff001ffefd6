import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inodeOf, parseNamespaceMounts } from './namespace-mounts.ts';

const recorded = readFileSync(new URL('testdata/mountinfo-nsfs-6.18.txt', import.meta.url), 'utf8');

describe('parseNamespaceMounts', () => {
  it('takes network namespaces and nothing else', () => {
    expect(parseNamespaceMounts(recorded)).toEqual([
      { inode: 4026532177, path: '/run/netns/blue', name: 'blue' },
      { inode: 4026532241, path: '/run/docker/netns/0a1b2c3d4e5f', name: '0a1b2c3d4e5f' },
      { inode: 4026532305, path: '/run/netns/two words', name: 'two words' },
    ]);
  });

  it('takes the upper mount where two lie on one path', () => {
    const twice = `${recorded}${recorded.split('\n')[0]?.replace('4026532177', '4026532999')}\n`;
    expect(parseNamespaceMounts(twice).find(mount => mount.name === 'blue')?.inode).toBe(4026532999);
  });
});

describe('inodeOf', () => {
  it.each([
    ['net:[4026531840]', 4026531840],
    ['mnt:[4026531840]', undefined],
    ['/', undefined],
    ['', undefined],
  ])('reads %j', (link, expected) => {
    expect(inodeOf(link)).toBe(expected);
  });
});
