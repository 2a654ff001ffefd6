import { isUnavailable } from '../../base/index.ts';
import type { RuleMoved, RuleTrace } from '../../events/index.ts';
import type { PacketFilter } from '../../filter/index.ts';
import type { Place, Reading } from '../reading.ts';
import { type Ruleset, readRuleset } from './ruleset.ts';

export interface RuleWatchOptions {
  /** Absent: every packet, some of them when they are many. */
  readonly filter?: PacketFilter;
  readonly onTrace: (trace: RuleTrace) => void;
}

/** Something that follows packets through the rules of one namespace. */
export interface RuleWatch extends Disposable {
  readonly place: Place;
  readonly backend: RuleTrace['backend'];
  /** Only some of many packets are traced. */
  readonly limited: boolean;
  /** What was put into the rules and goes again with this process. */
  readonly change: string;
  /** How often the kernel had more to tell than was read in time. */
  readonly lost: number;
  /** nftables' rules as they were at the start; null for other backends. */
  readonly before: Reading<Ruleset> | null;
  /** Hands on the packets that are through their rules. Meant for every poll. */
  poll(): void;
  /** Takes what is on its way, hands it on, and takes back what was changed. */
  stop(): Promise<void>;
}

/** Rules whose counters moved since the start, most first. */
export function rulesThatCounted({ place, before }: RuleWatch): RuleMoved[] {
  const after = before === null ? null : readRuleset(place);
  if (before === null || after === null || isUnavailable(after)) return [];
  const { inode: netns, name: netnsName } = place;
  return after.value.chains
    .flatMap(({ family, table, name, rules }) =>
      rules.map(({ handle, text, packets }) => {
        const start = before.value.rule(family, table, name, handle)?.packets ?? 0;
        return {
          netns,
          netnsName,
          family,
          table,
          chain: name,
          handle,
          text,
          packets: (packets ?? 0) - start,
        };
      }),
    )
    .filter(({ packets }) => packets > 0)
    .sort((a, b) => b.packets - a.packets);
}
