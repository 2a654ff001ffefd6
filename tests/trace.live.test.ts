import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { kernelAtLeast, parseKernelVersion } from '../src/base/index.ts';
import { CLI, type Finished, netwhy, Watching } from './topology/cli.ts';
import { Topology, tcpScript, udpScript } from './topology/topology.ts';

const kernel = parseKernelVersion(readFileSync('/proc/sys/kernel/osrelease', 'utf8'))!;
/** Of the block of a dropped SYN; connection tracking in both namespaces adds two on 6.1. */
const LINES = kernelAtLeast(kernel, 6, 12) ? 12 : 14;
/** On 6.1 (Debian's), 6.12 and 6.18 nftables itself frees what its rules drop. */
const DROPPER = 'nft_do_chain';
const schema = JSON.parse(readFileSync(join(process.cwd(), 'docs/schema/events.schema.json'), 'utf8'));
const validate = new Ajv({ allowUnionTypes: true }).compile(schema);

type Event = Record<string, unknown> & { type: string };

function eventsIn(ndjson: string): Event[] {
  const events = ndjson
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Event);
  for (const event of events)
    expect(validate(event), `${JSON.stringify(event)}: ${JSON.stringify(validate.errors)}`).toBe(true);
  return events;
}

const RULE =
  'add table inet t; add chain inet t in { type filter hook input priority 0; }; add rule inet t in tcp dport 8100 drop';

/** Client and server, whose rule drops SYNs to port 8100. */
function withRule(topology: Topology): { client: string; server: string } {
  const pair = topology.pair();
  topology.exec(pair.server, 'nft', RULE);
  topology.node(pair.client, udpScript(9, '10.9.0.2'));
  return pair;
}

/** Traces while something happens, until standard output has `enough`, then stops as Ctrl-C does. */
async function traced(args: readonly string[], cause: () => void, enough: RegExp): Promise<Finished> {
  await using watching = await Watching.start(['trace', ...args]);
  cause();
  await watching.until(() => enough.test(watching.text()));
  const finished = await watching.stop();
  expect(finished.code, finished.stderr).toBe(0);
  return finished;
}

const connect = (topology: Topology, client: string): string =>
  topology.node(client, tcpScript(8100, '10.9.0.2', 200));

describe('netwhy trace', () => {
  it.each(['stages', 'tracepoints'])(
    'shows a SYN that a rule drops in at most 12 lines (--set %s)',
    async set => {
      using topology = new Topology();
      const { client, server } = withRule(topology);
      const { stdout, stderr } = await traced(
        ['--set', set, 'tcp dst port 8100'],
        () => connect(topology, client),
        /dropped/,
      );
      const block = stdout.split('\n\n')[0]!.split('\n');
      expect(block.length).toBeLessThanOrEqual(LINES);
      expect(block[0]).toMatch(
        /^#1 {2}\d\d:\d\d:\d\d\.\d{6} {2}10\.9\.0\.1:\d+ > 10\.9\.0\.2:8100 tcp S seq /,
      );
      expect(stdout).toContain(`→ into netns ${server}, s0`);
      expect(block.at(-1)).toMatch(
        new RegExp(
          `^ +[\\d.]+ .s +✗ dropped NETFILTER_DROP at ${DROPPER}\\+0x[0-9a-f]+.*, s0, netns ${server}$`,
        ),
      );
      expect(stderr).toMatch(/netwhy: \d+ packets?, \d+ hops in .* dropped; no record lost/);
      expect(stderr).toMatch(/NETFILTER_DROP {2}A netfilter hook/);
    },
  );

  it('speaks NDJSON: hops, looks, the end of each trail, the account last', async () => {
    using topology = new Topology();
    const { client, server } = withRule(topology);
    const { stdout } = await traced(
      ['--json', 'tcp dst port 8100'],
      () => connect(topology, client),
      /"end-of-trail"/,
    );
    const events = eventsIn(stdout);
    const of = (type: string): Event[] => events.filter(event => event.type === type);
    expect(of('hop').map(hop => hop.function)).toEqual(
      expect.arrayContaining(['net_dev_queue', 'netif_receive_skb', 'kfree_skb']),
    );
    expect(new Set(of('hop').map(({ trail }) => trail))).toEqual(new Set([of('end-of-trail')[0]!.trail]));
    expect(of('look')[0]).toMatchObject({ changed: ['first'], packet: { dport: 8100, tcpFlags: 'S' } });
    expect(of('look').find(({ changed }) => (changed as string[]).includes('namespace'))).toMatchObject({
      ifname: 's0',
      netnsName: server,
    });
    expect(of('end-of-trail')[0]).toMatchObject({
      outcome: 'dropped',
      end: { reason: 'NETFILTER_DROP', function: DROPPER, ifname: 's0', netnsName: server },
    });
    expect(events.at(-1)).toMatchObject({ type: 'end', why: 'stopped', lost: 0, evicted: 0, notFollowed: 0 });
  });

  it('shows a line per hop, with callers and stacks', async () => {
    using topology = new Topology();
    const { client, server } = withRule(topology);
    const { stdout } = await traced(
      ['--flat', '--stack', 'tcp dst port 8100'],
      () => connect(topology, client),
      /NETFILTER_DROP/,
    );
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(
      /^ +TIME PACKET SKB +CPU PROCESS +NETNS +MARK +IFACE +PROTO +MTU +LEN +TUPLE +FUNCTION$/,
    );
    const received = lines.findIndex(line => line.endsWith(' netif_receive_skb'));
    expect(lines[received]).toMatch(
      new RegExp(
        `#1 +0x[0-9a-f]{16} +\\d+ +\\S+:\\d+ +${server} +0 +s0 +0x0800 1500 +60 +10\\.9\\.0\\.1:\\d+->10\\.9\\.0\\.2:8100\\(tcp:S\\) `,
      ),
    );
    expect(lines[received + 1]).toMatch(/^ {4}\S+\+0x[0-9a-f]+/);
    expect(stdout).toMatch(new RegExp(`kfree_skb\\(NETFILTER_DROP\\) in ${DROPPER}\\+0x`));
  });

  it('shows only what was asked for, counts the rest, and stops at the limit', async () => {
    using topology = new Topology();
    const { client } = withRule(topology);
    await using watching = await Watching.start([
      'trace',
      '--only',
      'dropped',
      '--limit',
      '1',
      'host 10.9.0.2',
    ]);
    topology.exec(client, 'ping', '-c', '1', '-W', '5', '10.9.0.2');
    connect(topology, client);
    const { code, stdout, stderr } = await watching.finished();
    expect(code).toBe(0);
    expect(stdout.match(/^#/gm)).toHaveLength(1);
    expect(stdout).toContain('NETFILTER_DROP');
    expect(stderr).toMatch(/ delivered/);
  });

  it.each(['--flat', '--json'])('tells nothing of packets beyond the limit (%s)', async form => {
    using topology = new Topology();
    const { client } = topology.pair();
    topology.exec(client, 'ping', '-c', '1', '-W', '5', '10.9.0.2');
    await using watching = await Watching.start(['trace', form, '--limit', '2', 'icmp and dst 10.9.0.2']);
    topology.exec(client, 'ping', '-c', '20', '-i', '0.01', '-W', '5', '10.9.0.2');
    const { code, stdout, stderr } = await watching.finished();
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const trails = [...stdout.matchAll(/^ +[\d.]+ +[^ ]*s? *#(\d+) |"trail":(\d+)/gm)].map(
      found => found[1] ?? found[2],
    );
    expect(new Set(trails)).toEqual(new Set(['1', '2']));
    expect(stdout.match(/netif_receive_skb/g)!.length).toBeGreaterThanOrEqual(2);
    if (form === '--json') expect(eventsIn(stdout).at(-1)).toMatchObject({ type: 'end', why: 'limit' });
  });

  it('ends after a duration, also in JSON', () => {
    const { code, stdout } = netwhy('trace', '--json', '--duration', '300ms', 'tcp port 1');
    expect(code).toBe(0);
    expect(eventsIn(stdout)).toMatchObject([{ type: 'end', why: 'duration', trails: 0, hops: 0 }]);
  });

  it('says where the time goes', async () => {
    using topology = new Topology();
    const { client } = topology.pair();
    topology.exec(client, 'ping', '-c', '1', '-W', '5', '10.9.0.2');
    const { stdout } = await traced(
      ['--latency', 'icmp[icmptype] = icmp-echo'],
      () => topology.exec(client, 'ping', '-c', '5', '-i', '0.05', '-W', '5', '10.9.0.2'),
      /(delivered[\s\S]*){5}/,
    );
    expect(stdout).toMatch(/^STAGE → NEXT STAGE +COUNT +P50 +P90 +P99 +MAX$/m);
    expect(stdout).toMatch(/^transmit → receive +5( +[\d.]+ (ns|µs|ms)){4}$/m);
    expect(stdout).toMatch(/^first hop → last hop +5 /m);
  });

  it('ends quietly when the reader closes the pipe', async () => {
    using topology = new Topology();
    const { client } = topology.pair();
    const line = `set -o pipefail; '${process.execPath}' '${CLI}' trace --flat udp port 4290 | head -n 2`;
    const ended = new Promise<{ code: unknown; stderr: string }>(resolve => {
      execFile('bash', ['-c', line], (error, _out, stderr) => resolve({ code: error?.code ?? 0, stderr }));
    });
    const sending = { on: true };
    const send = async (): Promise<void> => {
      for (; sending.on; await new Promise(resolve => setTimeout(resolve, 200)))
        topology.node(client, udpScript(4290, '10.9.0.2'));
    };
    const sender = send();
    const { code, stderr } = await ended;
    sending.on = false;
    await sender;
    expect(stderr).not.toMatch(/EPIPE|rror/);
    expect(code).toBe(0);
  });

  it('can be stopped while probes are being set one by one', async ({ skip }) => {
    await using watching = await Watching.start(['trace', '--set', 'all'], /probes set|Ctrl-C ends/);
    const { code, stdout, stderr } = await watching.stop();
    if (/Ctrl-C ends/.test(stderr)) skip('this kernel sets all probes at once, or has none');
    expect(stderr).toMatch(/\d+ of \d+ probes set, \d+ a second, \d+ s left/);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('nothing was followed');
  });

  it('refuses what it cannot understand', () => {
    for (const args of [
      ['tcp and dst prot 80'],
      ['--inner', 'vni 7'],
      ['--set', 'some'],
      ['--time', 'local'],
      ['--only', 'eaten'],
      ['--functions', '('],
      ['--flat', '--json'],
      ['--stack'],
      ['--limit', '0'],
      ['--netns', 'nw-no-such'],
      ['--mark', 'red'],
    ])
      expect(netwhy('trace', ...args), args.join(' ')).toMatchObject({ code: 2, stdout: '' });
  });
});
