import type { Cause } from '../causes/cause.ts';
import { compareText } from '../facts/join.ts';
import { groupBy, uniqueBy } from './group.ts';
import type { EvidenceLine, FoundCause } from './verdict.ts';
import { type Finding, SURENESS } from './weigh.ts';

const MAX_FLOWS = 5;
/** Of one cause in one namespace; more than that become one that tells their number. */
const MAX_ALIKE = 5;

/** Of the findings for one incident, those that are not outdone by a surer one. */
export function strongest(findings: readonly Finding[]): readonly Finding[] {
  const best = Math.max(...findings.map(({ sure }) => SURENESS[sure]));
  return findings.filter(({ sure }) => SURENESS[sure] === best);
}

/** A presented cause with what merging has to know. */
export interface Presented {
  readonly cause: Cause;
  readonly kind: string;
  /** Place of the cause in its table. */
  readonly order: number;
  readonly found: FoundCause;
}

/** Incidents with the same cause, rule and cure become one; then the causes are put in order. */
export function ranked(presented: readonly Presented[]): FoundCause[] {
  const merged = [...groupBy(placed(presented), keyOf).values()].map(mergeAll).sort(bySureness);
  return ordered(foldAlike(withoutEchoes(merged)));
}

/** What only counters show, and packets show as well, is said once: by the packets. */
function withoutEchoes(merged: readonly Presented[]): Presented[] {
  const seen = merged.filter(({ kind, found }) => kind !== 'counter' && isFirm(found));
  const isEcho = (one: Presented): boolean =>
    one.kind === 'counter' &&
    seen.some(({ found }) => found.id === one.found.id && found.where.netns === one.found.where.netns);
  return merged.filter(one => !isEcho(one));
}

/** Some packets are freed when their namespace can no longer be told: others of the same flow tell it. */
function placed(presented: readonly Presented[]): Presented[] {
  const known = presented.filter(({ found }) => found.where.netns !== null);
  return presented.map(one => {
    const twin = one.found.where.netns === null ? known.find(other => isTwin(one, other)) : undefined;
    if (!twin) return one;
    const { where, fix, check, advice } = twin.found;
    return { ...one, found: { ...one.found, where, fix, check, advice } };
  });
}

function isTwin({ found: one }: Presented, { found: other }: Presented): boolean {
  const flows = new Set(other.flows.map(flow => JSON.stringify(flow)));
  return (
    one.id === other.id &&
    isFirm(one) &&
    isFirm(other) &&
    one.flows.some(flow => flows.has(JSON.stringify(flow)))
  );
}

function isFirm({ sure }: FoundCause): boolean {
  return sure !== 'possible';
}

function keyOf({ found: { id, where, fix, sure } }: Presented): string {
  const weak = sure === 'possible' ? 'possible' : '';
  return [id, where.netns, where.rule, weak, ...fix].join('\n');
}

/** Resets, drops and counters of one trouble count the same packets: the largest of them tells how many. */
function mergeAll(group: readonly Presented[]): Presented {
  const sorted = [...group].sort(bySureness);
  const [head] = sorted as [Presented, ...Presented[]];
  const found = sorted.map(one => one.found);
  const sums = [...groupBy(sorted, one => one.kind).values()].map(same =>
    same.reduce((sum, one) => sum + one.found.packets, 0),
  );
  return {
    ...head,
    found: {
      ...head.found,
      evidence: uniqueBy(
        found.flatMap(one => one.evidence),
        lineKey,
      ),
      flows: uniqueBy(
        found.flatMap(one => one.flows),
        flow => JSON.stringify(flow),
      ).slice(0, MAX_FLOWS),
      packets: Math.max(...sums),
    },
  };
}

/** What merged incidents say alike is shown once. */
function lineKey({ fact, value, source }: EvidenceLine): string {
  return JSON.stringify([fact, value, source]);
}

function foldAlike(sorted: readonly Presented[]): Presented[] {
  const groups = groupBy(sorted, ({ found }) => `${found.id}|${found.where.netns}`);
  return [...groups.values()].flatMap(group => {
    if (group.length <= MAX_ALIKE) return group;
    const folded = mergeAll(group);
    const says = `${folded.found.says} (${group.length - 1} more alike)`;
    return [{ ...folded, found: { ...folded.found, says } }];
  });
}

/** Surer first, then more packets; what another found cause explains comes behind it. */
function ordered(presented: readonly Presented[]): FoundCause[] {
  const firm = presented.filter(({ found }) => found.sure !== 'possible');
  const explained = new Set(firm.flatMap(({ cause }) => cause.explains ?? []));
  const rankOf = ({ found }: Presented): number => SURENESS[found.sure] - (explained.has(found.id) ? 10 : 0);
  return [...presented].sort((a, b) => rankOf(b) - rankOf(a) || bySureness(a, b)).map(({ found }) => found);
}

function bySureness(a: Presented, b: Presented): number {
  return (
    SURENESS[b.found.sure] - SURENESS[a.found.sure] ||
    b.found.packets - a.found.packets ||
    a.order - b.order ||
    compareText(JSON.stringify(a.found), JSON.stringify(b.found))
  );
}
