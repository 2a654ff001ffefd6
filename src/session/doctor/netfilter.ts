import {
  backendOf,
  type ConntrackTable,
  conntrackTable,
  type IptablesBackend,
  installCommand,
  legacyTables,
  nftTables,
  parseNftTables,
  runTool,
  toolPath,
} from '../../kernel/index.ts';
import type { Check } from '../../render/index.ts';
import { wayToMore } from './permission.ts';

/** The firewall of this network namespace: who holds rules, and what it says about itself. */
export function netfilterChecks(): Check[] {
  return [nftCheck(), iptablesCheck(), conntrackCheck()];
}

function nftCheck(): Check {
  const row = { id: 'nft', title: 'nftables', needed: false };
  const path = toolPath('nft');
  if (path === undefined)
    return {
      ...row,
      ok: 'degraded',
      found: 'nft is not installed',
      costs: 'rules that drop packets cannot be named',
      do: installCommand(['nft']),
    };
  const version = /v[\d.]+/.exec(runTool(path, ['--version']).stdout)?.[0] ?? 'nft';
  const listing = runTool(path, ['list', 'tables']);
  if (listing.code === 0)
    return { ...row, ok: 'yes', found: `${version}, ${tablesText(parseNftTables(listing.stdout))}` };
  return {
    ...row,
    ok: 'degraded',
    found: `${version}, but: ${listing.stderr.trim().split('\n')[0]}`,
    costs: 'rules that drop packets cannot be named',
    do: wayToMore(['CAP_NET_ADMIN']),
  };
}

function tablesText(tables: readonly string[]): string {
  if (tables.length === 0) return 'no table here';
  return `${tables.length === 1 ? 'table' : 'tables'} ${tables.join(', ')}`;
}

/** What `iptables` on this machine speaks; undefined: there is no such command. */
export function iptablesBackend(): IptablesBackend | undefined {
  return backendOf(iptablesVersion());
}

function iptablesVersion(): string {
  const path = toolPath('iptables');
  return path === undefined ? '' : runTool(path, ['-V']).stdout.trim();
}

function iptablesCheck(): Check {
  const row = { id: 'iptables', title: 'iptables', needed: false };
  const version = iptablesVersion();
  const backend = backendOf(version);
  const legacy = legacyTexts();
  if (legacy.length > 0 && (backend === 'nf_tables' || nftTables().length > 0))
    return bothInUse(legacy, backend);
  if (backend === undefined) return { ...row, ok: 'yes', found: 'not installed, and no legacy table here' };
  const tables = legacy.length === 0 ? 'no legacy table here' : `legacy tables ${legacy.join(', ')}`;
  return { ...row, ok: 'yes', found: `${version.replace(/^iptables /, '')}; ${tables}` };
}

function legacyTexts(): string[] {
  const { ipv4, ipv6 } = legacyTables();
  return [...ipv4.map(name => `ip ${name}`), ...ipv6.map(name => `ip6 ${name}`)];
}

function bothInUse(legacy: readonly string[], backend: IptablesBackend | undefined): Check {
  const shown = backend === undefined ? '' : `; \`iptables\` here speaks ${backend}`;
  return {
    id: 'iptables',
    title: 'iptables',
    needed: false,
    ok: 'degraded',
    found: `two backends: legacy tables (${legacy.join(', ')}) beside nf_tables${shown}`,
    costs: 'a packet passes the rules of both, and each listing shows only its own',
    do: 'iptables-legacy-save; ip6tables-legacy-save; nft list ruleset',
  };
}

const NEARLY_FULL = 0.9;

function conntrackCheck(): Check {
  const row = { id: 'conntrack', title: 'conntrack', needed: false };
  const table = conntrackTable();
  if (table === undefined) return { ...row, ok: 'yes', found: 'not loaded: no connection is tracked here' };
  if (table.count < table.max * NEARLY_FULL) return { ...row, ok: 'yes', found: tableText(table) };
  return {
    ...row,
    ok: 'degraded',
    found: tableText(table),
    costs: 'when the table is full, packets of new connections are dropped',
    do: `sysctl -w net.netfilter.nf_conntrack_max=${table.max * 2}`,
  };
}

function tableText({ count, max, dropped }: ConntrackTable): string {
  return `${count} of ${max} entries${dropped > 0 ? `, ${dropped} packets dropped by it since boot` : ''}`;
}
