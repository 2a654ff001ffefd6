import { isUnavailable } from '../../base/index.ts';
import type { RuleStep } from '../../events/index.ts';
import { runTool, toolPath } from '../../kernel/index.ts';
import { inside } from '../inside.ts';
import type { LogEvent } from '../kernel-log/index.ts';
import type { Place } from '../reading.ts';
import { parseIptablesSave } from './iptables-rules.ts';

type TraceLine = Extract<LogEvent, { readonly kind: 'trace' }>;
type Chains = ReadonlyMap<string, readonly string[]>;

const SAVE = { ip: 'iptables-legacy-save', ip6: 'ip6tables-legacy-save' } as const;
const COMMAND = { ip: 'iptables-legacy', ip6: 'ip6tables-legacy' } as const;
const PRIORITIES: Readonly<Record<string, number>> = {
  raw: -300,
  mangle: -150,
  nat: -100,
  filter: 0,
  security: 50,
};
/** Targets that end a packet's way through the table; all others are chains or let it go on. */
const VERDICTS: Readonly<Record<string, string>> = {
  ACCEPT: 'accept',
  DROP: 'drop',
  REJECT: 'drop',
  RETURN: 'return',
  QUEUE: 'queue',
  NFQUEUE: 'queue',
};

/** Rules of legacy iptables as they are while the TRACE rule is in place: its own number counts. */
export class LegacyRules {
  private readonly place: Place;
  private readonly tables = new Map<string, Chains>();

  constructor(place: Place) {
    this.place = place;
  }

  /** What a TRACE line says happened, with the rule's words. */
  stepOf({ table, chain, what, number, packet }: TraceLine): RuleStep {
    const family = packet.family === 'ipv6' ? 'ip6' : 'ip';
    const lines = this.chainsOf(family, table).get(chain) ?? [];
    const line = (what === 'policy' ? lines[0] : lines[number]) || null;
    const isBase = lines[0]?.startsWith('-P ') === true;
    return {
      ...{ family, table, chain, hook: isBase ? chain.toLowerCase() : null, handle: null },
      priority: isBase ? (PRIORITIES[table] ?? null) : null,
      kind: what === 'return' ? 'end' : what,
      text: what === 'rule' ? line : null,
      number: what === 'rule' ? number : null,
      verdict: this.verdictOf(what, line, family, table),
      iptables: line === null ? null : `${COMMAND[family]} -t ${table} ${line}`,
    };
  }

  private verdictOf(
    what: TraceLine['what'],
    line: string | null,
    family: 'ip' | 'ip6',
    table: string,
  ): string {
    if (what === 'return') return 'return';
    if (what === 'policy') return line?.endsWith(' DROP') === true ? 'drop' : 'accept';
    const [, flag, target] = /(?:^| )-(j|g) (\S+)/.exec(line ?? '') ?? [];
    if (target === undefined) return 'continue';
    if (this.chainsOf(family, table).has(target)) return `${flag === 'g' ? 'goto' : 'jump'} ${target}`;
    return VERDICTS[target] ?? 'continue';
  }

  private chainsOf(family: 'ip' | 'ip6', table: string): Chains {
    const key = `${family} ${table}`;
    let chains = this.tables.get(key);
    if (chains === undefined) {
      chains = this.read(family, table);
      this.tables.set(key, chains);
    }
    return chains;
  }

  private read(family: 'ip' | 'ip6', table: string): Chains {
    const program = toolPath(SAVE[family]);
    const result =
      program === undefined ? undefined : inside(this.place, () => runTool(program, ['-t', table]));
    return result === undefined || isUnavailable(result) ? new Map() : parseIptablesSave(result.stdout);
  }
}
