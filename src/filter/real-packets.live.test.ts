import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { isUnavailable } from '../base/index.ts';
import type { Btf } from '../btf/index.ts';
import { runningBtf } from '../kernel/index.ts';
import { compileWithLibpcap, libpcap } from '../kernel/libpcap/index.ts';
import { openHandles } from '../sys/index.ts';
import { CBPF, encodeCbpf, type PacketFilter, textOf } from './index.ts';
import { VERDICT } from './testdata/fake-skb.ts';
import { randomExpression } from './testdata/generate-expression.ts';
import { type Frame, mac, randomFrame } from './testdata/generate-packet.ts';
import { interpret, TooManyRounds } from './testdata/interpret.ts';
import { Random } from './testdata/random.ts';
import { Tap } from './testdata/tap.ts';
import { DeviceWatch, type Sighting } from './testdata/watch-device.ts';

const SEED = Number(process.env.NETWHY_FILTER_SEED ?? Date.now() % 2 ** 31);
const FILTERS = 24;
const PACKETS = 300;
/** Shorter ones may end inside their tag. */
const SHORTEST = 24;
/** Nobody's address: the IP layers drop such frames before they change anything. */
const ELSEWHERE = mac('02:00:00:00:00:01');
const SENDER = mac('02:00:00:00:00:02');

const pcap = libpcap()!;
let btf: Btf;

beforeAll(() => {
  const found = runningBtf();
  if (isUnavailable(found)) throw new Error(found.why);
  btf = found;
});
afterEach(() => expect(openHandles()).toEqual([]));

function filtersOf(random: Random): PacketFilter[] {
  const filters: PacketFilter[] = [];
  while (filters.length < FILTERS) {
    try {
      filters.push(compileWithLibpcap(randomExpression(random), pcap));
    } catch {
      // Not every generated text is accepted.
    }
  }
  return filters;
}

function matches(filter: PacketFilter, link: 'ethernet' | 'rawIp', bytes: Uint8Array): boolean | undefined {
  try {
    interpret(filter[link], bytes);
    return pcap.run(encodeCbpf(filter[link]), bytes, bytes.length) !== 0;
  } catch (error) {
    if (error instanceof TooManyRounds) return undefined;
    throw error;
  }
}

function check(
  what: string,
  filter: PacketFilter,
  seen: Sighting,
  should: boolean | undefined,
  bytes: Uint8Array,
): void {
  if (seen.count === 0 || should === undefined || (seen.verdict === VERDICT.match) === should) return;
  const code = filter.ethernet.map(textOf).join('\n');
  const hex = Buffer.from(bytes).toString('hex');
  expect.fail(`seed ${SEED}, ${what}: ${should} but ${seen.verdict} for ${filter.text}\n${hex}\n${code}`);
}

/** A bridge port forwards once its device is known to be up. */
async function untilForwarding(tap: Tap, watch: DeviceWatch): Promise<void> {
  await vi.waitFor(
    () => {
      tap.receive(udpFrame(1, 10));
      expect(watch.of(0, 'send').count).toBeGreaterThan(0);
    },
    { timeout: 20_000, interval: 50 },
  );
}

function isTagged(bytes: Uint8Array): boolean {
  const type = (bytes[12]! << 8) | bytes[13]!;
  return type === 0x8100 || type === 0x88a8;
}

/** Without the outermost tag. */
function untagged(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([...bytes.subarray(0, 12), ...bytes.subarray(16)]);
}

describe(`filters on packets that the kernel receives (seed ${SEED})`, () => {
  it('agree with libpcap on Ethernet frames, received and dropped', () => {
    const random = new Random(SEED);
    const filters = filtersOf(random);
    using tap = new Tap('tap');
    using watch = new DeviceWatch(btf, filters, { receive: tap.ifindex, drop: tap.ifindex });
    const tally = { received: 0, dropped: 0, matched: 0 };
    for (let count = 0; count < PACKETS; count++) {
      const { bytes } = elsewhere(randomFrame(random));
      if (bytes.length < SHORTEST) continue;
      watch.clear();
      tap.receive(bytes);
      filters.forEach((filter, index) => {
        const received = watch.of(index, 'receive');
        const should = matches(filter, 'ethernet', bytes);
        check('received', filter, received, should, bytes);
        const dropped = watch.of(index, 'drop');
        // Nobody wants the tag: the kernel takes it out and forgets it before it drops the packet.
        const left = isTagged(bytes) ? untagged(bytes) : bytes;
        check('dropped', filter, dropped, matches(filter, 'ethernet', left), left);
        tally.received += received.count;
        tally.dropped += dropped.count;
        if (should) tally.matched++;
      });
    }
    const runs = PACKETS * FILTERS;
    expect(tally.received).toBeGreaterThan(runs * 0.9);
    expect(tally.dropped).toBeGreaterThan(runs / 2);
    expect(tally.matched).toBeGreaterThan(runs / 20);
  });

  it('agree with libpcap on bridged frames, whose tag is kept beside the packet', async () => {
    const random = new Random(SEED + 2);
    const filters = filtersOf(random);
    using tap = new Tap('tap');
    const out = tap.ifindex + 4;
    tap.bridgeTo('nwout', out);
    using watch = new DeviceWatch(btf, filters, { send: out });
    await untilForwarding(tap, watch);
    const tally = { sent: 0, beside: 0 };
    for (let count = 0; count < PACKETS; count++) {
      const { bytes } = elsewhere(randomFrame(random));
      if (bytes.length < SHORTEST) continue;
      bytes.set(SENDER, 6);
      watch.clear();
      tap.receive(bytes);
      filters.forEach((filter, index) => {
        const sent = watch.of(index, 'send');
        const shown = sent.tagBeside && filter.tags === 'hidden' ? untagged(bytes) : bytes;
        check('sent', filter, sent, matches(filter, 'ethernet', shown), shown);
        tally.sent += sent.count;
        if (sent.tagBeside) tally.beside++;
      });
    }
    const runs = PACKETS * FILTERS;
    expect(tally.sent).toBeGreaterThan(runs / 2);
    expect(tally.beside).toBeGreaterThan(runs / 20);
  });

  it('agree with libpcap on packets without link header', () => {
    const random = new Random(SEED + 1);
    const filters = filtersOf(random);
    using tun = new Tap('tun');
    using watch = new DeviceWatch(btf, filters, { receive: tun.ifindex });
    let received = 0;
    for (let count = 0; count < PACKETS; count++) {
      const frame = randomFrame(random);
      const bytes = frame.bytes.subarray(frame.linkBytes);
      const version = (bytes[0] ?? 0) >> 4;
      if (version !== 4 && version !== 6) continue;
      watch.clear();
      tun.receive(bytes);
      filters.forEach((filter, index) => {
        const seen = watch.of(index, 'receive');
        check('received', filter, seen, matches(filter, 'rawIp', bytes), bytes);
        received += seen.count;
      });
    }
    expect(received).toBeGreaterThan((PACKETS * FILTERS) / 4);
  });

  it('find local packets before their Ethernet header exists', () => {
    // Drops of the whole machine are watched: every expression names the address.
    const texts = ['udp dst port 47123', 'udp dst port 47124', 'ip[0] = 0x45', 'tcp', 'ether[12:2] = 0x800'];
    const filters = texts.map(text => compileWithLibpcap(`${text} and dst host 10.99.99.2`, pcap));
    using tap = new Tap('tap');
    tap.ip('address', 'add', '10.99.99.1/24', 'dev', 'nwtap');
    tap.run(
      'nft',
      'add table ip nw; add chain ip nw out { type filter hook output priority 0; policy drop; }',
    );
    using watch = new DeviceWatch(btf, filters, { drop: 0 });
    for (let count = 0; count < 3; count++)
      tap.run('bash', '-c', 'echo x 2>/dev/null >/dev/udp/10.99.99.2/47123 || true');
    expect(filters.map((_, index) => watch.of(index, 'drop').matches)).toEqual([3, 0, 3, 0, 0]);
  });

  it('know what the kernel keeps beside a packet', () => {
    using tap = new Tap('tap');
    const asks = (offset: number, value?: number): PacketFilter => {
      const load = { code: CBPF.ldWordAbs, jt: 0, jf: 0, k: 0xffff_f000 + offset };
      const compare = { code: value === undefined ? CBPF.jge : CBPF.jeq, jt: 0, jf: 1, k: value ?? 0 };
      const insns = [load, compare, ...[1, 0].map(k => ({ code: CBPF.retK, jt: 0, jf: 0, k }))];
      return { text: `ancillary ${offset}`, ethernet: insns, rawIp: insns, tags: 'hidden' };
    };
    const known = [asks(0, 0x800), asks(8, tap.ifindex), asks(20, 0), asks(28, 1), asks(48, 0), asks(4, 3)];
    const any = [24, 32, 36, 44, 56, 60].map(offset => asks(offset));
    const [inbound, outbound] = ['inbound', 'outbound'].map(text => compileWithLibpcap(text, pcap));
    const filters = [...known, ...any, inbound!, outbound!];
    using watch = new DeviceWatch(btf, filters, { receive: tap.ifindex, drop: tap.ifindex });
    tap.receive(udpFrame(5000, 20));
    for (const place of ['receive', 'drop'] as const) {
      const verdicts = filters.map((_, index) => watch.of(index, place).matches);
      expect(verdicts).toEqual(filters.map(filter => Number(filter !== outbound)));
    }
  });

  it('see that bytes in fragments are out of reach', () => {
    const texts = [
      'udp',
      'udp and ether[60] = 1',
      'udp and ether[120] = 7',
      'tcp and ether[120] = 7',
      'udp dst port 5000',
    ];
    const filters = texts.map(text => compileWithLibpcap(text, pcap));
    using tap = new Tap('fragments');
    using watch = new DeviceWatch(btf, filters, { receive: tap.ifindex });
    const head = udpFrame(5000, 60);
    head[60] = 1;
    tap.receive(head, new Uint8Array(200).fill(7));
    const verdicts = filters.map((_, index) => watch.of(index, 'receive'));
    expect(verdicts.map(({ count }) => count)).toEqual([1, 1, 1, 1, 1]);
    const { match, noMatch, unseen } = VERDICT;
    expect(verdicts.map(({ verdict }) => verdict)).toEqual([match, match, unseen, noMatch, match]);
  });
});

function elsewhere(frame: Frame): Frame {
  const bytes = Uint8Array.from(frame.bytes);
  bytes.set(ELSEWHERE);
  return { ...frame, bytes };
}

/** Ethernet, IPv4 and UDP headers with `payload` bytes of zero, and 200 more announced. */
function udpFrame(port: number, payload: number): Uint8Array {
  const bytes = new Uint8Array(42 + payload);
  const view = new DataView(bytes.buffer);
  bytes.set(ELSEWHERE);
  bytes.set(SENDER, 6);
  view.setUint16(12, 0x0800);
  view.setUint8(14, 0x45);
  view.setUint16(16, 28 + payload + 200);
  view.setUint8(22, 64);
  view.setUint8(23, 17);
  bytes.set([10, 0, 0, 1, 10, 0, 0, 2], 26);
  view.setUint16(34, 1000);
  view.setUint16(36, port);
  view.setUint16(38, 8 + payload + 200);
  return bytes;
}
