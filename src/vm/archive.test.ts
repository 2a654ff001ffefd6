import { describe, expect, it } from 'vitest';
import { compareReleases, matches, packageOf, versionsIn } from './archive.ts';

describe('versionsIn', () => {
  it('sorts by number and leaves other flavours and architectures out', () => {
    const names = [
      'linux-image-6.12.107+deb12-amd64-unsigned',
      'linux-image-6.12.9+deb12-amd64-unsigned',
      'linux-image-6.12.107+deb12-cloud-amd64-unsigned',
      'linux-image-6.1.0-56-amd64-unsigned',
      'linux-image-6.1.0-9-amd64-unsigned',
      'linux-image-6.1.0-56-rt-amd64-unsigned',
      'linux-image-6.1.0-56-arm64-unsigned',
      'linux-image-6.1.0-56-amd64-dbg',
      'linux-image-amd64',
    ];
    expect(versionsIn(names)).toEqual(['6.1.0-9', '6.1.0-56', '6.12.9+deb12', '6.12.107+deb12']);
  });

  it('gives versions that packageOf turns back into names', () => {
    const name = 'linux-image-6.12.107+deb12-amd64-unsigned';
    expect(versionsIn([name]).map(packageOf)).toEqual([name]);
  });
});

describe('matches', () => {
  it.each([
    ['6.1', '6.1.0-56', true],
    ['6.1', '6.12.107+deb12', false],
    ['6.12', '6.12.107+deb12', true],
    ['6.12.107', '6.12.107+deb12', true],
    ['6.12.10', '6.12.107+deb12', false],
    ['6.1.0-56', '6.1.0-56', true],
  ])('%s and %s: %s', (wanted, version, expected) => {
    expect(matches(wanted, version)).toBe(expected);
  });
});

it('compares releases number by number, a longer one after its beginning', () => {
  expect(compareReleases('6.1.0-9', '6.1.0-56')).toBeLessThan(0);
  expect(compareReleases('6.12', '6.1')).toBeGreaterThan(0);
  expect(compareReleases('6.1', '6.1.0-1')).toBeLessThan(0);
  expect(compareReleases('6.1.0-9', '6.1.0-9')).toBe(0);
});
