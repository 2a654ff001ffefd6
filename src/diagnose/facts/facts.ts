import type { Unavailable } from '../../base/index.ts';
import { FACTS, type FactName } from './catalogue.ts';
import type { About, Fact, Gap } from './fact.ts';
import { compareText } from './join.ts';
import { ABOUT_KEYS } from './spec.ts';

/** Where to look: the subject's own keys are taken from it, the rest is ignored. */
export interface Place {
  readonly incident: string;
  readonly netns: number | null;
  readonly ifname: string | null;
}

/** Facts by name and subject, with what nobody could collect. The order of adding does not matter. */
export class Facts {
  private readonly byName = new Map<FactName, Map<string, Fact>>();
  private readonly gaps: readonly Gap[];

  constructor(facts: readonly Fact[], gaps: readonly Gap[] = []) {
    for (const fact of facts) this.add(fact);
    this.gaps = gaps;
  }

  /** The fact for this place; undefined when nobody collected it. */
  find(name: FactName, place: Place): Fact | undefined {
    const subject = subjectKey(name, place);
    return subject === undefined ? undefined : this.byName.get(name)?.get(subject);
  }

  /** The facts of that name of all places, always in the same order. */
  everywhere(name: FactName): readonly Fact[] {
    const found = [...(this.byName.get(name)?.values() ?? [])];
    return found.sort((a, b) => compareText(aboutText(a), aboutText(b)));
  }

  /** Why nobody has it; undefined when nobody was asked. */
  whyMissing(name: FactName, place: Place): Unavailable | undefined {
    return this.gaps.find(({ names, about }) => names.includes(name) && covers(about, place))?.why;
  }

  /** Whether some place could not be looked at. */
  hasGap(name: FactName): boolean {
    return this.gaps.some(({ names }) => names.includes(name));
  }

  /** Every fact that is held. */
  all(): readonly Fact[] {
    return [...this.byName.keys()].sort(compareText).flatMap(name => this.everywhere(name));
  }

  private add(fact: Fact): void {
    const subject = subjectKey(fact.name, fact.about);
    if (subject === undefined) return;
    const subjects = this.byName.get(fact.name) ?? new Map<string, Fact>();
    this.byName.set(fact.name, subjects);
    const known = subjects.get(subject);
    if (!known || isLater(fact, known)) subjects.set(subject, fact);
  }
}

/** undefined when a key is missing or the name is not in the catalogue: such a fact can hold for nothing. */
function subjectKey(name: FactName, about: About | Place): string | undefined {
  const spec = FACTS[name];
  if (!spec) return undefined;
  const values = ABOUT_KEYS[spec.about].map(key => about[key]);
  return values.some(value => value === undefined || value === null) ? undefined : values.join('|');
}

function covers(about: About, place: Place): boolean {
  return (['incident', 'netns', 'ifname'] as const).every(
    key => about[key] === undefined || about[key] === place[key],
  );
}

function isLater(fact: Fact, known: Fact): boolean {
  return (compareText(fact.time, known.time) || compareText(JSON.stringify(fact), JSON.stringify(known))) > 0;
}

function aboutText({ about }: Fact): string {
  return `${about.netns ?? ''}|${about.ifname ?? ''}|${about.incident ?? ''}`;
}
