import { addressOf, type Ends, frameOf, packetOf, tcpOf } from './frame.ts';
import { PacketSocket } from './packet-socket.ts';
import { macOf } from './raw-link.ts';
import { PORT, type Stage } from './stage.ts';

/** Where a connection stands, as seen at the client. */
export interface Standing {
  readonly sport: number;
  /** Next sequence number of the client, and what it expects. */
  readonly next: number;
  readonly expects: number;
}

/** Watches the client's interface, so that segments can be made that belong to a connection, or nearly so. */
export class Wiretap implements Disposable {
  private readonly socket: PacketSocket;
  private readonly ends: Ends;

  /** `peer`: the next hop's interface. */
  constructor({ client, router, at }: Stage, peer: string) {
    this.ends = { srcMac: macOf(client, 'c0'), dstMac: macOf(router, peer), src: at.client, dst: at.server };
    this.socket = client.inside(() => new PacketSocket('c0'));
  }

  /** The connection from this port after what was seen so far; undefined when nothing was. */
  standing(sport: number): Standing | undefined {
    let found: Standing | undefined;
    for (const frame of this.socket.frames()) found = standingOf(frame, this.ends, sport) ?? found;
    return found;
  }

  /** Sends a segment of that connection. */
  inject(
    standing: Standing,
    change: { readonly seq: number; readonly flags: number; readonly size: number },
  ): void {
    const segment = tcpOf(this.ends, {
      ...{
        sport: standing.sport,
        dport: PORT,
        seq: (standing.next + change.seq) >>> 0,
        ack: standing.expects,
      },
      ...{ flags: change.flags, payload: new Uint8Array(change.size) },
    });
    this.socket.send(frameOf(this.ends, packetOf(this.ends, segment)));
  }

  [Symbol.dispose](): void {
    this.socket[Symbol.dispose]();
  }
}

const ETHERNET = 14;

/** Where the client's own segment leaves its connection. */
function standingOf(frame: Uint8Array, { src }: Ends, sport: number): Standing | undefined {
  const six = src.includes(':');
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const transport = ETHERNET + (six ? 40 : 20);
  const at = ETHERNET + (six ? 8 : 12);
  if (frame.byteLength < transport + 20 || frame[ETHERNET]! >> 4 !== (six ? 6 : 4)) return undefined;
  const own = addressOf(src).every((byte, index) => frame[at + index] === byte);
  if (!own || view.getUint16(transport) !== sport) return undefined;
  const total = six ? 40 + view.getUint16(ETHERNET + 4) : view.getUint16(ETHERNET + 2);
  const payload = total - (six ? 40 : 20) - (frame[transport + 12]! >> 4) * 4;
  const opening = frame[transport + 13]! & 3 ? 1 : 0;
  const next = (view.getUint32(transport + 4) + payload + opening) >>> 0;
  return { sport, next, expects: view.getUint32(transport + 8) };
}
