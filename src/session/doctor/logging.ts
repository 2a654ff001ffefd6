import { isUnavailable, kernelAtLeast } from '../../base/index.ts';
import { commandPrefix, inside } from '../../collect/index.ts';
import {
  hostNetns,
  type Kallsyms,
  kernelVersion,
  legacyTables,
  type Netns,
  type NfLogBinding,
  netnsInodeOf,
  nfLogBindings,
  sysctl,
} from '../../kernel/index.ts';
import type { Check } from '../../render/index.ts';
import { logModules } from './log-modules.ts';
import { logRulesCheck, traceRulesCheck } from './log-rules.ts';
import { iptablesBackend } from './netfilter.ts';

interface Family {
  readonly number: number;
  readonly id: string;
  readonly title: string;
  readonly logger: string;
}

const FAMILIES: readonly Family[] = [
  { number: 2, id: 'nf-log-ipv4', title: 'nf_log.2 (IPv4)', logger: 'nf_log_ipv4' },
  { number: 10, id: 'nf-log-ipv6', title: 'nf_log.10 (IPv6)', logger: 'nf_log_ipv6' },
];
const SILENT = 'TRACE of legacy iptables, log_invalid and martians are written nowhere';

/** Where netfilter's own log lines go, whether those of other namespaces are let through, and which rules may log. */
export function loggingChecks(namespaces: readonly Netns[], kallsyms: Kallsyms): Check[] {
  const bindings = nfLogBindings();
  const elsewhere = namespaces.filter(({ inode }) => inode !== netnsInodeOf('self')).map(boundIn);
  const backend = iptablesBackend();
  const { ipv4, ipv6 } = legacyTables();
  const setting = {
    ...{ backend, bindings, hasLegacy: ipv4.length + ipv6.length > 0, muted: isMuted() },
    modules: logModules(kallsyms, backend),
  };
  return [
    ...FAMILIES.map(family => familyCheck(family, bindings, elsewhere)),
    allNamespacesCheck(namespaces),
    logRulesCheck(setting),
    traceRulesCheck(setting),
  ];
}

/** Who is bound in another namespace; nothing where it cannot be entered. */
interface Elsewhere {
  readonly netns: Netns;
  readonly bindings: readonly NfLogBinding[];
}

function boundIn(netns: Netns): Elsewhere {
  const bindings = inside(netns, () => nfLogBindings());
  return { netns, bindings: bindings === undefined || isUnavailable(bindings) ? [] : bindings };
}

function familyCheck(
  family: Family,
  bindings: readonly NfLogBinding[] | undefined,
  elsewhere: readonly Elsewhere[],
): Check {
  const row = { id: family.id, title: family.title, needed: false };
  const binding = bindings?.find(one => one.family === family.number);
  if (binding === undefined) return { ...row, ok: 'yes', found: 'this kernel has no netfilter logging' };
  if (binding.bound === family.logger) return boundHere(row, family, elsewhere);
  const bound = binding.bound === null ? 'nobody is bound' : `${binding.bound} is bound`;
  const costs =
    binding.bound === null ? SILENT : 'those lines go to NFLOG listeners (ulogd), not to the kernel log';
  return { ...row, ok: 'degraded', found: bound, costs, do: bindCommand(family, binding) };
}

/** Bound here; those namespaces where it is otherwise are named. */
function boundHere(
  row: Pick<Check, 'id' | 'title' | 'needed'>,
  { number, logger }: Family,
  elsewhere: readonly Elsewhere[],
): Check {
  const found = `${logger} is bound: to the kernel log`;
  const other = elsewhere.filter(({ bindings }) =>
    bindings.some(({ family, bound }) => family === number && bound !== logger),
  );
  const [first] = other;
  if (first === undefined) return { ...row, ok: 'yes', found };
  const names = other.map(({ netns }) => netns.name).slice(0, 3);
  return {
    ...row,
    ok: 'degraded',
    found: `${found}; not in ${names.join(', ')}${other.length > names.length ? ', …' : ''}`,
    costs: `there ${SILENT}`,
    do: `${commandPrefix(first.netns)}sysctl -w net.netfilter.nf_log.${number}=${logger}`,
  };
}

/** nf_log_ipv4 and its sisters became one module, nf_log_syslog, in 5.13; the loggers kept their names. */
function bindCommand({ number, logger }: Family, { available }: NfLogBinding): string {
  const bind = `sysctl -w net.netfilter.nf_log.${number}=${logger}`;
  if (available.includes(logger)) return bind;
  return `modprobe ${kernelAtLeast(kernelVersion(), 5, 13) ? 'nf_log_syslog' : logger} && ${bind}`;
}

const ALL_NAMESPACES = 'net.netfilter.nf_log_all_netns';

/** Read in the first namespace: others do not have it. */
function allNamespaces(): string | undefined {
  const host = hostNetns();
  const value = host === undefined ? sysctl(ALL_NAMESPACES) : inside(host, () => sysctl(ALL_NAMESPACES));
  return value === undefined || isUnavailable(value) ? undefined : value;
}

function isMuted(): boolean {
  return allNamespaces() === '0' && hostNetns()?.inode !== netnsInodeOf('self');
}

function allNamespacesCheck(namespaces: readonly Netns[]): Check {
  const row = { id: 'nf-log-all-netns', title: 'nf_log_all_netns', needed: false };
  const value = allNamespaces();
  const others = namespaces.length - 1;
  if (value === undefined)
    return { ...row, ok: 'yes', found: 'set in the first namespace only, which this is not' };
  if (value !== '0') return { ...row, ok: 'yes', found: 'LOG and TRACE rules of every namespace are heard' };
  if (others <= 0) return { ...row, ok: 'yes', found: 'off, and there is no other namespace' };
  return {
    ...row,
    ok: 'degraded',
    found: `off, with ${others} other network ${others === 1 ? 'namespace' : 'namespaces'}`,
    costs: 'LOG and TRACE rules inside them (containers, pods) count but stay silent',
    do: 'sysctl -w net.netfilter.nf_log_all_netns=1',
  };
}
