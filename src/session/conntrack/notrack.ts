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
  readonly remove: readonly string[];
}

/**
 * Both directions in both hooks, for IPv4 and IPv6: a connection of which only one direction is tracked is INVALID.
 * Untracked packets match no `ctstate ESTABLISHED`, so that rules that wait for that must let UNTRACKED through.
 */
export function notrackRules(port: NotrackPort): readonly [NotrackRules, NotrackRules] {
  return [iptablesRules(port), nftRules(port)];
}

const ENDS = ['dport', 'sport'] as const;

function iptablesRules({ port, protocols }: NotrackPort): NotrackRules {
  const rows = (['iptables', 'ip6tables'] as const).flatMap(command =>
    protocols.flatMap(protocol =>
      ENDS.flatMap(end =>
        (['PREROUTING', 'OUTPUT'] as const).map(chain => ({
          command,
          rule: `${chain} -p ${protocol} --${end} ${port} -j CT --notrack`,
        })),
      ),
    ),
  );
  const accept = (['iptables', 'ip6tables'] as const).flatMap(command =>
    (['INPUT', 'FORWARD', 'OUTPUT'] as const).map(chain => ({
      command,
      rule: `${chain} -m conntrack --ctstate UNTRACKED -j ACCEPT`,
    })),
  );
  return {
    syntax: 'iptables',
    add: [
      ...rows.map(({ command, rule }) => `${command} -t raw -I ${rule}`),
      ...accept.map(({ command, rule }) => `${command} -I ${rule}`),
    ],
    remove: [
      ...rows.map(({ command, rule }) => `${command} -t raw -D ${rule}`),
      ...accept.map(({ command, rule }) => `${command} -D ${rule}`),
    ],
  };
}

function nftRules({ port, protocols }: NotrackPort): NotrackRules {
  const table = `inet notrack_${port}`;
  const hooks = ['prerouting', 'output'] as const;
  return {
    syntax: 'nft',
    add: [
      `nft add table ${table}`,
      ...hooks.map(hook => `nft 'add chain ${table} ${hook} { type filter hook ${hook} priority raw; }'`),
      ...hooks.flatMap(hook =>
        protocols.flatMap(protocol =>
          ENDS.map(end => `nft add rule ${table} ${hook} ${protocol} ${end} ${port} notrack`),
        ),
      ),
    ],
    remove: [`nft delete table ${table}`],
  };
}
