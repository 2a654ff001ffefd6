import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, writeSync, writevSync } from 'node:fs';
import { inNamespace, ioctl } from '../../sys/index.ts';

// include/uapi/linux/if_tun.h
const TUNSETIFF = 0x400454ca;
const TUNSETIFINDEX = 0x400454da;
const MODES = { tun: 0x0001, tap: 0x0002, fragments: 0x0032 } as const;
const NO_PACKET_INFO = 0x1000;

/** A network namespace with one device: what is written to it, the kernel receives there. */
export class Tap implements Disposable {
  readonly ifindex: number;
  readonly namespace: string;
  private readonly fd: number;

  /** `fragments`: Ethernet, and each buffer of a write but the first becomes a page fragment. */
  constructor(mode: keyof typeof MODES) {
    this.namespace = `nw${process.pid}${mode}`;
    this.ifindex = 0x4000_0000 + process.pid * 8 + Object.keys(MODES).indexOf(mode);
    if (!existsSync('/dev/net/tun')) execFileSync('modprobe', ['tun']);
    execFileSync('ip', ['netns', 'add', this.namespace]);
    try {
      for (const which of ['all', 'default']) this.run('sysctl', '-qw', `net.ipv6.conf.${which}.disable_ipv6=1`);
      this.fd = inNamespace(`/run/netns/${this.namespace}`, () => openTun(MODES[mode], this.ifindex));
      this.ip('link', 'set', 'nwtap', 'up');
    } catch (error) {
      execFileSync('ip', ['netns', 'del', this.namespace]);
      throw error;
    }
  }

  ip(...words: string[]): void {
    execFileSync('ip', ['-n', this.namespace, ...words], { stdio: ['ignore', 'ignore', 'inherit'] });
  }

  run(...words: string[]): void {
    execFileSync('ip', ['netns', 'exec', this.namespace, ...words], { stdio: ['ignore', 'ignore', 'inherit'] });
  }

  /** Makes a bridge of this device and a new one, which gets what is received here. */
  bridgeTo(name: string, ifindex: number): void {
    this.ip('link', 'add', name, 'index', String(ifindex), 'type', 'veth', 'peer', 'name', 'nwpeer');
    this.ip('link', 'add', 'nwbridge', 'type', 'bridge', 'mcast_snooping', '0');
    // Where br_netfilter is built in, it drops bridged packets whose IP checksum is wrong.
    for (const which of ['iptables', 'ip6tables', 'arptables'])
      this.run('sysctl', '-qew', `net.bridge.bridge-nf-call-${which}=0`);
    for (const port of ['nwtap', name]) this.ip('link', 'set', port, 'master', 'nwbridge');
    for (const device of ['nwpeer', name, 'nwbridge']) this.ip('link', 'set', device, 'up');
  }

  /** When this returns the kernel has received the packet. */
  receive(...parts: Uint8Array[]): void {
    if (parts.length === 1) writeSync(this.fd, parts[0]!);
    else writevSync(this.fd, parts);
  }

  [Symbol.dispose](): void {
    closeSync(this.fd);
    execFileSync('ip', ['netns', 'del', this.namespace]);
  }
}

function openTun(mode: number, ifindex: number): number {
  const fd = openSync('/dev/net/tun', 'r+');
  const request = new Uint8Array(40);
  request.set(new TextEncoder().encode('nwtap'));
  new DataView(request.buffer).setUint16(16, mode | NO_PACKET_INFO, true);
  const index = new Uint8Array(4);
  new DataView(index.buffer).setUint32(0, ifindex, true);
  ioctl(fd, TUNSETIFINDEX, index);
  ioctl(fd, TUNSETIFF, request);
  return fd;
}
