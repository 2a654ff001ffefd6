import { Assembler, type AttachSpec } from '../asm/index.ts';
import { type Feature, feature } from './feature-row.ts';
import { load } from './load.ts';

/** In every kernel with IPv4, in its BTF, and seldom called. */
const FUNCTION = 'inet_listen';
const TRACEPOINT = 'kfree_skb';

interface AttachProbe {
  readonly what: string;
  readonly since: string;
  readonly instead: string;
  readonly attach: AttachSpec;
}

const ONE_BY_ONE = 'kprobes are attached one by one, which takes longer';
const NO_KPROBES = 'only tracepoints are seen: drops, but not the way of a packet';

const PROBES: readonly AttachProbe[] = [
  {
    what: 'raw_tp',
    since: '4.17',
    instead: 'nothing can be traced',
    attach: { kind: 'raw-tracepoint', tracepoint: TRACEPOINT },
  },
  {
    what: 'tp_btf',
    since: '5.5',
    instead: 'raw tracepoints, with memory read by helper calls',
    attach: { kind: 'tp-btf', tracepoint: TRACEPOINT },
  },
  {
    what: 'tracepoint',
    since: '4.7',
    instead: 'raw tracepoints',
    attach: { kind: 'tracepoint', event: `skb:${TRACEPOINT}` },
  },
  { what: 'kprobe', since: '4.17', instead: NO_KPROBES, attach: { kind: 'kprobe', function: FUNCTION } },
  {
    what: 'kretprobe',
    since: '4.17',
    instead: 'return values are not seen',
    attach: { kind: 'kprobe', function: FUNCTION, return: true },
  },
  {
    what: 'kprobe_cookie',
    since: '5.15',
    instead: 'one program per argument position',
    attach: { kind: 'kprobe', function: FUNCTION, cookie: 1n },
  },
  {
    what: 'kprobe_multi',
    since: '5.18',
    instead: ONE_BY_ONE,
    attach: { kind: 'kprobe-multi', functions: [FUNCTION], cookies: [1n] },
  },
  {
    what: 'fentry',
    since: '5.5',
    instead: 'kprobes, where there are any',
    attach: { kind: 'fentry', function: FUNCTION },
  },
  {
    what: 'fexit',
    since: '5.5',
    instead: 'kretprobes, where there are any',
    attach: { kind: 'fexit', function: FUNCTION },
  },
];

export const ATTACH_FEATURES: readonly Feature[] = PROBES.map(({ what, since, instead, attach }) =>
  feature(what, since, instead, ({ btf }) => {
    const code = new Assembler(`probe_${what}`).mov('r0', 0).exit().build();
    const blueprint = { maps: [], programs: [{ name: code.name, attach, code, license: 'GPL' }] };
    using loaded = load(blueprint, btf === undefined ? {} : { btf });
    loaded.attachAll();
  }),
);
