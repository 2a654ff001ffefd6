import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressKindOf } from './address-kind.ts';
import { flatten, inNamespaceOf, shellQuote, wordsOf } from './shell.ts';

/** What a real shell makes of a line. */
function argumentsOf(line: string): string[] {
  const out = execFileSync('sh', ['-c', `printf '%s\\0' ${line}`]);
  return out.toString('utf8').split('\0').slice(0, -1);
}

describe('quoting', () => {
  it('gives a shell back the text, without control characters', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 8 }), texts => {
        expect(argumentsOf(texts.map(shellQuote).join(' '))).toEqual(texts.map(flatten));
      }),
      { numRuns: 60 },
    );
  });

  it('leaves plain words as they are', () => {
    expect(['net.ipv4.ip_forward=1', '/run/netns/web', 'fd00::1', '-A'].map(shellQuote).join(' ')).toBe(
      'net.ipv4.ip_forward=1 /run/netns/web fd00::1 -A',
    );
    expect(shellQuote('')).toBe("''");
  });

  it.each([
    [
      '-A IN -m comment --comment "two words" -j DROP',
      ['-A', 'IN', '-m', 'comment', '--comment', 'two words', '-j', 'DROP'],
    ],
    [String.raw`--comment "a \" b\\c"`, ['--comment', String.raw`a " b\c`]],
    ['--log-prefix "open', ['--log-prefix', '"open']],
    ['oifname "eth0" snat to 192.0.2.1', ['oifname', 'eth0', 'snat', 'to', '192.0.2.1']],
  ])('reads the words of %s', (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });
});

describe('a command in a namespace', () => {
  const named = { inode: 1, name: 'web', kind: 'named', path: '/run/netns/web' } as const;

  it('with a pipe gets a shell of its own there', () => {
    expect(inNamespaceOf('ss -ltn | head', named)).toBe("ip netns exec web sh -c 'ss -ltn | head'");
    expect(inNamespaceOf('ip a', { ...named, kind: 'process', path: '/proc/1 2/ns/net' })).toBe(
      "nsenter --net='/proc/1 2/ns/net' ip a",
    );
    expect(inNamespaceOf('ip a', { ...named, kind: 'own' })).toBe('ip a');
  });
});

describe('kinds of addresses', () => {
  it.each([
    ['10.0.0.1', 'unicast'],
    ['127.3.4.5', 'loopback'],
    ['0.0.0.0', 'zero'],
    ['224.0.0.1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['169.254.1.1', 'linklocal'],
    ['::1', 'loopback'],
    ['::', 'zero'],
    ['ff02::1', 'multicast'],
    ['fe80::1', 'linklocal'],
    ['2001:db8::1', 'unicast'],
  ])('%s is %s', (address, kind) => {
    expect(addressKindOf(address)).toBe(kind);
  });
});
