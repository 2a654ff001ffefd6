import type { IptablesBackend, NfLogBinding } from '../../kernel/index.ts';
import type { Check } from '../../render/index.ts';
import { type LogModule, type LogModules, lackingOf, lackText, presenceText, wayTo } from './log-modules.ts';

/** What rules that log depend on, as it is in this namespace. */
export interface LogSetting {
  /** Of the command `iptables`; undefined: there is none. */
  readonly backend: IptablesBackend | undefined;
  /** This namespace holds tables of the legacy backend. */
  readonly hasLegacy: boolean;
  readonly modules: LogModules;
  readonly bindings: readonly NfLogBinding[] | undefined;
  /** nf_log_all_netns is off and this is not the first namespace. */
  readonly muted: boolean;
}

/** What iptables says when the kernel has not got what the rule names (ENOENT). */
const REFUSALS: Readonly<Record<IptablesBackend, string>> = {
  nf_tables: '"RULE_APPEND failed (No such file or directory): rule in chain …"',
  legacy: '"No chain/target/match by that name"',
};

/** Whether a LOG rule would be taken, and why not. */
export function logRulesCheck({ backend, modules }: LogSetting): Check {
  const row = { id: 'log-rules', title: 'LOG rules', needed: false };
  const all = [...modules.log, ...modules.nft, ...modules.match];
  const lacking = [...new Set(lackingOf(all))];
  const refusal = backend === undefined ? '' : REFUSALS[backend];
  if (lacking.length === 0) {
    const otherwise = backend === undefined ? '' : `; without one, iptables -j LOG fails with ${refusal}`;
    return { ...row, ok: 'yes', found: presenceText(all) + otherwise };
  }
  const refused = [
    ...(lackingOf(modules.log).length > 0 ? [`iptables -j LOG is refused with ${refusal}`] : []),
    ...(lackingOf(modules.match).length > 0
      ? [`-m conntrack is refused with ${refusal}, whatever the target`]
      : []),
    ...(lackingOf(modules.nft).length > 0 ? ['nft refuses log with "No such file or directory"'] : []),
  ];
  return {
    ...row,
    ok: 'degraded',
    found: lacking.map(lackText).join('; '),
    costs: refused.join('; '),
    do: [...new Set(lacking.map(wayTo))].join('; '),
  };
}

/** On nf_tables the rule becomes `meta nftrace set 1`: the kernel tells listeners, and its log never. */
const NFT_TRACE =
  'iptables -j TRACE (nf_tables) never shows in dmesg, whatever nf_log says: run xtables-monitor --trace or netwhy rules in its namespace';
const NO_IPTABLES = 'meta nftrace set 1 shows in nft monitor trace or netwhy rules, never in dmesg';
const LEGACY_TRACE = 'TRACE rules of legacy iptables (table raw) show in dmesg';

/** Where TRACE rules are to be looked for, and what keeps them silent. */
export function traceRulesCheck(setting: LogSetting): Check {
  const row = { id: 'trace-rules', title: 'TRACE rules', needed: false };
  const { backend, hasLegacy } = setting;
  const words = backend === 'nf_tables' ? [NFT_TRACE] : [];
  if (backend !== 'legacy' && !hasLegacy) return { ...row, ok: 'yes', found: words[0] ?? NO_IPTABLES };
  const silence = silenceOf(setting);
  if (silence === undefined) return { ...row, ok: 'yes', found: [LEGACY_TRACE, ...words].join('; ') };
  const { why, way } = silence;
  return {
    ...row,
    ok: 'degraded',
    found: [`legacy iptables: ${why}`, ...words].join('; '),
    costs: 'TRACE rules of legacy iptables show nothing in dmesg',
    do: way,
  };
}

interface Silence {
  readonly why: string;
  readonly way: string;
}

/** What is in the way first: the rule, its logger, its namespace. */
function silenceOf({ modules, bindings, muted }: LogSetting): Silence | undefined {
  const [lacking] = lackingOf(modules.trace);
  if (lacking !== undefined) return refused(lacking);
  const unbound = (bindings ?? []).filter(({ family, bound }) => bound !== (LOGGERS.get(family) ?? bound));
  if (unbound.length > 0) return unboundFor(unbound);
  if (!muted) return undefined;
  return {
    why: 'this is not the first namespace, and nf_log_all_netns is off',
    way: 'sysctl -w net.netfilter.nf_log_all_netns=1, in the first namespace',
  };
}

const LOGGERS: ReadonlyMap<number, string> = new Map([
  [2, 'nf_log_ipv4'],
  [10, 'nf_log_ipv6'],
]);

function refused(module: LogModule): Silence {
  return { why: `a TRACE rule is refused with ${REFUSALS.legacy}: ${lackText(module)}`, way: wayTo(module) };
}

function unboundFor(unbound: readonly NfLogBinding[]): Silence {
  const whom = unbound.map(({ family, bound }) => `${bound ?? 'nobody'} to net.netfilter.nf_log.${family}`);
  const commands = unbound.map(
    ({ family }) => `sysctl -w net.netfilter.nf_log.${family}=${LOGGERS.get(family)}`,
  );
  return { why: `bound is ${whom.join(', ')}`, way: commands.join('; ') };
}
