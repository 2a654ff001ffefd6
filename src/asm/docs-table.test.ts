import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Assembler, label, listingLines, type MapSpec } from './index.ts';

// The table of instructions in docs/asm.md: each call in its first column writes what its second column shows.

const PAGE = readFileSync(new URL('../../docs/asm.md', import.meta.url), 'utf8');
const drops: MapSpec = { name: 'drops', type: 'hash', keySize: 4, valueSize: 8, maxEntries: 1024 };

const spansOf = (cell: string): string[] =>
  [...cell.replaceAll('\\|', '\0').matchAll(/`([^`]+)`/g)].map(([, text]) => text!.replaceAll('\0', '|'));

const ROWS: readonly (readonly [call: string, shown: string])[] = [
  ...PAGE.matchAll(/^\| (`.*) \|$/gm),
].flatMap(([, row]) => {
  const [methods, listings] = row!.split(/(?<!\\) \| ?/);
  const calls = spansOf(methods!).filter(span => span.includes('('));
  const shown = spansOf(listings!);
  expect(calls.length).toBe(shown.length);
  return calls.map((call, index) => [call, shown[index]!] as const);
});

/** The call, with a place to go to behind it and nothing that cannot be reached. */
function listed(call: string): string {
  const done = label('done');
  const asm = new Assembler('row').jumpIf('r9', '==', 0, done);
  new Function('asm', 'done', 'drops', `asm.${call}`)(asm, done, drops);
  if (!/^(exit|jump|jumpFar)\(/.test(call)) asm.exit();
  const program = asm.place(done).exit().build();
  return listingLines(program).find(line => line.slot === 1)!.text;
}

test.each(ROWS)('%s writes %s', (call, shown) => {
  expect(listed(call)).toBe(shown);
});

test('every method of the assembler that writes an instruction is in the table', () => {
  const others = ['constructor', 'length', 'append', 'place', 'comment', 'with', 'build'];
  const shorter = ['add', 'sub', 'and', 'or', 'xor', 'lsh', 'rsh'];
  const methods = Object.getOwnPropertyNames(Assembler.prototype).filter(name => !others.includes(name));
  const shown = new Set(ROWS.map(([call]) => call.split('(')[0]!));
  expect(methods.filter(name => !shown.has(name) && !shorter.includes(name))).toEqual([]);
});
