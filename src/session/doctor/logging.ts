import { kernelAtLeast } from '../../base/index.ts';
import { kernelVersion, type Netns, type NfLogBinding, nfLogBindings, sysctl } from '../../kernel/index.ts';
import type { Check } from '../../render/index.ts';

interface Family {
  readonly number: number;
  readonly id: string;
  readonly title: string;
  readonly logger: string;
}

const FAMILIES: readonly Family[] = [
  { number: 2, id: 'nf-log-ipv4', title: 'nf_log IPv4', logger: 'nf_log_ipv4' },
  { number: 10, id: 'nf-log-ipv6', title: 'nf_log IPv6', logger: 'nf_log_ipv6' },
];
const SILENT = 'TRACE of legacy iptables, log_invalid and martians are written nowhere';

/** Where netfilter's own log lines go, by family, and whether those of other namespaces are let through. */
export function loggingChecks(namespaces: readonly Netns[]): Check[] {
  const bindings = nfLogBindings();
  return [...FAMILIES.map(family => familyCheck(family, bindings)), allNamespacesCheck(namespaces)];
}

function familyCheck(family: Family, bindings: readonly NfLogBinding[] | undefined): Check {
  const row = { id: family.id, title: family.title, needed: false };
  const binding = bindings?.find(one => one.family === family.number);
  if (binding === undefined) return { ...row, ok: 'yes', found: 'this kernel has no netfilter logging' };
  if (binding.bound === family.logger) return { ...row, ok: 'yes', found: 'to the kernel log' };
  if (binding.bound !== null)
    return {
      ...row,
      ok: 'degraded',
      found: `bound to ${binding.bound}`,
      costs: 'those lines go to NFLOG listeners (ulogd), not to the kernel log',
      do: bindCommand(family, binding),
    };
  return {
    ...row,
    ok: 'degraded',
    found: 'nobody is bound',
    costs: SILENT,
    do: bindCommand(family, binding),
  };
}

/** nf_log_ipv4 and its sisters became one module, nf_log_syslog, in 5.13; the loggers kept their names. */
function bindCommand({ number, logger }: Family, { available }: NfLogBinding): string {
  const bind = `sysctl -w net.netfilter.nf_log.${number}=${logger}`;
  if (available.includes(logger)) return bind;
  return `modprobe ${kernelAtLeast(kernelVersion(), 5, 13) ? 'nf_log_syslog' : logger} && ${bind}`;
}

function allNamespacesCheck(namespaces: readonly Netns[]): Check {
  const row = { id: 'nf-log-all-netns', title: 'nf_log elsewhere', needed: false };
  const value = sysctl('net.netfilter.nf_log_all_netns');
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
