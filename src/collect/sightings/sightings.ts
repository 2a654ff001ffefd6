import type { Btf } from '../../btf/index.ts';
import { COUNTER_AT, COUNTER_LINE, VLAN_KEY, type VlanCount } from '../../events/index.ts';
import { type Loaded, load } from '../../load/index.ts';
import { type SightingsOptions, sightingsProbe } from '../../probes/index.ts';
import { type Mapping, possibleCpus } from '../../sys/index.ts';

/** Counts the packets that match, where they enter and leave the stack, by network namespace. */
export class Sightings implements Disposable {
  private readonly loaded: Loaded;
  private readonly counters: Mapping;
  private attached = true;

  /** Throws what load throws. */
  constructor(btf: Btf, options: Omit<SightingsOptions, 'possibleCpus'>) {
    const probe = sightingsProbe(btf, { ...options, possibleCpus: possibleCpus() });
    this.loaded = load(probe.blueprint, { btf });
    try {
      this.counters = this.loaded.map('counters').mapped();
      this.loaded.attachAll();
    } catch (error) {
      this.loaded[Symbol.dispose]();
      throw error;
    }
  }

  /** Matching packets so far; one that crosses several devices counts at each of them. */
  get packets(): number {
    const { view } = this.counters;
    let sum = 0n;
    for (let line = 0; line + COUNTER_LINE <= view.byteLength; line += COUNTER_LINE)
      sum += view.getBigUint64(line + COUNTER_AT.matched, true);
    return Number(sum);
  }

  /** Inodes of the namespaces that matching packets were seen in, the busiest first. */
  namespaces(): number[] {
    const rows = [...this.loaded.map('namespaces').entries()].map(([key, value]) => ({
      inode: new DataView(key.buffer, key.byteOffset).getUint32(0, true),
      packets: new DataView(value.buffer, value.byteOffset).getBigUint64(0, true),
    }));
    return rows
      .filter(({ inode }) => inode !== 0)
      .sort((a, b) => Number(b.packets - a.packets))
      .map(({ inode }) => inode);
  }

  /** Matching frames that came in with a VLAN tag. */
  vlans(): VlanCount[] {
    const { at } = VLAN_KEY;
    return [...this.loaded.map('vlans').entries()].map(([key, value]) => {
      const view = new DataView(key.buffer, key.byteOffset);
      return {
        netns: Number(view.getBigUint64(at.netns.offset, true)),
        ifindex: view.getUint32(at.ifindex.offset, true),
        vlan: view.getUint32(at.vlan.offset, true),
        packets: Number(new DataView(value.buffer, value.byteOffset).getBigUint64(0, true)),
      };
    });
  }

  detach(): void {
    if (this.attached) this.loaded.detachAll();
    this.attached = false;
  }

  [Symbol.dispose](): void {
    this.counters[Symbol.dispose]();
    this.loaded[Symbol.dispose]();
  }
}
