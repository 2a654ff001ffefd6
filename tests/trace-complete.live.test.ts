import { expect, it } from 'vitest';
import { Btf } from '../src/btf/index.ts';
import { moduleBtf, modulesWithBtf, runningBtf } from '../src/kernel/index.ts';
import { Watching } from './topology/cli.ts';
import { type Entered, FunctionTracer, functionsIn } from './topology/function-tracer.ts';
import { PROBING } from './topology/probing.ts';
import { Topology, udpScript } from './topology/topology.ts';

const multi = PROBING === 'kprobe-multi';

/** Names of all functions with a packet among their first five arguments, by what their parameters are called in C. */
function functionsOf(btf: Btf): string[] {
  return [...btf.types()].flatMap((type, index) => {
    if (type.kind !== 'func') return [];
    const { params } = btf.func(btf.firstId + index)!;
    const takes = params
      .slice(0, 5)
      .some(({ typeId }) => /^(const )?struct sk_buff \*$/.test(btf.typeName(typeId)));
    return takes ? [type.name] : [];
  });
}

function everyPacketFunction(): ReadonlySet<string> {
  const modules = modulesWithBtf().map(name => moduleBtf(name));
  const all = [runningBtf(), ...modules].filter(btf => btf instanceof Btf);
  const traceable = new Set(functionsIn('available_filter_functions'));
  return new Set(all.flatMap(functionsOf).filter(name => traceable.has(name)));
}

/** Functions that the flat form has a line for, without those of their answers. */
function linesIn(flat: string): readonly string[] {
  const [head, ...lines] = flat.trimEnd().split('\n');
  const at = head!.indexOf('FUNCTION');
  return lines
    .map(line => line.slice(at))
    .filter(text => !/ = /.test(text))
    .map(text => /^[\w.]+/.exec(text)![0]);
}

/** From where the packet has all its headers, which is where it is followed from. */
function packetsWay(entered: readonly Entered[]): readonly Entered[] {
  const gate = entered.findIndex(({ function: name }) => /^(__)?ip_local_out$/.test(name));
  const { pid } = entered[gate]!;
  return entered.slice(gate).filter(one => one.pid === pid);
}

/** Sends a SYN and says nothing: a line on standard output would be a packet of its own, as is what close(2) frees. */
const SILENT = `import { connect } from 'node:net';
connect(8100, '10.9.0.2').on('error', () => undefined);`;

it.skipIf(!multi)('shows every function that takes the packet (needs kprobe_multi)', async () => {
  using topology = new Topology();
  const { client, server } = topology.pair();
  topology.exec(
    server,
    'nft',
    'add table ip t; add chain ip t in { type filter hook input priority 0; }; add rule ip t in tcp dport 8100 drop',
  );
  topology.node(client, udpScript(9, '10.9.0.2'));
  await using watching = await Watching.start(
    ['trace', '--set', 'all', '--flat', '--verbose', 'tcp dst port 8100'],
    /Ctrl-C ends\n[\s\S]*\n/,
  );
  const every = everyPacketFunction();
  const attached = new Set(functionsIn('enabled_functions'));
  using tracer = new FunctionTracer(every);
  topology.start(client, SILENT);
  await watching.until(() => watching.text().includes('NETFILTER_DROP'));
  const entered = tracer.entered();
  const { stdout, stderr } = await watching.stop();

  expect(every.size).toBeGreaterThan(1000);
  const told = new Set([...stderr.matchAll(/^ {2}not probed: (\S+?)( \[|:)/gm)].map(found => found[1]!));
  expect([...every].filter(name => !attached.has(name) && !told.has(name))).toEqual([]);

  const way = packetsWay(entered).map(({ function: name }) => name);
  const shown = new Set(linesIn(stdout));
  expect(way.length).toBeGreaterThan(40);
  expect(way).toEqual(expect.arrayContaining(['ip_rcv', 'nft_do_chain_ipv4', 'skb_release_data']));
  expect([...new Set(way)].filter(name => !shown.has(name))).toEqual([]);
});
