import { setTimeout as delay } from 'node:timers/promises';
import { type Ends, frameOf, packetOf, type Transport, udpOf } from './frame.ts';
import { PacketSocket } from './packet-socket.ts';
import { slowness } from './slowness.ts';
import { PORT, type Stage } from './stage.ts';
import type { Host } from './world.ts';

/** Port that the client's answers come to. */
export const RAW_PORT = 40_077;
const PATIENCE_MS = 300;

/** What is odd about a frame. */
export interface Oddity {
  readonly vlan?: number;
  readonly protocol?: number;
  /** Only the first half of the datagram is sent. */
  readonly halved?: boolean;
}

/** MAC addresses and IP addresses from the client to its next hop. */
export function endsOf({ client, router, at }: Stage, device = 'c0', peer = 's0'): Ends {
  return { srcMac: macOf(client, device), dstMac: macOf(router, peer), src: at.client, dst: at.server };
}

export function macOf(host: Host, ifname: string): string {
  const found = /link\/ether (\S+)/.exec(host.run('ip', '-o', 'link', 'show', 'dev', ifname))?.[1];
  return found ?? '02:00:00:00:00:01';
}

/** Sends a datagram as a frame of our own making and waits for the echo, which a socket of the client takes. */
export async function rawEcho(stage: Stage, { vlan, protocol, halved }: Oddity = {}): Promise<string> {
  const agent = await stage.client.agent();
  const before = await agent.call('received', { port: RAW_PORT });
  const ends = endsOf(stage);
  const datagram = udpOf(ends, RAW_PORT, PORT, new Uint8Array(1600));
  const odd: Transport = protocol === undefined ? datagram : { protocol, bytes: datagram.bytes };
  sendFrames(
    stage.client,
    'c0',
    halves(ends, odd, halved === true).map(packet => frameOf(ends, packet, vlan)),
  );
  for (let waited = 0; waited < PATIENCE_MS * slowness(); waited += 30) {
    await delay(30);
    if ((await agent.call('received', { port: RAW_PORT })) !== before) return 'ok';
  }
  return 'timeout';
}

const CUT = 800;
let packets = 1;

function halves(ends: Ends, { protocol, bytes }: Transport, onlyFirst: boolean): Uint8Array[] {
  const id = packets++;
  const first = packetOf(ends, { protocol, bytes: bytes.slice(0, CUT) }, { id, offset: 0, more: true });
  const second = packetOf(ends, { protocol, bytes: bytes.slice(CUT) }, { id, offset: CUT, more: false });
  return onlyFirst ? [first] : [first, second];
}

export function sendFrames(host: Host, ifname: string, frames: readonly Uint8Array[]): void {
  host.inside(() => {
    using socket = new PacketSocket(ifname);
    for (const frame of frames) socket.send(frame);
  });
}

/** A socket of the client that counts what comes back. */
export async function catchEchoes({ client, at }: Stage): Promise<void> {
  await (await client.agent()).call('listenUdp', { port: RAW_PORT, host: at.client, how: 'count' });
}
