import { isUnavailable } from '../../base/index.ts';
import { backendOf, runTool, toolPath } from '../../kernel/index.ts';
import { inside } from '../inside.ts';
import type { Place } from '../reading.ts';
import type { Ruleset } from './ruleset.ts';

const COMMANDS: Readonly<Record<string, string>> = { ip: 'iptables', ip6: 'ip6tables' };
const TABLES: ReadonlySet<string> = new Set(['filter', 'nat', 'mangle', 'raw', 'security']);

/** Rules that iptables-nft made, in its own words: nft lists them otherwise. Each table is asked for once. */
export class IptablesRules {
  private readonly place: Place;
  private readonly tables = new Map<string, ReadonlyMap<string, readonly string[]>>();

  constructor(place: Place) {
    this.place = place;
  }

  /**
   * "iptables -t filter -A INPUT …" for the rule with this number in its chain, "iptables -t filter -P INPUT DROP" for
   * number 0, the policy; null when the table is not iptables' or the two listings do not agree.
   */
  textOf(ruleset: Ruleset, family: string, table: string, chain: string, number: number): string | null {
    const command = COMMANDS[family];
    if (command === undefined || !TABLES.has(table)) return null;
    const lines = this.tableOf(command, table).get(chain);
    const rules = ruleset.chain(family, table, chain)?.rules.length;
    if (lines === undefined || (number > 0 && lines.length !== (rules ?? -1) + 1)) return null;
    const line = lines[number];
    return line === undefined || line === '' ? null : `${command} -t ${table} ${line}`;
  }

  private tableOf(command: string, table: string): ReadonlyMap<string, readonly string[]> {
    const key = `${command} ${table}`;
    let chains = this.tables.get(key);
    if (chains === undefined) {
      chains = this.read(command, table);
      this.tables.set(key, chains);
    }
    return chains;
  }

  private read(command: string, table: string): ReadonlyMap<string, readonly string[]> {
    const program = saveProgram(command);
    if (program === undefined) return new Map();
    const result = inside(this.place, () => runTool(program, ['-t', table]));
    return isUnavailable(result) || result.code !== 0 ? new Map() : parseIptablesSave(result.stdout);
  }
}

/** The save command of the nf_tables backend, whatever the distribution calls it. */
function saveProgram(command: string): string | undefined {
  const named = toolPath(`${command}-nft-save`);
  if (named !== undefined) return named;
  const plain = toolPath(command);
  if (plain === undefined || backendOf(runTool(plain, ['-V']).stdout) !== 'nf_tables') return undefined;
  return toolPath(`${command}-save`);
}

/** Lines of iptables-save by chain: the policy first ("-P INPUT DROP", "" for user chains), then "-A …" in order. */
export function parseIptablesSave(text: string): Map<string, string[]> {
  const chains = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, declared, policy] = /^:(\S+) (\S+)/.exec(line) ?? [];
    if (declared !== undefined) chains.set(declared, [policy === '-' ? '' : `-P ${declared} ${policy}`]);
    const chain = /^-A (\S+)/.exec(line)?.[1];
    if (chain !== undefined) chains.get(chain)?.push(line);
  }
  return chains;
}
