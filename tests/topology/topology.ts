import { type ChildProcess, spawn, spawnSync } from 'node:child_process';

/** One end of a veth pair; addresses as "10.9.0.1/24". */
export interface End {
  readonly netns: string;
  readonly ifname: string;
  readonly addresses: readonly string[];
}

let made = 0;

/**
 * Namespaces, links and processes of one test, named after this process and removed on dispose, also when the test
 * fails. Names are short: interface names hold 15 characters.
 */
export class Topology implements Disposable {
  private readonly prefix = `nw${process.pid}${String.fromCharCode(97 + (made++ % 26))}`;
  private readonly namespaces: string[] = [];
  private readonly children: ChildProcess[] = [];

  /** A new namespace with lo up; answers its full name. */
  netns(name: string): string {
    const full = `${this.prefix}${name}`;
    run('ip', ['netns', 'add', full]);
    this.namespaces.push(full);
    run('ip', ['-n', full, 'link', 'set', 'lo', 'up']);
    return full;
  }

  /** A veth pair between two namespaces, both ends up and addressed. */
  veth(a: End, b: End): void {
    const peer = ['peer', 'name', b.ifname, 'netns', b.netns];
    run('ip', ['-n', a.netns, 'link', 'add', a.ifname, 'type', 'veth', ...peer]);
    for (const end of [a, b]) this.up(end);
  }

  /** Two namespaces and a veth pair: client 10.9.0.1, fd09::1 on c0; server 10.9.0.2, fd09::2 on s0. */
  pair(): { client: string; server: string } {
    const [client, server] = [this.netns('c'), this.netns('s')];
    this.veth(
      { netns: client, ifname: 'c0', addresses: ['10.9.0.1/24', 'fd09::1/64'] },
      { netns: server, ifname: 's0', addresses: ['10.9.0.2/24', 'fd09::2/64'] },
    );
    return { client, server };
  }

  /** Runs a command in a namespace to its end; throws when it fails. */
  exec(netns: string, ...command: string[]): string {
    return run('ip', ['netns', 'exec', netns, ...command]);
  }

  /** Whether a command in a namespace succeeds: for what a kernel may not have. */
  can(netns: string, ...command: string[]): boolean {
    return spawnSync('ip', ['netns', 'exec', netns, ...command], { stdio: 'ignore' }).status === 0;
  }

  /** Runs JavaScript in a namespace, in a process of its own, to its end. */
  node(netns: string, script: string): string {
    return this.exec(netns, process.execPath, '--input-type=module', '-e', script);
  }

  /** Starts JavaScript in a namespace. Killed on dispose. */
  start(netns: string, script: string): ChildProcess {
    const args = ['netns', 'exec', netns, process.execPath, '--input-type=module', '-e', script];
    const child = spawn('ip', args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.children.push(child);
    return child;
  }

  /** Starts JavaScript in a namespace; resolves when it prints its first line. Killed on dispose. */
  async serve(netns: string, script: string): Promise<ChildProcess> {
    const child = this.start(netns, script);
    await new Promise<void>((resolve, reject) => {
      child.stdout!.once('data', () => resolve());
      child.once('exit', code => reject(new Error(`the server ended with ${code}`)));
    });
    return child;
  }

  [Symbol.dispose](): void {
    for (const child of this.children) child.kill('SIGKILL');
    for (const netns of this.namespaces) spawnSync('ip', ['netns', 'del', netns]);
  }

  private up({ netns, ifname, addresses }: End): void {
    run('ip', ['-n', netns, 'link', 'set', ifname, 'up']);
    for (const address of addresses) {
      const flags = address.includes(':') ? ['nodad'] : [];
      run('ip', ['-n', netns, 'addr', 'add', address, 'dev', ifname, ...flags]);
    }
  }
}

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

/** Sends datagrams one after the other: for `Topology.node`. */
export function udpScript(port: number, host: string, times = 1): string {
  return `import { createSocket } from 'node:dgram';
const socket = createSocket('${host.includes(':') ? 'udp6' : 'udp4'}');
for (let i = 0; i < ${times}; i++) await new Promise(done => socket.send('netwhy', ${port}, '${host}', done));
socket.close();`;
}

/** Tries a connection and prints "connected", "timeout" or the error's code: for `Topology.node`. */
export function tcpScript(port: number, host: string, timeoutMs = 1000): string {
  return `import { connect } from 'node:net';
const socket = connect(${port}, '${host}');
const end = text => { console.log(text); process.exit(0); };
socket.on('connect', () => end('connected')).on('error', error => end(error.code));
setTimeout(() => end('timeout'), ${timeoutMs});`;
}

/** Binds a UDP socket and reads nothing from it until its standard input ends; then it is gone. For `Topology.serve`. */
export function deafUdpScript(port: number, host: string): string {
  return `import { createSocket } from 'node:dgram';
import { readSync, writeSync } from 'node:fs';
const socket = createSocket('udp4');
socket.bind(${port}, '${host}', () => {
  writeSync(1, 'bound\\n');
  readSync(0, Buffer.alloc(1));
  process.exit(0);
});`;
}
