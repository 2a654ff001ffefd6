import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { buildCommand } from '../build-command.ts';
import { COMMANDS } from '../command-table.ts';
import { SHELLS } from './shells.ts';
import { wordsOf } from './words.ts';

const words = await Promise.all(
  COMMANDS.map(async row => wordsOf(row.name, row.summary, buildCommand(row, await row.load()))),
);

/** What bash offers after these words. */
function offers(line: readonly string[]): string[] {
  const script = `${SHELLS.bash!(words)}
COMP_WORDS=(${line.map(word => `'${word}'`).join(' ')}); COMP_CWORD=${line.length - 1}; _netwhy; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.trim().split('\n');
}

describe('completion', () => {
  it('offers commands, and the options of a command, in bash', () => {
    expect(offers(['netwhy', 'dr'])).toEqual(['drops']);
    expect(offers(['netwhy', 'drops', '--by'])).toEqual(['--by-stack']);
    expect(offers(['netwhy', 'drops', '--ifname', 'l'])).toContain('lo');
  });

  it.each(Object.keys(SHELLS))('names every command and option for %s', shell => {
    const script = SHELLS[shell]!(words);
    for (const { name, options } of words)
      for (const word of [name, ...options.map(({ flag }) => flag.replace(/^--/, ''))])
        expect(script).toContain(word);
  });
});
