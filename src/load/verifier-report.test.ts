import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Assembler, label, type MapSpec, type Program } from '../asm/index.ts';
import { verifierReport } from './verifier-report.ts';

/** What three kernels said about the programs below. */
const LOGS = JSON.parse(
  readFileSync(new URL('testdata/verifier-logs.json', import.meta.url), 'utf8'),
) as Record<string, Record<string, string>>;

const map: MapSpec = { name: 'm', type: 'hash', keySize: 4, valueSize: 8, maxEntries: 1 };

function lookup(): Program {
  const asm = new Assembler('null').comment('look it up').store('u32', 'r10', -4, 0).map('r1', map);
  asm.mov('r2', 'r10').add('r2', -4).call('map_lookup_elem').comment('the value may be absent');
  return asm.load('u64', 'r0', 'r0', 0).exit().build();
}

function endless(): Program {
  const again = label('again');
  const asm = new Assembler('loop').mov('r0', 0).place(again).comment('for ever').add('r0', 0);
  return asm.jumpIf('r0', '==', 0, again).exit().build();
}

function branching(): Program {
  const out = label('out');
  const asm = new Assembler('branch').load('u64', 'r6', 'r1', 0).call('get_prandom_u32');
  asm.jumpIf('r0', '>', 5, out).mov('r0', 0).exit().place(out).comment('kernel memory');
  return asm.load('u64', 'r0', 'r6', 0).exit().build();
}

function deep(): Program {
  const below = label('f');
  const asm = new Assembler('stack')
    .mov('r1', 1)
    .callLocal(below)
    .exit()
    .place(below)
    .comment('below the frame');
  return asm.store('u64', 'r10', -520, 'r1').mov('r0', 0).exit().build();
}

function foreign(): Program {
  return new Assembler('helper').comment('not for tracing').call('skb_vlan_push').exit().build();
}

interface Case {
  readonly log: string;
  readonly program: Program;
  readonly slot: number;
  readonly reason: RegExp;
  readonly ours: string;
}

const CASES: readonly Case[] = [
  {
    log: 'null',
    program: lookup(),
    slot: 6,
    reason: /R0 invalid mem access 'map_value_or_null'$/,
    ours: '; the value may be absent',
  },
  { log: 'loop', program: endless(), slot: 2, reason: /infinite loop detected at insn 1$/, ours: 'again:' },
  {
    log: 'branch',
    program: branching(),
    slot: 5,
    reason: /R6 invalid mem access 'scalar'$/,
    ours: '; kernel memory',
  },
  {
    log: 'stack',
    program: deep(),
    slot: 3,
    reason: /invalid write to stack R10 off=-520 size=8$/,
    ours: '; below the frame',
  },
  { log: 'helper', program: foreign(), slot: 0, reason: /bpf_skb_vlan_push#18$/, ours: '; not for tracing' },
];

describe.each(Object.keys(LOGS))('log of Linux %s', kernel => {
  test.each(CASES)('$log', ({ log, program, slot, reason, ours }) => {
    const [first, ...rest] = verifierReport(program, LOGS[kernel]![log]!).split('\n');
    expect(first).toMatch(new RegExp(`^the verifier refuses instruction ${slot}: `));
    expect(first).toMatch(reason);
    expect(rest.some(line => line.trim() === ours)).toBe(true);
    expect(rest.filter(line => line.startsWith('  >'))).toEqual([
      expect.stringMatching(new RegExp(`^ {2}> +${slot}: `)),
    ]);
    expect(rest.at(-1)).toMatch(new RegExp(`^ {4}${slot}: \\(`));
  });
});

test('a log without instructions gives its last line', () => {
  const log = 'BPF program is too large. Processed 1000001 insn\nprocessed 1000001 insns (limit 1000000)\n';
  expect(verifierReport(lookup(), log)).toBe(
    'the verifier refuses it: BPF program is too large. Processed 1000001 insn',
  );
});
