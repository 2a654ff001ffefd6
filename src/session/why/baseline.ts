import { isUnavailable, type Unavailable } from '../../base/index.ts';
import {
  type ConntrackState,
  type CounterSnapshot,
  conntrackState,
  type DeviceChoice,
  type Place,
  type Reading,
  snapshot,
} from '../../collect/index.ts';
import type { Fact } from '../../diagnose/index.ts';
import { cardsAfter, cardsBefore } from './card-choice.ts';
import { conntrackFacts, untrackedFacts } from './conntrack-facts.ts';
import { counterFacts } from './counter-facts.ts';
import { type LegacyCounts, readLegacyCounts } from './legacy-counters.ts';
import { type RouteCacheCounts, readRouteCache, routeCacheFacts } from './route-cache-facts.ts';

/** What a namespace had counted at one moment. */
export interface Baseline {
  readonly place: Place;
  readonly counters: CounterSnapshot;
  readonly conntrack: Reading<ConntrackState> | undefined;
  readonly routeCache: RouteCacheCounts | undefined;
  readonly legacy: LegacyCounts | undefined;
}

export interface Moved {
  readonly facts: readonly Fact[];
  readonly missing: readonly Unavailable[];
  readonly after: Baseline;
}

/** Reads all counters of a namespace. `filesOnly` leaves out links, queues and cards, which take processes. */
export function takeBaseline(
  place: Place,
  filesOnly: boolean,
  devices: DeviceChoice = cardsBefore,
): Baseline {
  const conntrack = conntrackState(place);
  return {
    place,
    counters: snapshot(place, { filesOnly, devices }),
    conntrack: isUnavailable(conntrack) ? undefined : conntrack,
    routeCache: readRouteCache(place),
    legacy: readLegacyCounts(place),
  };
}

/** What the namespace counted since `before`. */
export function movedSince(before: Baseline, filesOnly: boolean): Moved {
  const after = takeBaseline(before.place, filesOnly, cardsAfter(before.counters));
  const conntrack = after.conntrack
    ? conntrackFacts(before.conntrack, after.conntrack)
    : untrackedFacts(before.place, after.counters.time);
  return {
    facts: [
      ...counterFacts(before.counters, after.counters),
      ...conntrack,
      ...routeCacheFacts(before.routeCache, after),
    ],
    missing: after.counters.missing,
    after,
  };
}

/** Of a namespace that was made while we watched: everything counts from zero. */
export function emptyBaseline(place: Place): Baseline {
  const { inode: netns, name: netnsName } = place;
  return {
    place,
    counters: {
      netns,
      netnsName,
      time: new Date().toISOString(),
      counters: new Map(),
      links: [],
      missing: [],
    },
    conntrack: undefined,
    routeCache: undefined,
    legacy: undefined,
  };
}
