import { kernelAtLeast } from '../../base/index.ts';
import {
  type IptablesBackend,
  type Kallsyms,
  kernelVersion,
  type ModulePresence,
  type ModuleRow,
  modulePresence,
} from '../../kernel/index.ts';

/** A module that rules which log are made of, and whether this kernel has it. */
export interface LogModule extends ModuleRow {
  readonly config: string;
  /** What it was called before. */
  readonly once?: string;
  readonly presence: ModulePresence;
}

/** nf_log_ipv4 and its sisters became one module, nf_log_syslog, in 5.13; the loggers kept their names. */
function loggerRow(): Omit<LogModule, 'presence'> {
  const symbol = 'nf_log_ip_packet';
  if (!kernelAtLeast(kernelVersion(), 5, 13))
    return { name: 'nf_log_ipv4', alias: 'nf_log_ipv4', symbol, config: 'CONFIG_NF_LOG_IPV4' };
  const name = 'nf_log_syslog';
  return { name, alias: name, symbol, config: 'CONFIG_NF_LOG_SYSLOG', once: 'nf_log_ipv4 before 5.13' };
}

const XT_LOG = {
  name: 'xt_LOG',
  alias: 'ipt_LOG',
  symbol: 'log_tg',
  config: 'CONFIG_NETFILTER_XT_TARGET_LOG',
};
const XT_TRACE = {
  ...{ name: 'xt_TRACE', alias: 'ipt_TRACE', symbol: 'trace_tg' },
  config: 'CONFIG_NETFILTER_XT_TARGET_TRACE',
};
const NFT_COMPAT = {
  ...{ name: 'nft_compat', alias: 'nft-expr-target', symbol: 'nft_target_init' },
  config: 'CONFIG_NFT_COMPAT',
};
const NFT_LOG = { name: 'nft_log', alias: 'nft-expr-log', symbol: 'nft_log_init', config: 'CONFIG_NFT_LOG' };

const XT_CONNTRACK = {
  ...{ name: 'xt_conntrack', alias: 'ipt_conntrack', symbol: 'conntrack_mt_check' },
  config: 'CONFIG_NETFILTER_XT_MATCH_CONNTRACK',
};
const NF_CONNTRACK = {
  ...{ name: 'nf_conntrack', alias: 'nf_conntrack', symbol: 'nf_conntrack_in' },
  config: 'CONFIG_NF_CONNTRACK',
};

/** What `iptables -j LOG`, legacy `-j TRACE` and nft's `log` take; LOG of iptables on nf_tables goes through nft_compat. */
export interface LogModules {
  readonly log: readonly LogModule[];
  readonly trace: readonly LogModule[];
  readonly nft: readonly LogModule[];
  /** Of `-m conntrack`, which LOG rules often have. */
  readonly match: readonly LogModule[];
}

export function logModules(kallsyms: Kallsyms, backend: IptablesBackend | undefined): LogModules {
  const rows = [XT_LOG, XT_TRACE, NFT_COMPAT, NFT_LOG, XT_CONNTRACK, NF_CONNTRACK];
  const known = kallsyms.problem() === undefined;
  const first = loggerRow();
  const symbols = kallsyms.symbolAddresses([first, ...rows].map(({ symbol }) => symbol));
  const looked = (row: Omit<LogModule, 'presence'>): LogModule => ({
    ...row,
    presence: modulePresence(row, name => (known ? symbols.has(name) : undefined)),
  });
  const logger = looked(first);
  return {
    log:
      backend === undefined
        ? []
        : [logger, looked(XT_LOG), ...(backend === 'nf_tables' ? [looked(NFT_COMPAT)] : [])],
    trace: [logger, looked(XT_TRACE)],
    nft: [logger, looked(NFT_LOG)],
    match: backend === undefined ? [] : [looked(XT_CONNTRACK), looked(NF_CONNTRACK)],
  };
}

/** Those that a rule cannot get. */
export function lackingOf(modules: readonly LogModule[]): LogModule[] {
  return modules.filter(({ presence: { is } }) => is === 'blocked' || is === 'missing');
}

/** "xt_LOG is kept out by "blacklist xt_LOG" in /etc/modprobe.d/local.conf". */
export function lackText({ config, presence, ...module }: LogModule): string {
  if (presence.is === 'blocked') return `${nameOf(module)} is kept out by ${presence.by}`;
  return `${nameOf(module)} is not on this machine (${config})`;
}

function nameOf({ name, once }: Pick<LogModule, 'name' | 'once'>): string {
  return once === undefined ? name : `${name} (${once})`;
}

/** The way out for one module. */
export function wayTo({ name, presence }: LogModule): string {
  if (presence.is !== 'blocked')
    return `install the rest of this kernel’s modules (linux-modules-extra, kernel-modules-extra), then modprobe ${name}`;
  if (presence.by.includes('modules_disabled')) return `boot again, and modprobe ${name} before it is set`;
  return `take that line out, then modprobe ${name}`;
}

/** "nf_log_syslog, xt_LOG built in; nft_log loadable". */
export function presenceText(modules: readonly LogModule[]): string {
  const ways = new Map<string, string[]>();
  for (const module of modules) {
    const { is } = module.presence;
    ways.set(is, [...new Set([...(ways.get(is) ?? []), nameOf(module)])]);
  }
  return [...ways].map(([way, names]) => `${names.join(', ')} ${way}`).join('; ');
}
