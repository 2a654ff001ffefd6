import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { commandOf, INIT, quote, STAGE2 } from './guest.ts';

it('quotes any word for a real shell', () => {
  const word = fc
    .string({ unit: 'binary' })
    .filter(text => !text.includes('\0') && Buffer.from(text).toString() === text);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), words => {
      const said = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${words.map(quote).join(' ')}`], {
        encoding: 'utf8',
      });
      expect(said.split('\0').slice(0, -1)).toEqual(words);
    }),
    { numRuns: 30 },
  );
});

it('makes a command that runs in its directory with its environment', () => {
  const plan = { rootShare: '9p', insert: [], modules: '', shares: [] } as const;
  const env = { GREETING: "it's; $HOME" };
  const script = commandOf({
    ...plan,
    cwd: '/usr',
    env,
    command: ['sh', '-c', 'pwd; echo "$GREETING" "$1"', 'sh', 'a  b'],
  });
  expect(execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' })).toBe("/usr\nit's; $HOME a  b\n");
});

it('is made of scripts that a POSIX shell can read', () => {
  for (const script of [INIT, STAGE2]) execFileSync('/bin/sh', ['-n'], { input: script });
});
