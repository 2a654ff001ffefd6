import { calculate } from './calculate.ts';
import { CBPF, CBPF_X, type CbpfInsn, CLASS_ALU, CLASS_MASK } from './cbpf.ts';
import { packetLoadOf } from './loads.ts';

/**
 * Names a value by the loads and calculations it came from: equal names, equal values. "#5" is the constant 5,
 * '' a value that is not followed.
 */
export type Name = string;

/** What comparisons told about a value. */
interface Known {
  readonly is?: number;
  readonly isNot: readonly number[];
  /** "code:k" of other comparisons that held, and that did not. */
  readonly held: readonly string[];
  readonly failed: readonly string[];
}

/** What is certain at one point of a program: what A, X and M[] hold, and about every value loaded on the way there. */
export interface Facts {
  readonly a: Name;
  readonly x: Name;
  readonly memory: ReadonlyMap<number, Name>;
  readonly known: ReadonlyMap<Name, Known>;
}

export const NOTHING_KNOWN: Facts = { a: '', x: '', memory: new Map(), known: new Map() };
const LOADED: Known = { isNot: [], held: [], failed: [] };
/** Comparisons remembered of one value: a list of hundreds of hosts would make every step slow. */
const MOST_REMEMBERED = 24;
const LONGEST_NAME = 120;

/** The number a name stands for. */
export function constantOf(name: Name): number | undefined {
  return name.startsWith('#') ? Number(name.slice(1)) : undefined;
}

/** What a packet load brings; '' when that is not followed. */
export function loadName({ code, k }: CbpfInsn, x: Name): Name {
  const fromX = packetLoadOf({ code, jt: 0, jf: 0, k })?.fromX;
  if (!fromX) return `${code}:${k}`;
  return x === '' ? '' : `${code}:${k}:${x}`;
}

/** Has this load succeeded on every path to here? Then it can be left out without changing what short packets do. */
export function isKnownLoad(insn: CbpfInsn, facts: Facts): boolean {
  return packetLoadOf(insn) !== undefined && facts.known.has(loadName(insn, facts.x));
}

type After = (facts: Facts, k: number) => Facts;

const AFTER: Readonly<Record<number, After>> = {
  [CBPF.ldImm]: (facts, k) => ({ ...facts, a: `#${k}` }),
  [CBPF.ldxImm]: (facts, k) => ({ ...facts, x: `#${k}` }),
  [CBPF.ldLen]: facts => ({ ...facts, a: 'len' }),
  [CBPF.ldxLen]: facts => ({ ...facts, x: 'len' }),
  [CBPF.ldMem]: (facts, k) => ({ ...facts, a: facts.memory.get(k) ?? '' }),
  [CBPF.ldxMem]: (facts, k) => ({ ...facts, x: facts.memory.get(k) ?? '' }),
  [CBPF.st]: (facts, k) => ({ ...facts, memory: new Map(facts.memory).set(k, facts.a) }),
  [CBPF.stx]: (facts, k) => ({ ...facts, memory: new Map(facts.memory).set(k, facts.x) }),
  [CBPF.tax]: facts => ({ ...facts, x: facts.a }),
  [CBPF.txa]: facts => ({ ...facts, a: facts.x }),
  [CBPF.ja]: facts => facts,
};

/** After an instruction that is no branch. */
export function factsAfter(insn: CbpfInsn, facts: Facts): Facts {
  if (packetLoadOf(insn)) return afterLoad(insn, facts);
  const after = AFTER[insn.code];
  if (after) return after(facts, insn.k);
  const isCalculation = (insn.code & CLASS_MASK) === CLASS_ALU;
  return { ...facts, a: isCalculation ? calculatedName(insn, facts) : '' };
}

function afterLoad(insn: CbpfInsn, facts: Facts): Facts {
  const name = loadName(insn, facts.x);
  const known = name === '' || facts.known.has(name) ? facts.known : new Map(facts.known).set(name, LOADED);
  return insn.code === CBPF.ldxMsh ? { ...facts, x: name, known } : { ...facts, a: name, known };
}

const DIVISIONS: ReadonlySet<number> = new Set([CBPF.div, CBPF.mod]);

function calculatedName({ code, k }: CbpfInsn, { a, x }: Facts): Name {
  const operation = code === CBPF.neg ? code : code & ~CBPF_X;
  const operand = code === operation ? k : constantOf(x);
  const left = constantOf(a);
  if (operand === 0 && DIVISIONS.has(operation)) return '';
  if (left !== undefined && operand !== undefined) {
    const value = calculate(operation, left, operand);
    return value === undefined ? '' : `#${value}`;
  }
  if (operand !== undefined) return a === '' ? '' : limited(`${a};${operation}:${operand}`);
  const isSum = operation === CBPF.add && left !== undefined && x !== '';
  return isSum ? limited(`${x};${operation}:${left}`) : '';
}

function limited(name: Name): Name {
  return name.length > LONGEST_NAME ? '' : name;
}

/** How a branch must end; undefined when it may go both ways. */
export function outcomeOf({ code, k }: CbpfInsn, facts: Facts): boolean | undefined {
  if (code & CBPF_X) return undefined;
  const constant = constantOf(facts.a);
  const known = facts.known.get(facts.a);
  const is = constant ?? known?.is;
  if (is !== undefined) return compare(code, is, k);
  if (!known) return undefined;
  if (code === CBPF.jeq && known.isNot.includes(k)) return false;
  if (known.held.includes(`${code}:${k}`)) return true;
  return known.failed.includes(`${code}:${k}`) ? false : undefined;
}

function compare(code: number, value: number, k: number): boolean {
  if (code === CBPF.jeq) return value === k;
  if (code === CBPF.jgt) return value > k;
  return code === CBPF.jge ? value >= k : (value & k) !== 0;
}

/** On one way out of a branch. */
export function factsBehind(insn: CbpfInsn, facts: Facts, held: boolean): Facts {
  if (facts.a === '' || insn.code & CBPF_X) return facts;
  const before = facts.known.get(facts.a) ?? LOADED;
  return { ...facts, known: new Map(facts.known).set(facts.a, learn(before, insn, held)) };
}

function learn(known: Known, { code, k }: CbpfInsn, held: boolean): Known {
  if (code === CBPF.jeq) return held ? { ...known, is: k } : { ...known, isNot: remember(known.isNot, k) };
  const text = `${code}:${k}`;
  return held
    ? { ...known, held: remember(known.held, text) }
    : { ...known, failed: remember(known.failed, text) };
}

function remember<T>(list: readonly T[], one: T): readonly T[] {
  return [...list.slice(-MOST_REMEMBERED + 1), one];
}

/** What is certain whichever of two ways was taken. */
export function meetFacts(one: Facts | undefined, other: Facts): Facts {
  if (!one) return other;
  const same = (a: Name, b: Name | undefined): Name => (a === b ? a : '');
  return {
    a: same(one.a, other.a),
    x: same(one.x, other.x),
    memory: new Map([...one.memory].map(([word, name]) => [word, same(name, other.memory.get(word))])),
    known: meetKnown(one.known, other.known),
  };
}

function meetKnown(one: Facts['known'], other: Facts['known']): Facts['known'] {
  const known = new Map<Name, Known>();
  for (const [name, a] of one) {
    const b = other.get(name);
    if (b) known.set(name, a === b ? a : meetOne(a, b));
  }
  return known;
}

function meetOne(a: Known, b: Known): Known {
  const both = <T>(one: readonly T[], other: readonly T[]): T[] => one.filter(value => other.includes(value));
  const rest = {
    isNot: both(a.isNot, b.isNot),
    held: both(a.held, b.held),
    failed: both(a.failed, b.failed),
  };
  return a.is !== undefined && a.is === b.is ? { ...rest, is: a.is } : rest;
}
