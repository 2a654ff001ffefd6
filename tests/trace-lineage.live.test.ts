import { describe, expect, it } from 'vitest';
import type { LineageKind, SkbEnd } from '../src/events/index.ts';
import { plainStyle, traceBlock } from '../src/render/index.ts';
import type { Journey } from '../src/trail/index.ts';
import { PROBING } from './topology/probing.ts';
import { Topology } from './topology/topology.ts';
import { datagramScript, echoScript, traced } from './topology/traced.ts';

const mode = PROBING;
const functions = mode !== 'none';
const NO_FUNCTIONS = 'this kernel has no kprobes';

const sumOf = (journeys: readonly Journey[], kind: LineageKind): number =>
  journeys.flatMap(({ lineage }) => lineage).filter(event => event.kind === kind).length;
const whysOf = (journey: Journey): string[] => journey.end.ends.map(({ why }: SkbEnd) => why ?? '');
const notesOf = (journey: Journey): string[] => journey.notes.map(({ text }) => text);
const blockOf = (journey: Journey): string =>
  traceBlock(journey, { style: plainStyle, columns: 200, time: 'relative' });

/** Connection tracking puts fragments together before it looks at them. */
const TRACKED =
  'add table inet t; add chain inet t c { type filter hook input priority 0; }; add rule inet t c ct state new counter';
/** Receives and forgets. */
const SINK = `import { createServer } from 'node:net'; import { writeSync } from 'node:fs';
createServer(socket => socket.resume()).listen(8080, '10.9.0.2', () => writeSync(1, 'bound\\n'));`;
/** Sends 20,000 bytes and ends when the other side has them. */
const SEND = `import { connect } from 'node:net';
const socket = connect(8080, '10.9.0.2', () => socket.end(Buffer.alloc(20000, 'x')));
socket.on('close', () => process.exit(0)).resume();`;
/** Sends three datagrams of one size from one socket. */
const THREE = `import { createSocket } from 'node:dgram';
const socket = createSocket('udp4');
for (let i = 0; i < 3; i++) await new Promise(done => socket.send(Buffer.alloc(1000, 'n'), 7777, '10.9.0.2', done));
socket.close();`;

/** The sender's stack cuts TCP streams, and the receiver's puts them together again. */
function withGro(): { topology: Topology; client: string; server: string } {
  const topology = new Topology();
  const pair = topology.pair();
  topology.exec(pair.client, 'ethtool', '-K', 'c0', 'tso', 'off');
  topology.exec(pair.server, 'ethtool', '-K', 's0', 'gro', 'on');
  return { topology, ...pair };
}

/** What is sent meanwhile waits in the device's queue and leaves in one go: GRO holds packets for one poll only. */
function atOnce(topology: Topology, netns: string, send: () => void): void {
  topology.exec(netns, 'ping', '-c', '1', '10.9.0.2');
  topology.exec(netns, 'tc', 'qdisc', 'replace', 'dev', 'c0', 'root', 'plug');
  send();
  topology.exec(netns, 'tc', 'qdisc', 'change', 'dev', 'c0', 'root', 'plug', 'release_indefinite');
}

describe.skipIf(!functions)(
  `what packets are cut into and put together from (${mode}; ${NO_FUNCTIONS})`,
  () => {
    it('keeps the fragments of a datagram, and the datagram that they are put together to, in one trail', async () => {
      using topology = new Topology();
      const { client, server } = topology.pair();
      await topology.serve(server, echoScript(7777, '10.9.0.2'));
      const { journeys } = await traced(
        'udp dst port 7777',
        () => void topology.node(client, datagramScript(7777, '10.9.0.2', 4000)),
        all => all.length > 0,
      );
      expect(journeys).toHaveLength(1);
      const journey = journeys[0]!;
      // Two where the sender had cut the datagram beforehand, three where ip_do_fragment copies.
      expect(sumOf(journeys, 'fragment')).toBeGreaterThanOrEqual(2);
      expect(new Set(journey.looks.map(({ packet }) => packet?.fragment?.offset ?? -1))).toEqual(
        new Set([-1, 0, 1480, 2960]),
      );
      expect(journey.looks.flatMap(({ translations }) => translations)).toEqual([]);
      const joined = journey.lineage.filter(({ kind }) => kind === 'reassemble');
      expect(joined.map(({ trail, parent }) => [trail, parent])).toEqual(
        Array(3).fill([journey.trail, journey.trail]),
      );
      expect(notesOf(journey)).toEqual(['reassembled from 3 fragments']);
      expect(whysOf(journey).filter(why => why === 'reassembled with the other fragments')).toHaveLength(3);
      const whole = journey.end.end;
      expect(whole).toMatchObject({ outcome: 'delivered', skb: joined[0]!.parentSkb, netnsName: server });
      expect(journey.looks.findLast(({ skb }) => skb === whole.skb)).toMatchObject({ length: 4028 });
      expect(blockOf(journey)).toMatch(/#\d+\.\d whole packet, length 4028,[^#]*✓ delivered/);
    });

    it.each([
      ['the IP layer', ''],
      ['connection tracking', TRACKED],
    ])(
      'says into which packet fragments went that arrived as packets of their own (put together by %s)',
      async (_, rule) => {
        using topology = new Topology();
        const { client, server } = topology.pair();
        if (rule !== '') topology.exec(server, 'nft', rule);
        await topology.serve(server, echoScript(7777, 'fd09::2'));
        await topology.serve(server, echoScript(7777, '10.9.0.2'));
        for (const host of ['10.9.0.2', 'fd09::2']) {
          const { journeys } = await traced(
            `dst host ${host}`,
            () => void topology.node(client, datagramScript(7777, host, 4000)),
            all => all.filter(({ looks }) => looks[0]?.packet?.fragment).length >= 3,
            { netns: [server] },
          );
          const fragments = journeys.filter(({ looks }) => looks[0]?.packet?.fragment);
          const [whole, ...parts] = fragments.toSorted((a, b) => a.trail - b.trail);
          expect(whole!.looks[0]!.packet!.fragment!.offset).toBe(0);
          expect(whole!.end).toMatchObject({ outcome: 'delivered' });
          expect(notesOf(whole!)).toEqual([
            `reassembled from 3 fragments: this one and ${parts.map(({ trail }) => `#${trail}`).join(', ')}`,
          ]);
          for (const part of parts) {
            expect(part.end.end).toMatchObject({
              outcome: 'consumed',
              why: `reassembled into #${whole!.trail}`,
            });
            expect(part.lineage.find(({ kind }) => kind === 'reassemble')).toMatchObject({
              parent: whole!.trail,
            });
          }
        }
      },
    );

    it('says that a fragment still waits for the others', async () => {
      using topology = new Topology();
      const { client, server } = topology.pair();
      topology.exec(
        server,
        'nft',
        'add table netdev t; add chain netdev t in { type filter hook ingress device s0 priority 0; }; add rule netdev t in ip frag-off & 0x1fff == 185 drop',
      );
      const { journeys } = await traced(
        'udp dst port 7777',
        () => void topology.node(client, datagramScript(7777, '10.9.0.2', 4000)),
        () => false,
        { durationMs: 6000 },
      );
      expect(journeys).toHaveLength(1);
      expect(
        whysOf(journeys[0]!).filter(why => why === 'waiting for the other fragments of its packet'),
      ).toHaveLength(2);
      expect(sumOf(journeys, 'reassemble')).toBe(0);
    });

    it('follows the segments of a GSO packet', async () => {
      using topology = new Topology();
      const { client, server } = topology.pair();
      topology.exec(client, 'ethtool', '-K', 'c0', 'tso', 'off', 'gso', 'off');
      await topology.serve(server, SINK);
      const isSegmented = ({ lineage }: Journey): boolean => lineage.some(({ kind }) => kind === 'segment');
      const { journeys } = await traced(
        'tcp dst port 8080',
        () => void topology.node(client, SEND),
        all => all.some(isSegmented),
      );
      const journey = journeys.find(isSegmented)!;
      expect(sumOf([journey], 'segment')).toBe(Math.ceil((journey.looks[0]!.length - 52) / 1448));
      expect(journey.end.outcome).toBe('delivered');
      expect(journey.looks.some(({ netnsName, length }) => netnsName === server && length === 1500)).toBe(
        true,
      );
    });

    it('says which of its segments GRO merged again', async () => {
      const { topology, client, server } = withGro();
      using _ = topology;
      await topology.serve(server, SINK);
      const { journeys } = await traced(
        'tcp dst port 8080 and len > 1500',
        () => void topology.node(client, SEND),
        all => sumOf(all, 'merge') > 0,
      );
      const journey = journeys.find(({ lineage }) => lineage.some(({ kind }) => kind === 'merge'))!;
      const merges = journey.lineage.filter(({ kind }) => kind === 'merge');
      expect(journey.lineage.filter(({ kind }) => kind === 'segment')).toHaveLength(merges.length + 1);
      expect(notesOf(journey).join()).toMatch(
        /^GRO merged (another packet|\d+ other packets) into this one$/,
      );
      expect(whysOf(journey).filter(why => why === 'merged into the one before it by GRO')).toHaveLength(
        merges.length,
      );
      expect(journey.end).toMatchObject({ outcome: 'delivered', end: { skb: merges[0]!.parentSkb } });
      const held = journey.looks.findLast(({ skb }) => skb === merges[0]!.parentSkb)!;
      expect(held).toMatchObject({ netnsName: server, length: journey.looks[0]!.length });
      expect(journey.end.ends.filter(({ outcome }) => outcome === 'lost')).toEqual([]);
    });

    it('says into which packet GRO merged segments that arrived as packets of their own', async () => {
      const { topology, client, server } = withGro();
      using _ = topology;
      await topology.serve(server, SINK);
      const isMerged = ({ end }: Journey): boolean => end.end.why?.startsWith('merged into #') === true;
      const { journeys } = await traced(
        'tcp dst port 8080 and len > 200',
        () => void topology.node(client, SEND),
        all => all.some(isMerged) && all.some(journey => notesOf(journey).some(note => note.includes('#'))),
        { netns: [server] },
      );
      const merged = journeys.find(isMerged)!;
      const into = merged.lineage.find(({ kind }) => kind === 'merge')!;
      expect(merged.end.end).toMatchObject({
        outcome: 'consumed',
        why: `merged into #${into.parent} by GRO`,
      });
      const held = journeys.find(({ trail }) => trail === into.parent)!;
      expect(held.end.outcome).toBe('delivered');
      expect(notesOf(held).join()).toContain(`#${merged.trail}`);
      expect(journeys.filter(({ end }) => end.outcome === 'lost')).toEqual([]);
    });

    it('goes on following what a packet was merged into, also when that did not match', async () => {
      const { topology, client, server } = withGro();
      using _ = topology;
      await topology.serve(server, SINK);
      const adopted = ({ end }: Journey): boolean =>
        end.ends.some(({ why }) => why === 'merged into a packet before it that goes on for it by GRO');
      const { journeys } = await traced(
        'tcp dst port 8080 and tcp[tcpflags] & tcp-push != 0',
        () => void topology.node(client, SEND),
        all => all.some(adopted),
        { netns: [server] },
      );
      const journey = journeys.find(adopted)!;
      const { parent, parentSkb } = journey.lineage.find(({ kind }) => kind === 'merge')!;
      expect(parent).toBe(journey.trail);
      expect(journey.end).toMatchObject({ outcome: 'delivered', end: { skb: parentSkb } });
    });

    it.skipIf(mode !== 'kprobe-multi')(
      'follows datagrams that GRO puts in a list and UDP takes apart again',
      async () => {
        const { topology, client, server } = withGro();
        using _ = topology;
        topology.exec(server, 'ethtool', '-K', 's0', 'rx-gro-list', 'on');
        await topology.serve(server, echoScript(7777, '10.9.0.2'));
        const { journeys } = await traced(
          'udp dst port 7777',
          () => atOnce(topology, client, () => void topology.node(client, THREE)),
          all => all.length >= 3,
        );
        const [first, ...others] = journeys.toSorted((a, b) => a.trail - b.trail);
        for (const other of others) expect(other.end.end.why).toBe(`merged into #${first!.trail} by GRO`);
        expect(notesOf(first!)).toEqual([
          `GRO merged 2 other packets into this one: ${others.map(({ trail }) => `#${trail}`).join(', ')}`,
        ]);
        expect(first!.end.ends.filter(({ outcome }) => outcome === 'delivered')).toHaveLength(3);
      },
    );
  },
);

describe('GRO, from tracepoints alone', () => {
  it('ends what was merged, so that its memory is never taken for the same packet', async () => {
    const { topology, client, server } = withGro();
    using _ = topology;
    await topology.serve(server, SINK);
    const { journeys } = await traced(
      'tcp dst port 8080 and len > 200',
      () => void topology.node(client, SEND),
      all => sumOf(all, 'merge') > 0,
      { netns: [server], set: 'tracepoints' },
    );
    const merged = journeys.filter(({ lineage }) => lineage.some(({ kind }) => kind === 'merge'));
    expect(merged.length).toBeGreaterThan(0);
    for (const { end, lineage, steps } of merged) {
      expect(end.end).toMatchObject({ outcome: 'consumed', why: 'merged into another packet by GRO' });
      expect(lineage).toMatchObject([{ kind: 'merge', parent: null, function: 'napi_gro_receive_exit' }]);
      expect(steps.map(({ hop }) => hop.function)).toEqual(['napi_gro_receive_entry']);
    }
    for (const { looks } of journeys) expect(looks.flatMap(({ translations }) => translations)).toEqual([]);
  });
});
