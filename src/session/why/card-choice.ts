import { type CounterSnapshot, counterKey, type DeviceChoice } from '../../collect/index.ts';

/** ethtool is a process for each device; of one namespace this many are asked, real cards first. */
const MOST = 4;
/** Kinds of devices whose drivers count for themselves. */
const COUNTING: ReadonlySet<string> = new Set(['physical', 'veth']);

/** Before a watch: what is up and may count what it drops. */
export const cardsBefore: DeviceChoice = links =>
  [...links]
    .filter(({ up, kind }) => up && COUNTING.has(kind))
    .sort((a, b) => Number(b.kind === 'physical') - Number(a.kind === 'physical'))
    .slice(0, MOST)
    .map(({ ifname }) => ifname);

/** After it: of those that were asked before, the ones that anything went through. */
export function cardsAfter({ counters: before }: CounterSnapshot): DeviceChoice {
  const asked = new Set([...before.values()].flatMap(({ group, of }) => (group === 'ethtool' ? [of] : [])));
  return (links, counters) => {
    const busy = new Set(
      counters.flatMap(counter =>
        counter.group === 'link' && before.get(counterKey(counter))?.value !== counter.value
          ? [counter.of]
          : [],
      ),
    );
    return links.flatMap(({ ifname }) => (asked.has(ifname) && busy.has(ifname) ? [ifname] : []));
  };
}
