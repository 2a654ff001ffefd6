import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { inodeAt, sysctlPath } from '../kernel/index.ts';
import { inNamespace } from '../sys/index.ts';
import { Agent } from './agent.ts';
import { mustRun, type Ran, ran } from './run-command.ts';

/** One end of a veth pair; addresses with their prefix length. */
export interface End {
  readonly host: Host;
  readonly ifname: string;
  readonly addresses: readonly string[];
}

/** A machine of the lab: a network namespace, with an agent when one is asked for. */
export class Host {
  readonly netns: string;
  readonly role: string;
  private running: Agent | undefined;

  constructor(netns: string, role: string) {
    this.netns = netns;
    this.role = role;
  }

  get inode(): number {
    return inodeAt(`/run/netns/${this.netns}`)!;
  }

  /** Its process with sockets; starts with the first use. */
  async agent(): Promise<Agent> {
    this.running ??= await Agent.start(this.netns);
    return this.running;
  }

  /** Runs a command inside to its end; throws with what it said when it fails. */
  run(command: string, ...args: readonly string[]): string {
    return mustRun('ip', ['netns', 'exec', this.netns, command, ...args]);
  }

  /** Runs a command inside; whether it works depends on the kernel. */
  try(command: string, ...args: readonly string[]): Ran {
    return ran('ip', ['netns', 'exec', this.netns, command, ...args]);
  }

  /** Lines for `ip -batch` inside. */
  ip(...lines: readonly string[]): void {
    mustRun('ip', ['-n', this.netns, '-batch', '-'], lines.join('\n'));
  }

  /** A file for `nft -f` inside. */
  nft(text: string): void {
    mustRun('ip', ['netns', 'exec', this.netns, 'nft', '-f', '-'], text);
  }

  /** "net.ipv4.ip_forward=1": settings of this namespace. */
  sysctl(...settings: readonly string[]): void {
    this.inside(() => {
      for (const [name, value] of settings.map(one => one.split('=')))
        writeFileSync(sysctlPath(name!), value!);
    });
  }

  /** Runs `run` on this thread, inside. */
  inside<T>(run: () => T): T {
    return inNamespace(`/run/netns/${this.netns}`, run);
  }

  close(): void {
    this.running?.[Symbol.dispose]();
  }
}

/** Addresses of links made later can be used at once: nobody else is there to have them too. */
const AT_ONCE = ['net.ipv6.conf.default.dad_transmits=0', 'net.ipv6.conf.default.accept_dad=0'];

let worlds = 0;

/** The namespaces of one scenario, called after this process; gone on dispose. */
export class World implements Disposable {
  private readonly prefix = `nw${process.pid}${String.fromCharCode(97 + (worlds++ % 26))}`;
  private readonly hosts: Host[] = [];
  private readonly things: Disposable[] = [];
  private readonly keep: boolean;

  constructor(keep = false) {
    this.keep = keep;
  }

  /** A namespace with lo up. */
  host(role: string): Host {
    const host = new Host(`${this.prefix}${role}`, role);
    mustRun('ip', ['netns', 'add', host.netns]);
    this.hosts.push(host);
    host.ip('link set lo up');
    host.sysctl(...AT_ONCE);
    return host;
  }

  /** A veth pair between two of them, both ends up and addressed. */
  veth(a: End, b: End): void {
    a.host.ip(`link add ${a.ifname} type veth peer name ${b.ifname} netns ${b.host.netns}`);
    for (const { host, ifname, addresses } of [a, b])
      host.ip(`link set ${ifname} up`, ...addresses.map(one => addressLine(one, ifname)));
  }

  /** Disposes of it at the end, when the processes are gone. */
  owns<T extends Disposable>(thing: T): T {
    this.things.push(thing);
    return thing;
  }

  [Symbol.dispose](): void {
    for (const host of this.hosts) host.close();
    for (const thing of this.things.reverse()) thing[Symbol.dispose]();
    if (this.keep) return;
    for (const { netns } of this.hosts) spawnSync('ip', ['netns', 'del', netns], { stdio: 'ignore' });
  }
}

export function addressLine(address: string, ifname: string): string {
  return `addr add ${address} dev ${ifname}${address.includes(':') ? ' nodad' : ''}`;
}
