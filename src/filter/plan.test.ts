import { describe, expect, it } from 'vitest';
import { CBPF, CBPF_X, type Cbpf, ret } from './cbpf.ts';
import { compilePlain } from './plain/compile-plain.ts';
import { mayMatch, planOf } from './plan.ts';

const insn = (code: number, k = 0, jt = 0, jf = 0): Cbpf[number] => ({ code, jt, jf, k });

describe('plans', () => {
  it('know what every path has read already', () => {
    const plan = planOf([
      insn(CBPF.ldHalfAbs, 12),
      insn(CBPF.jeq, 0x800, 0, 1),
      insn(CBPF.ldWordAbs, 30),
      insn(CBPF.ldByteAbs, 40),
      ret(1),
    ]);
    expect(plan.proven).toEqual([0, 14, 14, 14, 41]);
    expect(plan.copyBytes).toBe(48);
  });

  it('follow the header length through X', () => {
    const plan = planOf([
      insn(CBPF.ldxMsh, 14),
      insn(CBPF.ldHalfInd, 16),
      insn(CBPF.tax),
      insn(CBPF.ldHalfInd, 100),
      ret(1),
    ]);
    expect(plan.xIsHeaderLength).toEqual([false, true, true, false, false]);
    expect(plan.copyBytes).toBe(40);
  });

  it('see what nothing reaches', () => {
    const plan = planOf([insn(CBPF.ja, 1), ret(1), ret(0)]);
    expect(plan.reachable).toEqual([true, false, true]);
    expect(mayMatch(plan)).toBe(false);
  });

  it('align the IP header of Ethernet frames', () => {
    const filter = compilePlain('host 10.0.0.1 and tcp port 80');
    expect(planOf(filter.ethernet).phase).toBe(2);
    expect(planOf(filter.rawIp).phase).toBe(0);
  });

  it('refuse jumps out of the program', () => {
    expect(() => planOf([insn(CBPF.jeq + CBPF_X, 0, 5, 0), ret(0)])).toThrow(/outside the filter program/);
    expect(() => planOf([insn(CBPF.ldImm, 1)])).toThrow(/outside the filter program/);
  });
});
