import { isUnavailable } from '../../base/index.ts';
import { inside, LegacyTrace, type Place } from '../../collect/index.ts';
import type { Fact, Incident } from '../../diagnose/index.ts';
import { runTool, toolPath } from '../../kernel/index.ts';
import { factsOf } from './fact-maker.ts';

/** A rule or policy of legacy iptables that ends packets, and how many it did. */
interface Ending {
  readonly command: string;
  readonly table: string;
  readonly chain: string;
  /** "-A INPUT … -j DROP"; null for the chain's policy. */
  readonly rule: string | null;
  readonly target: string;
  readonly packets: number;
}

export type LegacyCounts = ReadonlyMap<string, Ending>;

const PROGRAMS = ['iptables-legacy', 'ip6tables-legacy'];

/** Counters of the dropping rules of legacy iptables; undefined where there are none of its tables. */
export function readLegacyCounts(place: Place): LegacyCounts | undefined {
  if (!LegacyTrace.needed(place)) return undefined;
  const endings = PROGRAMS.flatMap(command => {
    const program = toolPath(`${command}-save`);
    const result = program === undefined ? undefined : inside(place, () => runTool(program, ['-c']));
    return result === undefined || isUnavailable(result) ? [] : parseLegacyCounts(result.stdout, command);
  });
  return new Map(endings.map(one => [`${one.command} ${one.table} ${one.chain} ${one.rule}`, one]));
}

/** Lines of `iptables-legacy-save -c`: ":INPUT DROP [5:300]" and "[3:84] -A INPUT -p udp -j DROP". */
export function parseLegacyCounts(text: string, command: string): Ending[] {
  let table = '';
  return text.split('\n').flatMap((line): Ending[] => {
    table = /^\*(\S+)/.exec(line)?.[1] ?? table;
    const [, policyChain, policy, policyPackets] = /^:(\S+) (DROP) \[(\d+):/.exec(line) ?? [];
    if (policyChain !== undefined)
      return [
        { command, table, chain: policyChain, rule: null, target: policy!, packets: Number(policyPackets) },
      ];
    const [, packets, rule, chain, target] =
      /^\[(\d+):\d+\] (-A (\S+) .*-j (DROP|REJECT)\b.*)$/.exec(line) ?? [];
    return rule === undefined
      ? []
      : [{ command, table, chain: chain!, rule, target: target!, packets: Number(packets) }];
  });
}

/** The rule that dropped: the only one that counted while packets were dropped. */
export function legacyCounterFacts(
  place: Place,
  incident: Incident,
  before: LegacyCounts | undefined,
  after: LegacyCounts | undefined,
): Fact[] {
  if (before === undefined || after === undefined) return [];
  const moved = [...after].flatMap(([key, ending]) => {
    const by = ending.packets - (before.get(key)?.packets ?? 0);
    return by > 0 ? [{ ...ending, by }] : [];
  });
  const [only] = moved;
  if (only === undefined || moved.length > 1 || only.by < incident.count) return [];
  const { command, table, chain, rule, target, by } = only;
  const decided = rule === null ? { 'ipt.policy': target } : { 'ipt.rule': rule, 'ipt.target': target };
  return factsOf(
    { ...decided, 'ipt.command': command, 'ipt.table': table, 'ipt.chain': chain, 'rule.counter.delta': by },
    { incident: incident.key },
    { source: `${command}-save -c in ${place.name}, before and after`, time: new Date().toISOString() },
  );
}
