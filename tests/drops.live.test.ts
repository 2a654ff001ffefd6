import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { CLI, netwhy, Watching } from './topology/cli.ts';
import { deafUdpScript, Topology, tcpScript, udpScript } from './topology/topology.ts';

const schema = JSON.parse(readFileSync(join(process.cwd(), 'docs/schema/events.schema.json'), 'utf8'));
const validate = new Ajv({ allowUnionTypes: true }).compile(schema);

type Drop = Record<string, unknown> & { packet: Record<string, unknown> | null };

function dropsOf(watching: Watching): Drop[] {
  return watching.objects().filter(({ type }) => type === 'drop') as Drop[];
}

function objectsIn(ndjson: string): Record<string, unknown>[] {
  const objects = ndjson
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  for (const object of objects) expect(validate(object), JSON.stringify(validate.errors)).toBe(true);
  return objects;
}

interface Seen {
  readonly drop: Drop;
  readonly all: Drop[];
  readonly end: Record<string, unknown>;
}

/** Starts netwhy, does something, waits until a drop fits, stops; answers that drop and all others. */
async function seen(
  args: readonly string[],
  cause: () => void,
  fits: (drop: Drop) => boolean,
): Promise<Seen> {
  await using watching = await Watching.start(['drops', '--json', ...args]);
  cause();
  await watching.until(() => dropsOf(watching).some(fits));
  const { code, stdout } = await watching.stop();
  expect(code).toBe(0);
  const all = dropsOf(watching);
  return { drop: all.find(fits)!, all, end: objectsIn(stdout).at(-1)! };
}

const to =
  (dport: number) =>
  (drop: Drop): boolean =>
    drop.packet?.dport === dport;

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

describe('netwhy drops', () => {
  it('names reason, function, interface, namespace and packet of a datagram to a closed port', async () => {
    using topology = new Topology();
    const { client, server } = topology.pair();
    const { drop, end } = await seen([], () => topology.node(client, udpScript(4242, '10.9.0.2')), to(4242));
    expect(drop).toMatchObject({
      reason: 'NO_SOCKET',
      subsystem: 'core',
      function: '__udp4_lib_rcv',
      module: null,
      ifname: 's0',
      netnsName: server,
      netns: statSync(`/run/netns/${server}`).ino,
      length: 20 + 8 + 'netwhy'.length,
      benign: false,
      packet: { family: 'ipv4', protocol: 'udp', src: '10.9.0.1', dst: '10.9.0.2', dport: 4242 },
    });
    const offset = (drop.offset as number).toString(16);
    expect((drop.stack as string[])[0]).toBe(`${drop.function}+0x${offset}`);
    expect((drop.stack as string[]).length).toBeGreaterThan(5);
    expect(end).toMatchObject({ type: 'end', lost: 0, why: 'stopped' });
  });

  it('does the same for TCP over IPv6, with flags', async () => {
    using topology = new Topology();
    const { client } = topology.pair();
    const refused = (): void =>
      expect(topology.node(client, tcpScript(4243, 'fd09::2'))).toBe('ECONNREFUSED\n');
    const { drop } = await seen(['tcp and dst port 4243'], refused, to(4243));
    expect(drop).toMatchObject({
      reason: 'NO_SOCKET',
      function: 'tcp_v6_rcv',
      packet: { family: 'ipv6', protocol: 'tcp', src: 'fd09::1', dst: 'fd09::2', tcpFlags: 'S' },
    });
  });

  it('says where an nft rule dropped', async () => {
    using topology = new Topology();
    const { client, server } = topology.pair();
    const rules =
      'add chain inet t in { type filter hook input priority 0; }; add rule inet t in udp dport 4244 drop';
    topology.exec(server, 'nft', `add table inet t; ${rules}`);
    const send = (): string => topology.node(client, udpScript(4244, '10.9.0.2'));
    const { drop } = await seen(['udp port 4244'], send, to(4244));
    const place = { ifname: 's0', netnsName: server, function: 'nft_do_chain' };
    expect(drop).toMatchObject({ reason: 'NETFILTER_DROP', ...place });
  });

  it('shows the VLAN tag that is kept beside the packet', async ({ skip }) => {
    using topology = new Topology();
    const { client } = topology.pair();
    if (!topology.can(client, 'ip', 'link', 'add', 'link', 'c0', 'name', 'c0.7', 'type', 'vlan', 'id', '7'))
      skip('this kernel has no VLAN devices (CONFIG_VLAN_8021Q)');
    topology.exec(client, 'ip', 'addr', 'add', '10.7.0.1/24', 'dev', 'c0.7');
    topology.exec(client, 'ip', 'link', 'set', 'c0.7', 'up');
    topology.exec(client, 'ip', 'neigh', 'add', '10.7.0.2', 'lladdr', '02:00:00:00:00:07', 'dev', 'c0.7');
    topology.exec(client, 'tc', 'qdisc', 'add', 'dev', 'c0', 'root', 'netem', 'loss', '100%');
    const send = (): string => topology.node(client, udpScript(4245, '10.7.0.2'));
    const { drop } = await seen(['--netns', client, 'vlan 7 and udp port 4245'], send, to(4245));
    expect(drop.packet).toMatchObject({ vlan: [7], src: '10.7.0.1' });
  });

  it('lets filter, interface, reason, function and mark choose', async () => {
    using topology = new Topology();
    const { client, server } = topology.pair();
    const mark = 'add rule ip t out udp dport 4252 meta mark set 0x17';
    topology.exec(
      server,
      'nft',
      `add table ip t; add chain ip t out { type route hook output priority 0; }; ${mark}`,
    );
    const cause = (): void => {
      topology.node(client, udpScript(4250, '10.9.0.2'));
      for (const port of [4250, 4252, 4251]) topology.node(server, udpScript(port, '127.0.0.1'));
      topology.node(client, udpScript(4251, '10.9.0.2'));
      topology.node(server, udpScript(4252, '127.0.0.1'));
    };
    const choose = async (args: readonly string[], last: (drop: Drop) => boolean): Promise<string[]> => {
      const { all } = await seen(['--netns', server, ...args], cause, last);
      return [...new Set(all.map(drop => `${drop.ifname} ${drop.packet!.dport}`))].sort();
    };
    const onLo = (port: number) => (drop: Drop) => to(port)(drop) && drop.ifname === 'lo';
    expect(await choose(['src host 10.9.0.1'], to(4251))).toEqual(['s0 4250', 's0 4251']);
    expect(await choose(['--ifname', 'lo', 'udp port 4251'], onLo(4251))).toEqual(['lo 4251']);
    expect(await choose(['--ifname', 's*', '--reason', 'no_socket'], to(4251))).toEqual([
      's0 4250',
      's0 4251',
    ]);
    expect(await choose(['--function', '__udp4_lib_rcv', 'port 4250'], onLo(4250))).toEqual([
      'lo 4250',
      's0 4250',
    ]);
    expect(await choose(['--mark', '0x17'], onLo(4252))).toEqual(['lo 4252']);
  });

  it('stops after --limit drops, and after --duration', async () => {
    using topology = new Topology();
    const { client, server } = topology.pair();
    await using limited = await Watching.start(['drops', '--json', '--limit', '3', '--netns', server, 'udp']);
    topology.node(client, udpScript(4260, '10.9.0.2', 5));
    const { code, stdout } = await limited.finished();
    expect(code).toBe(0);
    const objects = objectsIn(stdout);
    expect(objects.map(({ type }) => type)).toEqual(['drop', 'drop', 'drop', 'end']);
    expect(objects[3]).toMatchObject({ events: 3, why: 'limit' });
    const timed = netwhy('drops', '--json', '--duration', '300ms', 'port 1 and host 192.0.2.7');
    expect(objectsIn(timed.stdout)).toMatchObject([{ type: 'end', events: 0, why: 'duration' }]);
  });

  it('hides benign drops and counts them, and shows them with --all', async () => {
    using topology = new Topology();
    const { client, server } = topology.pair();
    const closeWithDataQueued = async (): Promise<void> => {
      const deaf = await topology.serve(server, deafUdpScript(4270, '10.9.0.2'));
      topology.node(client, udpScript(4270, '10.9.0.2', 4));
      deaf.stdin!.end();
      await new Promise(resolve => deaf.once('close', resolve));
    };
    await using shown = await Watching.start(['drops', '--json', '--all', 'udp port 4270']);
    await using hidden = await Watching.start(['drops', '--json', 'udp port 4270']);
    await closeWithDataQueued();
    await shown.until(() => dropsOf(shown).length === 4);
    expect(dropsOf(shown).every(drop => drop.benign)).toBe(true);
    const { stdout } = await hidden.stop();
    expect(objectsIn(stdout)).toMatchObject([{ type: 'end', events: 0, hiddenBenign: 4 }]);
  });

  it('counts by reason, function, interface and namespace, and by stack', async () => {
    using topology = new Topology();
    const { client, server } = topology.pair();
    for (const mode of ['--top', '--by-stack']) {
      await using watching = await Watching.start(['drops', mode, '--netns', server, 'udp']);
      topology.node(client, udpScript(4280, '10.9.0.2', 7));
      const { code, stdout } = await watching.stop();
      expect(code).toBe(0);
      expect(stdout).toMatch(/^ *7 .*NO_SOCKET/m);
      expect(stdout).toContain('__udp4_lib_rcv+0x');
    }
    await using watching = await Watching.start(['drops', '--top', '--json', '--netns', server, 'udp']);
    topology.node(client, udpScript(4281, '10.9.0.2', 7));
    const { stdout } = await watching.stop();
    const [first] = objectsIn(stdout);
    expect(first).toMatchObject({ type: 'drop-count', reason: 'NO_SOCKET', ifname: 's0', count: 7 });
  });

  it('ends quietly when the reader closes the pipe', async () => {
    using topology = new Topology();
    const { client } = topology.pair();
    const line = `set -o pipefail; '${process.execPath}' '${CLI}' drops --json udp port 4290 | head -n 1`;
    const ended = new Promise<{ code: unknown; stderr: string }>(resolve => {
      execFile('bash', ['-c', line], (error, _out, stderr) => resolve({ code: error?.code ?? 0, stderr }));
    });
    const sending = { on: true };
    const send = async (): Promise<void> => {
      for (; sending.on; await pause(200)) topology.node(client, udpScript(4290, '10.9.0.2'));
    };
    const sender = send();
    const { code, stderr } = await ended;
    sending.on = false;
    await sender;
    expect(stderr).not.toMatch(/EPIPE|rror/);
    expect(code).toBe(0);
  });

  it('refuses what it cannot understand, and says where', () => {
    const filter = netwhy('drops', 'tcp and dst prot 80');
    expect(filter).toMatchObject({ code: 2, stdout: '' });
    expect(filter.stderr).toMatch(/tcp and dst prot 80\n +\^/);
    expect(netwhy('drops', '--reason', 'NO_SOCKT').stderr).toContain('no drop reason NO_SOCKT');
    for (const args of [
      ['--netns', 'nw-no-such'],
      ['--function', 'no_such_function'],
      ['--mark', 'red'],
    ])
      expect(netwhy('drops', ...args), args.join(' ')).toMatchObject({ code: 2, stdout: '' });
  });
});
