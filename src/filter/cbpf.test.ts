import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CBPF, encodeCbpf, parseCbpf, ret } from './cbpf.ts';
import { textOf } from './cbpf-text.ts';
import { interpret, TooManyRounds } from './testdata/interpret.ts';
import { roundsOf, unroll } from './unroll.ts';

const insn = fc.record({
  code: fc.integer({ min: 0, max: 0xffff }),
  jt: fc.integer({ min: 0, max: 255 }),
  jf: fc.integer({ min: 0, max: 255 }),
  k: fc.integer({ min: 0, max: 0xffff_ffff }),
});

describe('cBPF', () => {
  it('comes back from bytes as it went in', () => {
    fc.assert(
      fc.property(fc.array(insn), insns => {
        expect(parseCbpf(encodeCbpf(insns))).toEqual(insns);
      }),
    );
    expect(() => parseCbpf(new Uint8Array(9))).toThrow(/whole number/);
  });

  it('reads as tcpdump -d writes it', () => {
    const code = [
      { code: CBPF.ldHalfAbs, jt: 0, jf: 0, k: 12 },
      { code: CBPF.jeq, jt: 0, jf: 3, k: 0x800 },
      { code: CBPF.ldxMsh, jt: 0, jf: 0, k: 14 },
      { code: CBPF.ldHalfInd, jt: 0, jf: 0, k: 16 },
      ret(65535),
    ];
    const text = ['ldh [12]', 'jeq #0x800 jt 2 jf 5', 'ldxb 4*([14]&0xf)', 'ldh [x + 16]', 'ret #65535'];
    expect(code.map(textOf)).toEqual(text);
  });
});

/** Adds 1 to A, `times` times, by jumping back; then matches. */
function loop(times: number): Parameters<typeof unroll>[0] {
  return [
    { code: CBPF.add, jt: 0, jf: 0, k: 1 },
    { code: CBPF.jeq, jt: 1, jf: 0, k: times },
    { code: CBPF.ja, jt: 0, jf: 0, k: -3 >>> 0 },
    ret(7),
  ];
}

describe('backward jumps', () => {
  it('become copies, as many as there may be rounds', () => {
    const most = roundsOf(loop(1)) + 1;
    const straight = unroll(loop(most));
    expect(straight.some(({ code, k }) => code === CBPF.ja && (k | 0) < 0)).toBe(false);
    expect(interpret(straight, new Uint8Array(0))).toBe(7);
    expect(interpret(loop(most), new Uint8Array(0))).toBe(7);
  });

  it('reject the packet after that', () => {
    const tooMany = roundsOf(loop(1)) + 2;
    expect(interpret(unroll(loop(tooMany)), new Uint8Array(0))).toBe(0);
    expect(() => interpret(loop(tooMany), new Uint8Array(0))).toThrow(TooManyRounds);
  });

  it('leave other programs alone', () => {
    const code = [ret(1)];
    expect(unroll(code)).toBe(code);
  });
});
