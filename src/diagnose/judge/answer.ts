import type { Condition } from '../causes/condition.ts';
import type { FactName } from '../facts/catalogue.ts';
import type { Fact, FactValue } from '../facts/fact.ts';
import type { Facts, Place } from '../facts/facts.ts';

export type Answer = 'yes' | 'no' | 'unknown';

/** Answers conditions about one place, and remembers which facts said yes and which were missing. */
export class Hearing {
  readonly facts: Facts;
  readonly place: Place;
  /** Facts that spoke for it, by name: what slots and evidence lines are taken from. */
  readonly used: Map<FactName, Fact> = new Map();
  readonly missing: Set<FactName> = new Set();

  constructor(facts: Facts, place: Place) {
    this.facts = facts;
    this.place = place;
  }

  answer(condition: Condition): Answer {
    if ('any' in condition) return this.anyOf(condition.any);
    if ('all' in condition) return this.allOf(condition.all);
    if ('anywhere' in condition) return this.anywhere(condition);
    return this.here(condition);
  }

  /** All must hold; what speaks for it is kept only when they do. */
  allOf(conditions: readonly Condition[]): Answer {
    const parts = conditions.map(condition => this.part(condition));
    if (parts.some(({ answer }) => answer === 'no')) return 'no';
    const open = parts.filter(({ answer }) => answer === 'unknown');
    this.take(open.length > 0 ? open : parts);
    return open.length > 0 ? 'unknown' : 'yes';
  }

  /** The same question, without taking the facts for evidence. */
  aside(conditions: readonly Condition[]): Answer {
    return new Hearing(this.facts, this.place).allOf(conditions);
  }

  /** The fact that a slot stands for. */
  factFor(name: FactName): Fact | undefined {
    return this.used.get(name) ?? this.facts.find(name, this.place);
  }

  private anyOf(conditions: readonly Condition[]): Answer {
    const parts = conditions.map(condition => this.part(condition));
    const yes = parts.filter(({ answer }) => answer === 'yes');
    const open = parts.filter(({ answer }) => answer === 'unknown');
    this.take(yes.length > 0 ? yes : open);
    if (yes.length > 0) return 'yes';
    return open.length > 0 ? 'unknown' : 'no';
  }

  private part(condition: Condition): { readonly answer: Answer; readonly hearing: Hearing } {
    const hearing = new Hearing(this.facts, this.place);
    return { answer: hearing.answer(condition), hearing };
  }

  private take(parts: readonly { readonly hearing: Hearing }[]): void {
    for (const { hearing } of parts) {
      for (const [name, fact] of hearing.used) this.used.set(name, fact);
      for (const name of hearing.missing) this.missing.add(name);
    }
  }

  private anywhere(condition: Asking): Answer {
    const own = this.facts.find(condition.fact, this.place);
    const all = this.facts.everywhere(condition.fact);
    const found = (own ? [own, ...all] : all).find(fact => holds(condition, fact.value));
    if (found) return this.use(found);
    if (all.length > 0 && !this.facts.hasGap(condition.fact)) return 'no';
    return this.miss(condition.fact);
  }

  private here(condition: Asking): Answer {
    const fact = this.facts.find(condition.fact, this.place);
    if (!fact) return this.miss(condition.fact);
    const otherName = otherOf(condition);
    const other = otherName === undefined ? undefined : this.facts.find(otherName, this.place);
    if (otherName !== undefined && !other) return this.miss(otherName);
    if (!holds(condition, fact.value, other?.value)) return 'no';
    this.use(fact);
    return other ? this.use(other) : 'yes';
  }

  private use(fact: Fact): Answer {
    this.used.set(fact.name, fact);
    return 'yes';
  }

  private miss(name: FactName): Answer {
    this.missing.add(name);
    return 'unknown';
  }
}

type Asking = Exclude<Condition, { any: unknown } | { all: unknown }>;

function otherOf(condition: Asking): FactName | undefined {
  if ('sameAs' in condition) return condition.sameAs;
  if ('differsFrom' in condition) return condition.differsFrom;
  return 'of' in condition ? condition.of : undefined;
}

/** One test per form of condition. */
function holds(condition: Asking, value: FactValue, other: FactValue = null): boolean {
  for (const [form, test] of TESTS) {
    const wanted = (condition as unknown as Record<string, unknown>)[form];
    if (wanted !== undefined) return test(value, wanted, other);
  }
  return false;
}

type Test = (value: FactValue, wanted: unknown, other: FactValue) => boolean;

const TESTS: readonly (readonly [form: string, test: Test])[] = [
  ['is', (value, wanted) => value === wanted],
  ['not', (value, wanted) => value !== wanted],
  ['oneOf', (value, wanted) => (wanted as readonly unknown[]).includes(value)],
  ['noneOf', (value, wanted) => !(wanted as readonly unknown[]).includes(value)],
  [
    'atLeastShare',
    (value, wanted, other) => numbers(value, other) && value >= (wanted as number) * (other as number),
  ],
  ['atLeast', (value, wanted) => typeof value === 'number' && value >= (wanted as number)],
  ['atMost', (value, wanted) => typeof value === 'number' && value <= (wanted as number)],
  ['matches', (value, wanted) => value !== null && new RegExp(wanted as string, 'i').test(String(value))],
  ['lacks', (value, wanted) => value === null || !new RegExp(wanted as string, 'i').test(String(value))],
  [
    'hasAny',
    (value, wanted) =>
      Array.isArray(value) && value.some(item => (wanted as readonly unknown[]).includes(item)),
  ],
  ['exists', (value, wanted) => (value !== null) === wanted],
  ['sameAs', (value, _, other) => value !== null && value === other],
  ['differsFrom', (value, _, other) => value !== other],
];

function numbers(value: FactValue, other: FactValue): value is number {
  return typeof value === 'number' && typeof other === 'number';
}
