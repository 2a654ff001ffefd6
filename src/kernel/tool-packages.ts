import { accessSync, constants, statSync } from 'node:fs';
import { type Unavailable, unavailable } from '../base/index.ts';
import { type Distribution, type DistributionFamily, distribution } from './distribution.ts';

interface ToolRow {
  /** What netwhy runs it, or loads it, for. */
  readonly serves: string;
  /** Where a distribution calls the package otherwise than Debian. */
  readonly packages: Readonly<Record<DistributionFamily, string>>;
}

export type ToolName =
  | 'ip'
  | 'ss'
  | 'tc'
  | 'nft'
  | 'iptables'
  | 'xtables-monitor'
  | 'iptables-legacy-save'
  | 'conntrack'
  | 'ethtool'
  | 'libpcap';
type Packages = ToolRow['packages'];

function everywhere(name: string, but: Partial<Packages> = {}): Packages {
  return { debian: name, fedora: name, alpine: name, arch: name, suse: name, ...but };
}

const IPROUTE: Packages = everywhere('iproute2', { fedora: 'iproute' });
const IPTABLES: Packages = everywhere('iptables', { fedora: 'iptables-nft', arch: 'iptables-nft' });

/**
 * Programs and libraries outside this package, with what brings them (names as of Debian 12, Fedora 40 and RHEL 9,
 * Alpine 3.19, Arch and openSUSE 15 in 2024). On Fedora, RHEL and Alpine tc has a package of its own.
 */
export const TOOLS: Readonly<Record<ToolName, ToolRow>> = {
  ip: { serves: 'namespaces, routes, neighbours', packages: IPROUTE },
  ss: { serves: 'sockets and listeners', packages: IPROUTE },
  tc: {
    serves: 'queueing disciplines and their drops',
    packages: { ...IPROUTE, fedora: 'iproute-tc', alpine: 'iproute2-tc' },
  },
  nft: { serves: 'nftables rules and their trace', packages: everywhere('nftables') },
  iptables: { serves: 'iptables rules', packages: IPTABLES },
  'xtables-monitor': { serves: 'the trace of iptables rules on nftables', packages: IPTABLES },
  'iptables-legacy-save': {
    serves: 'rules of the legacy backend',
    packages: everywhere('iptables', { fedora: 'iptables-legacy', alpine: 'iptables-legacy' }),
  },
  conntrack: {
    serves: 'entries of the connection table',
    packages: everywhere('conntrack-tools', { debian: 'conntrack' }),
  },
  ethtool: { serves: 'counters and offloads of network cards', packages: everywhere('ethtool') },
  libpcap: {
    serves: 'the whole pcap-filter(7) language',
    packages: everywhere('libpcap', { debian: 'libpcap0.8', suse: 'libpcap1' }),
  },
};

const INSTALL: Readonly<Record<DistributionFamily, string>> = {
  debian: 'apt-get install',
  fedora: 'dnf install',
  alpine: 'apk add',
  arch: 'pacman -S',
  suse: 'zypper install',
};
/** Where root's tools are, also when the user's PATH leaves them out. */
const ADMIN_DIRECTORIES = ['/usr/sbin', '/sbin', '/usr/local/sbin'];

/** Path of an installed program; undefined when none is found. */
export function toolPath(program: string, path: string = process.env.PATH ?? ''): string | undefined {
  for (const directory of [...path.split(':'), ...ADMIN_DIRECTORIES]) {
    const candidate = `${directory}/${program}`;
    if (directory !== '' && isProgram(candidate)) return candidate;
  }
  return undefined;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The command that installs them: "apt-get install nftables conntrack". */
export function installCommand(tools: readonly ToolName[], on: Distribution = distribution()): string {
  const family = on.family;
  if (family !== undefined) {
    const packages = new Set(tools.map(tool => TOOLS[tool].packages[family]));
    return `${INSTALL[family]} ${[...packages].join(' ')}`;
  }
  const packages = new Set(tools.map(tool => TOOLS[tool].packages.debian));
  return `install ${[...packages].join(', ')} (as Debian calls it)`;
}

/** "missing tool nft": an Unavailable that names the package for this distribution. */
export function missingTool(tool: ToolName, on: Distribution = distribution()): Unavailable {
  return unavailable(tool, `it is not installed on this machine (${on.title})`, installCommand([tool], on));
}

/** The program's path, or what brings it. */
export function requireTool(tool: Exclude<ToolName, 'libpcap'>): string | Unavailable {
  return toolPath(tool) ?? missingTool(tool);
}
