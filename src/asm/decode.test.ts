import { expect, test } from 'vitest';
import { DecodeError, decode } from './index.ts';

const fromHex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');

function refusal(hex: string): DecodeError {
  try {
    decode(fromHex(hex));
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

const EXIT = '95 00 0000 00000000';

const REFUSED: readonly (readonly [what: string, hex: string, slot: number, says: RegExp])[] = [
  ['an opcode that does not exist', `${EXIT} ff 00 0000 00000000`, 1, /opcode 0xff is no known instruction/],
  ['register 11', 'bf 1b 0000 00000000', 0, /names register 11/],
  ['a source register without use', 'b7 10 0000 05000000', 0, /bits set in fields it does not use/],
  ['an offset in exit', '95 00 0100 00000000', 0, /\(exit\) has bits set/],
  ['half an instruction', `${EXIT} 9500`, 1, /2 bytes left/],
  ['half a 64-bit load', '18 01 0000 01000000', 0, /opcode 0x18/],
  ['a 64-bit load over another opcode', `18 01 0000 01000000 ${EXIT}`, 0, /imm64\) has bits set/],
  ['an unknown meaning of a 64-bit load', '18 91 0000 01000000 00 00 0000 00000000', 0, /no known/],
  ['a map by fd with an offset', '18 11 0000 01000000 00 00 0000 08000000', 0, /\(map\) has bits set/],
  ['an unknown atomic', 'db 21 0000 02000000', 0, /no known/],
  ['an atomic on one byte', 'd3 21 0000 00000000', 0, /no known/],
  ['a byte swap of 8 bits', 'd7 01 0000 08000000', 0, /no known/],
  ['a sign extension from 24 bits', 'bf 21 1800 00000000', 0, /no known/],
  ['a sign extension of an immediate', 'b7 01 0800 05000000', 0, /no known|bits set/],
  ['a signed load of 64 bits', '99 21 0000 00000000', 0, /no known/],
  ['a call of an unknown sort', '85 30 0000 01000000', 0, /no known/],
  ['a 32-bit exit', '96 00 0000 00000000', 0, /no known/],
];

for (const [what, hex, slot, says] of REFUSED)
  test(`refuses ${what}`, () => {
    const error = refusal(hex);
    expect(error.slot).toBe(slot);
    expect(error.message).toMatch(says);
    expect(error.message).toMatch(new RegExp(`^slot ${slot}: `));
  });

test('reads from the middle of a buffer', () => {
  const bytes = fromHex(`ff ${EXIT}`).subarray(1);
  expect(decode(bytes)).toEqual([{ kind: 'exit' }]);
});
