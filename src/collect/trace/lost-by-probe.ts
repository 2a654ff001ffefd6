import type { LostByProbe } from '../../events/index.ts';
import { LOSS_COUNTERS, lossCounterOf, type NumberedProbe, STATE_AT } from '../../probes/index.ts';

const MOST_NAMED = 3;

/**
 * Records that found the buffer full, by probe. `numbers`: what records call a probe; functions that are known by their
 * addresses may share a counter, which then has all their names: "a or b".
 */
export function lostByProbe(
  view: DataView,
  numbers: Iterable<readonly [number, NumberedProbe]>,
  byAddress: boolean,
): readonly LostByProbe[] {
  const names = new Map<number, Set<string>>();
  for (const [number, { function: name, tracepoint }] of numbers) {
    const counter = byAddress && !tracepoint ? lossCounterOf(number) : number;
    if (counter >= LOSS_COUNTERS) continue;
    const known = names.get(counter);
    if (known) known.add(name);
    else names.set(counter, new Set([name]));
  }
  return [...names]
    .map(([counter, sharing]) => ({
      function: nameOf([...sharing]),
      lost: view.getUint32(STATE_AT.lostByProbe + counter * 4, true),
    }))
    .filter(({ lost }) => lost > 0);
}

function nameOf(names: readonly string[]): string {
  const named = names.slice(0, MOST_NAMED).join(' or ');
  return names.length > MOST_NAMED ? `${named} or ${names.length - MOST_NAMED} more` : named;
}
