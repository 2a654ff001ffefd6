import { UsageError } from '../../base/index.ts';

/** A port whose traffic shall not be tracked. */
export interface NotrackPort {
  readonly port: number;
  readonly protocols: readonly ('tcp' | 'udp')[];
}

/** "53", "53/udp", "8080/tcp". Throws UsageError. */
export function parseNotrackPort(text: string): NotrackPort {
  const [, port, protocol] = /^(\d{1,5})(?:\/(tcp|udp))?$/.exec(text) ?? [];
  const number = Number(port);
  if (port === undefined || number < 1 || number > 65_535)
    throw new UsageError(`"${text}" is no port`, 'write it as 53, 53/udp or 8080/tcp');
  return { port: number, protocols: protocol === undefined ? ['tcp', 'udp'] : [protocol as 'tcp' | 'udp'] };
}

/** Rules in one syntax, as commands in the order in which they are to be run. */
export interface NotrackRules {
  readonly syntax: 'iptables' | 'nft';
  readonly add: readonly string[];
  /** Only for rule sets that let through nothing but ESTABLISHED: what they need beside. */
  readonly accept: readonly string[];
  /** Takes `add` back. */
  readonly remove: readonly string[];
}

/**
 * Both directions in both hooks, for IPv4 and IPv6: a connection of which only one direction is tracked is INVALID.
 * Untracked packets match no `ctstate ESTABLISHED`, so that rules that wait for that must let UNTRACKED through.
 */
export function notrackRules(port: NotrackPort): readonly [NotrackRules, NotrackRules] {
  return [iptablesRules(port), nftRules(port)];
}

const COMMANDS = ['iptables', 'ip6tables'] as const;

/** `--ports` is either end. */
function iptablesRules({ port, protocols }: NotrackPort): NotrackRules {
  const each = (
    chains: readonly string[],
    write: (command: string, chain: string, match: string) => string,
  ): string[] =>
    COMMANDS.flatMap(command =>
      protocols.flatMap(protocol =>
        chains.map(chain => write(command, chain, `-p ${protocol} -m multiport --ports ${port}`)),
      ),
    );
  const raw = (flag: string): string[] =>
    each(
      ['PREROUTING', 'OUTPUT'],
      (command, chain, match) => `${command} -t raw ${flag} ${chain} ${match} -j CT --notrack`,
    );
  return {
    syntax: 'iptables',
    add: raw('-I'),
    accept: each(
      ['INPUT', 'FORWARD', 'OUTPUT'],
      (command, chain, match) => `${command} -I ${chain} ${match} -m conntrack --ctstate UNTRACKED -j ACCEPT`,
    ),
    remove: raw('-D'),
  };
}

const ENDS = ['dport', 'sport'] as const;
const HOOKS = ['prerouting', 'output'] as const;

function nftRules({ port, protocols }: NotrackPort): NotrackRules {
  const table = `inet notrack_${port}`;
  const matches = protocols.flatMap(protocol => ENDS.map(end => `${protocol} ${end} ${port}`));
  return {
    syntax: 'nft',
    add: [
      `nft add table ${table}`,
      ...HOOKS.map(hook => `nft 'add chain ${table} ${hook} { type filter hook ${hook} priority raw; }'`),
      ...HOOKS.flatMap(hook => matches.map(match => `nft add rule ${table} ${hook} ${match} notrack`)),
    ],
    accept: matches.map(match => `nft insert rule FAMILY TABLE CHAIN ct state untracked ${match} accept`),
    remove: [`nft delete table ${table}`],
  };
}
