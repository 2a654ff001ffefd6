import { Assembler, type Blueprint, label, type MapSpec, type ProgramSpec } from '../../asm/index.ts';
import type { Btf } from '../../btf/index.ts';
import { type Loaded, load } from '../../load/index.ts';
import type { Mapping } from '../../sys/index.ts';
import { emitFilter, filterStack, type PacketFilter, type SkbPlaces, skbPlaces } from '../index.ts';
import { VERDICT } from './fake-skb.ts';

const MMAPABLE = 1 << 10;
const SLOT = 16;

/** Where filters look on, and how they read the packet there. */
const WATCHED = [
  { name: 'receive', tracepoint: 'netif_receive_skb', access: 'probe' },
  { name: 'drop', tracepoint: 'kfree_skb', access: 'direct' },
  { name: 'send', tracepoint: 'net_dev_queue', access: 'direct' },
] as const;
export type WatchedName = (typeof WATCHED)[number]['name'];
/** Interface index by tracepoint, 0 for packets of any device or none; those left out are not watched. */
export type Devices = Readonly<Partial<Record<WatchedName, number>>>;

export interface Sighting {
  readonly count: number;
  /** How often the verdict was a match. */
  readonly matches: number;
  readonly verdict: number;
  /** A VLAN tag was kept beside the packet. */
  readonly tagBeside: boolean;
}

/** Filters attached to the tracepoints, each keeping what it said of the last packet of one device. */
export class DeviceWatch implements Disposable {
  private readonly loaded: Loaded;
  private readonly results: Mapping;

  constructor(btf: Btf, filters: readonly PacketFilter[], devices: Devices) {
    const results: MapSpec = {
      name: 'results', type: 'array', keySize: 4, valueSize: filters.length * WATCHED.length * SLOT, maxEntries: 1, flags: MMAPABLE,
    };
    this.loaded = load(blueprint(skbPlaces(btf), filters, devices, results), { btf });
    this.results = this.loaded.map('results').mapped();
    this.loaded.attachAll();
  }

  clear(): void {
    this.results.bytes.fill(0);
  }

  /** What filter `index` said since `clear`. */
  of(index: number, name: WatchedName): Sighting {
    const at = slotOf(index, WATCHED.findIndex(watched => watched.name === name));
    const { view } = this.results;
    return {
      count: view.getUint32(at, true),
      matches: view.getUint32(at + 12, true),
      verdict: view.getUint32(at + 4, true),
      tagBeside: view.getUint32(at + 8, true) !== 0,
    };
  }

  [Symbol.dispose](): void {
    this.results[Symbol.dispose]();
    this.loaded[Symbol.dispose]();
  }
}

function slotOf(filter: number, watched: number): number {
  return (filter * WATCHED.length + watched) * SLOT;
}

function blueprint(fields: SkbPlaces, filters: readonly PacketFilter[], devices: Devices, results: MapSpec): Blueprint {
  const programs = filters.flatMap((filter, index) =>
    WATCHED.flatMap(({ name, tracepoint, access }, watched): ProgramSpec[] => {
      const ifindex = devices[name];
      if (ifindex === undefined) return [];
      const asm = new Assembler(`${name}${index}`);
      const code = write(asm, filter, fields, { ifindex, access, results, slot: slotOf(index, watched) });
      const kind = access === 'direct' ? 'tp-btf' : 'raw-tracepoint';
      return [{ name: `${name}${index}`, attach: { kind, tracepoint }, code, license: 'GPL' }];
    }),
  );
  return { maps: [results], programs };
}

interface Place {
  readonly ifindex: number;
  readonly access: 'probe' | 'direct';
  readonly results: MapSpec;
  readonly slot: number;
}

function write(asm: Assembler, filter: PacketFilter, fields: SkbPlaces, place: Place): ReturnType<Assembler['build']> {
  const [match, noMatch, unseen, store, out] = ['match', 'no_match', 'unseen', 'store', 'out'].map(label) as [
    ReturnType<typeof label>, ReturnType<typeof label>, ReturnType<typeof label>, ReturnType<typeof label>, ReturnType<typeof label>,
  ];
  asm.load('u64', 'r6', 'r1', 0);
  if (place.ifindex) onDevice(asm, fields, place, out);
  const stack = { base: -8, size: filterStack(filter, fields) };
  emitFilter(asm, filter, { skb: 'r6', fields, access: place.access, match, noMatch, unseen, stack });
  asm.place(match).mov('r7', VERDICT.match).jump(store);
  asm.place(unseen).mov('r7', VERDICT.unseen).jump(store);
  asm.place(noMatch).mov('r7', VERDICT.noMatch);
  asm.place(store).mapValue('r1', place.results, place.slot);
  asm.load('u32', 'r2', 'r1', 0).add('r2', 1).store('u32', 'r1', 0, 'r2').store('u32', 'r1', 4, 'r7');
  tagBeside(asm, fields, place);
  asm.jumpIf('r7', '!=', VERDICT.match, out).mapValue('r1', place.results, place.slot);
  asm.load('u32', 'r2', 'r1', 12).add('r2', 1).store('u32', 'r1', 12, 'r2');
  return asm.place(out).mov('r0', 0).exit().build();
}

function onDevice(asm: Assembler, fields: SkbPlaces, { ifindex, access }: Place, out: ReturnType<typeof label>): void {
  if (access === 'direct') {
    asm.load('u64', 'r1', 'r6', fields.dev.offset).jumpIf('r1', '==', 0, out);
    asm.load('u32', 'r1', 'r1', fields.deviceIndex.offset);
  } else {
    asm.mov('r1', 'r10').add('r1', -8).mov('r2', 8).mov('r3', 'r6').add('r3', fields.dev.offset).call('probe_read_kernel');
    asm.mov('r1', 'r10').add('r1', -8).mov('r2', 4).load('u64', 'r3', 'r10', -8).add('r3', fields.deviceIndex.offset);
    asm.call('probe_read_kernel').load('u32', 'r1', 'r10', -8);
  }
  asm.jumpIf32('r1', '!=', ifindex, out);
}

function tagBeside(asm: Assembler, fields: SkbPlaces, { access, results, slot }: Place): void {
  if (access !== 'direct') return;
  const { offset, size, shift, mask } = fields.vlanPresent;
  asm.load(size, 'r2', 'r6', offset);
  if (mask) asm.rsh('r2', shift).and('r2', mask);
  asm.mapValue('r1', results, slot).store('u32', 'r1', 8, 'r2');
}
