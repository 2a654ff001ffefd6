// Records llvm-mc.json: every instruction form as LLVM's BPF assembler encodes it. Run by hand, rarely:
//
//   node src/asm/testdata/record.mjs [DIRECTORY WITH llvm-mc AND llvm-objcopy, 18 OR LATER]
//
// The forms of -mcpu=v4 (signed loads, sdiv, gotol, bswap) came with LLVM 18. The spelling below is LLVM's and is
// written here anew, so that nothing of netwhy has a say in the bytes that it is checked against.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BIN = process.argv[2] ?? '/usr/bin';
const FLAGS = ['-triple=bpfel', '-mcpu=v4', '-mattr=+alu32'];
const REGS = ['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9', 'r10'];
const IMMEDIATES = [0, 1, -1, 255, -4096, 0x7fffffff, -0x80000000];
const OFFSETS = [0, 8, -8, 32767, -32768];
const DISTANCES = [0, 1, 5, -1, -7, 32767, -32768];

const SIGNS = {
  add: '+=',
  sub: '-=',
  mul: '*=',
  div: '/=',
  sdiv: 's/=',
  or: '|=',
  and: '&=',
  lsh: '<<=',
  rsh: '>>=',
  mod: '%=',
  smod: 's%=',
  xor: '^=',
  mov: '=',
  arsh: 's>>=',
};
const CONDITIONS = ['==', '>', '>=', '&', '!=', 's>', 's>=', '<', '<=', 's<', 's<='];
const LOCKED = { add: '+=', or: '|=', and: '&=', xor: '^=' };
const FETCHED = { fetchAdd: 'add', fetchOr: 'or', fetchAnd: 'and', fetchXor: 'xor' };

let turn = 0;
/** Walks through the registers, so that each stands in each place sooner or later. */
const nextReg = () => REGS[turn++ % REGS.length];
const half = reg => reg.replace('r', 'w');
const sized = (reg, width) => (width === 64 ? reg : half(reg));
const signed = n => (n < 0 ? `- ${-n}` : `+ ${n}`);
const jumped = n => (n < 0 ? `${n}` : `+${n}`);

function* alu() {
  for (const width of [64, 32])
    for (const op of Object.keys(SIGNS)) {
      for (let i = 0; i < REGS.length; i++) {
        const [dst, src] = [nextReg(), nextReg()];
        const text = `${sized(dst, width)} ${SIGNS[op]} ${sized(src, width)}`;
        yield { text, insn: { kind: 'alu', width, op, dst, src } };
      }
      for (const src of IMMEDIATES) {
        const dst = nextReg();
        yield { text: `${sized(dst, width)} ${SIGNS[op]} ${src}`, insn: { kind: 'alu', width, op, dst, src } };
      }
    }
}

function* unary() {
  for (const dst of REGS) {
    yield { text: `${dst} = -${dst}`, insn: { kind: 'neg', width: 64, dst } };
    yield { text: `${half(dst)} = -${half(dst)}`, insn: { kind: 'neg', width: 32, dst } };
    for (const bits of [16, 32, 64])
      for (const [to, word] of Object.entries({ big: 'be', little: 'le', swap: 'bswap' }))
        yield { text: `${dst} = ${word}${bits} ${dst}`, insn: { kind: 'endian', to, bits, dst } };
  }
}

function* moves() {
  for (const [width, bits] of [[64, 8], [64, 16], [64, 32], [32, 8], [32, 16]])
    for (let i = 0; i < 4; i++) {
      const [dst, src] = [nextReg(), nextReg()];
      const text = `${sized(dst, width)} = (s${bits})${sized(src, width)}`;
      yield { text, insn: { kind: 'movsx', width, dst, src, bits } };
    }
}

function* wide() {
  const values = [0n, 1n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0x100000000n, 0x123456789abcdef0n, (1n << 64n) - 1n];
  for (const value of values) {
    const dst = nextReg();
    yield { text: `${dst} = 0x${value.toString(16)} ll`, insn: { kind: 'imm64', dst, value: `${value}` } };
  }
  // LLVM leaves the second half of a pseudo load zero, so map-value and btf-id only appear with 0 there.
  for (const low of [0, 3, 255, 0x7fffffff]) {
    const dst = nextReg();
    yield { text: `ld_pseudo ${dst}, 1, ${low}`, insn: { kind: 'map', dst, fd: low } };
    yield { text: `ld_pseudo ${dst}, 2, ${low}`, insn: { kind: 'map-value', dst, fd: low, offset: 0 } };
    yield { text: `ld_pseudo ${dst}, 3, ${low}`, insn: { kind: 'btf-id', dst, id: low, module: 0 } };
    yield { text: `ld_pseudo ${dst}, 4, ${low}`, insn: { kind: 'function', dst, distance: low } };
  }
}

function* memory() {
  for (const size of ['u8', 'u16', 'u32', 'u64'])
    for (const offset of OFFSETS) {
      const [dst, base, src] = [nextReg(), nextReg(), nextReg()];
      const type = size.replace('u', 's');
      const at = `${base} ${signed(offset)}`;
      const half32 = size === 'u64' ? src : half(src);
      const loaded = size === 'u64' ? dst : half(dst);
      yield { text: `${loaded} = *(${size} *)(${at})`, insn: { kind: 'load', signed: false, size, dst, base, offset } };
      if (size !== 'u64')
        yield { text: `${dst} = *(${type} *)(${at})`, insn: { kind: 'load', signed: true, size, dst, base, offset } };
      yield { text: `*(${size} *)(${at}) = ${half32}`, insn: { kind: 'store', size, base, offset, src } };
      for (const value of IMMEDIATES)
        yield { text: `*(${size} *)(${at}) = ${value}`, insn: { kind: 'store', size, base, offset, src: value } };
    }
}

function* atomics() {
  for (const size of ['u32', 'u64'])
    for (const offset of OFFSETS) {
      const narrow = size === 'u32';
      const base = nextReg();
      const src = nextReg();
      const value = narrow ? half(src) : src;
      const at = `${base} ${signed(offset)}`;
      const insn = { kind: 'atomic', size, base, offset, src };
      for (const [op, sign] of Object.entries(LOCKED))
        yield { text: `lock *(${size} *)(${at}) ${sign} ${value}`, insn: { ...insn, op } };
      for (const [op, word] of Object.entries(FETCHED))
        yield { text: `${value} = atomic_fetch_${word}((${size} *)(${at}), ${value})`, insn: { ...insn, op } };
      yield {
        text: narrow ? `${value} = xchg32_32(${at}, ${value})` : `${value} = xchg_64(${at}, ${value})`,
        insn: { ...insn, op: 'exchange' },
      };
      yield {
        text: narrow ? `w0 = cmpxchg32_32(${at}, w0, ${value})` : `r0 = cmpxchg_64(${at}, r0, ${value})`,
        insn: { ...insn, op: 'compareExchange' },
      };
    }
}

function* jumps() {
  yield { text: 'exit', insn: { kind: 'exit' } };
  for (const helper of [1, 113, 211]) yield { text: `call ${helper}`, insn: { kind: 'call', helper } };
  for (const distance of DISTANCES) {
    yield { text: `goto ${jumped(distance)}`, insn: { kind: 'jump', distance } };
    yield { text: `gotol ${jumped(distance)}`, insn: { kind: 'jump-far', distance } };
  }
  for (const width of [64, 32])
    for (const cond of CONDITIONS)
      for (const [index, right] of [...IMMEDIATES, ...REGS].entries()) {
        const left = nextReg();
        const distance = DISTANCES[index % DISTANCES.length];
        const than = typeof right === 'string' ? sized(right, width) : right;
        yield {
          text: `if ${sized(left, width)} ${cond} ${than} goto ${jumped(distance)}`,
          insn: { kind: 'branch', width, left, cond, right, distance },
        };
      }
}

/** Jumps written with a label; LLVM works out the distance. */
function* labelled() {
  for (const distance of [0, 1, 5, -1, -7, 40000, -40000]) {
    const short = Math.abs(distance) < 32768;
    if (short) yield { text: 'goto f', insn: { kind: 'jump', distance } };
    if (short)
      yield {
        text: 'if r1 != 7 goto f',
        insn: { kind: 'branch', width: 64, left: 'r1', cond: '!=', right: 7, distance },
      };
    yield { text: 'gotol f', insn: { kind: 'jump-far', distance } };
    yield { text: 'call f', insn: { kind: 'call-local', distance } };
  }
}

const DIRECTORY = mkdtempSync(join(tmpdir(), 'llvm-mc-'));

function assemble(source) {
  const [object, binary] = [join(DIRECTORY, 'a.o'), join(DIRECTORY, 'a.bin')];
  execFileSync(join(BIN, 'llvm-mc'), [...FLAGS, '-filetype=obj', '-o', object], { input: source });
  execFileSync(join(BIN, 'llvm-objcopy'), ['-O', 'binary', '--only-section=.text', object, binary]);
  return readFileSync(binary);
}

function withLabel({ text, insn }) {
  const { distance } = insn;
  const filler = count => `.rept ${count}\nr0 = 0\n.endr\n`;
  const forward = distance >= 0;
  const source = forward
    ? `${text}\n${filler(distance)}f:\nexit\n`
    : `f:\n${filler(-distance - 1)}${text}\nexit\n`;
  const at = forward ? 0 : -distance - 1;
  return { text, bytes: assemble(source).subarray(at * 8, at * 8 + 8).toString('hex'), insn };
}

function record() {
  const rows = [...alu(), ...unary(), ...moves(), ...wide(), ...memory(), ...atomics(), ...jumps()];
  const bytes = assemble(rows.map(({ text }) => `${text}\n`).join(''));
  let at = 0;
  const encoded = rows.map(({ text, insn }) => {
    const length = bytes[at] === 0x18 ? 16 : 8;
    at += length;
    return { text, bytes: bytes.subarray(at - length, at).toString('hex'), insn };
  });
  if (at !== bytes.length) throw new Error(`${bytes.length} bytes assembled, ${at} accounted for`);
  return [...encoded, ...[...labelled()].map(withLabel)];
}

const version = /LLVM version (\S+)/.exec(execFileSync(join(BIN, 'llvm-mc'), ['--version'], { encoding: 'utf8' }))[1];
const rows = record().map(row => JSON.stringify(row));
const head = JSON.stringify({ assembler: `llvm-mc ${version} ${FLAGS.join(' ')}` }).slice(0, -1);
writeFileSync(new URL('llvm-mc.json', import.meta.url), `${head},"rows":[\n${rows.join(',\n')}\n]}\n`);
rmSync(DIRECTORY, { recursive: true });
console.log(`${rows.length} instructions by LLVM ${version}`);
