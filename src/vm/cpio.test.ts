import { describe, expect, it } from 'vitest';
import { type CpioEntry, cpioOf } from './cpio.ts';

interface Member {
  readonly path: string;
  readonly mode: number;
  readonly rdev: readonly [number, number];
  readonly data: string;
}

/** Reads an archive as the kernel does: fixed fields, names and data padded to four bytes. */
function membersOf(archive: Buffer): Member[] {
  const members: Member[] = [];
  for (let at = 0; at < archive.length; ) {
    expect(archive.toString('latin1', at, at + 6)).toBe('070701');
    const field = (n: number): number =>
      Number.parseInt(archive.toString('latin1', at + 6 + n * 8, at + 14 + n * 8), 16);
    const [mode, size, nameSize] = [field(1), field(6), field(11)];
    const path = archive.toString('latin1', at + 110, at + 110 + nameSize - 1);
    const dataAt = (at + 110 + nameSize + 3) & ~3;
    const data = archive.toString('latin1', dataAt, dataAt + size);
    members.push({ path, mode, rdev: [field(9), field(10)], data });
    at = (dataAt + size + 3) & ~3;
  }
  return members;
}

describe('cpioOf', () => {
  const entries: CpioEntry[] = [
    { kind: 'directory', path: 'bin' },
    { kind: 'file', path: 'bin/tool', data: Buffer.from('12345'), executable: true },
    { kind: 'file', path: 'plain', data: Buffer.from('') },
    { kind: 'symlink', path: 'bin/sh', target: 'tool' },
    { kind: 'character-device', path: 'console', major: 5, minor: 1 },
  ];

  it('writes what a reader of the format finds again, in the same order', () => {
    expect(membersOf(cpioOf(entries))).toEqual([
      { path: 'bin', mode: 0o040755, rdev: [0, 0], data: '' },
      { path: 'bin/tool', mode: 0o100755, rdev: [0, 0], data: '12345' },
      { path: 'plain', mode: 0o100644, rdev: [0, 0], data: '' },
      { path: 'bin/sh', mode: 0o120777, rdev: [0, 0], data: 'tool' },
      { path: 'console', mode: 0o020600, rdev: [5, 1], data: '' },
      { path: 'TRAILER!!!', mode: 0, rdev: [0, 0], data: '' },
    ]);
  });

  it('ends on a four byte boundary, so that another archive may follow', () => {
    for (const path of ['a', 'ab', 'abc', 'abcd']) {
      expect(cpioOf([{ kind: 'file', path, data: Buffer.from(path) }]).length % 4).toBe(0);
    }
  });

  it('gives equal bytes for equal entries', () => {
    expect(cpioOf(entries).equals(cpioOf(entries))).toBe(true);
  });
});
