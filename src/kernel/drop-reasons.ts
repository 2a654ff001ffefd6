import type { Btf } from '../btf/index.ts';

/** A reason as this kernel numbers it. */
export interface KernelReason {
  /** Without the enum's prefix: "NO_SOCKET". */
  readonly reason: string;
  /** "core", "openvswitch", … */
  readonly subsystem: string;
  readonly value: number;
}

const CORE = 'core';
const CORE_PREFIX = 'SKB_DROP_REASON_';
const SUBSYSTEM_SHIFT = 16;
const NOT_REASONS = new Set([
  'SKB_NOT_DROPPED_YET',
  'SKB_CONSUMED',
  `${CORE_PREFIX}MAX`,
  `${CORE_PREFIX}SUBSYS_MASK`,
]);

interface SubsystemSource {
  readonly module: string;
  readonly enumName: string;
  readonly prefix: string;
}

/** Where a subsystem keeps its names; which number it has is read from enum skb_drop_reason_subsys. */
const SUBSYSTEM_SOURCES: Readonly<Record<string, SubsystemSource>> = {
  openvswitch: { module: 'openvswitch', enumName: 'ovs_drop_reason', prefix: 'OVS_DROP_' },
  mac80211_unusable: { module: 'mac80211', enumName: 'mac80211_drop_reason', prefix: 'RX_DROP_U_' },
  mac80211_monitor: { module: 'mac80211', enumName: 'mac80211_drop_reason', prefix: 'RX_DROP_M_' },
  qdisc: { module: 'vmlinux', enumName: 'qdisc_drop_reason', prefix: 'QDISC_DROP_' },
};

/** The drop reasons of the running kernel, by number and by name. Subsystems' names are read when first met. */
export class DropReasons {
  private readonly btf: Btf;
  private readonly moduleBtf: (name: string) => Btf | undefined;
  private readonly byValue: Map<number, KernelReason> = new Map();
  private readonly subsystems: ReadonlyMap<number, string>;
  private readonly loaded: Set<string> = new Set();

  /** `moduleBtf` answers undefined for a module that is not loaded. */
  constructor(btf: Btf, moduleBtf: (name: string) => Btf | undefined) {
    this.btf = btf;
    this.moduleBtf = moduleBtf;
    this.subsystems = subsystemsOf(btf);
    for (const reason of coreReasons(btf)) this.byValue.set(reason.value, reason);
  }

  /** A number the kernel has no name for comes back as the number's text, never as nothing. */
  nameOf(value: number): KernelReason {
    const known = this.byValue.get(value);
    if (known) return known;
    const subsystem =
      this.subsystems.get(value >>> SUBSYSTEM_SHIFT) ?? `subsystem-${value >>> SUBSYSTEM_SHIFT}`;
    this.loadSubsystem(subsystem);
    const found = this.byValue.get(value) ?? { reason: `0x${value.toString(16)}`, subsystem, value };
    this.byValue.set(value, found);
    return found;
  }

  /** Every reason of every subsystem whose module is loaded, core first, by number. */
  all(): readonly KernelReason[] {
    for (const subsystem of this.subsystems.values()) this.loadSubsystem(subsystem);
    return [...this.byValue.values()].sort((a, b) => a.value - b.value);
  }

  private loadSubsystem(subsystem: string): void {
    const source = SUBSYSTEM_SOURCES[subsystem];
    if (!source || this.loaded.has(subsystem)) return;
    const btf = source.module === 'vmlinux' ? this.btf : this.moduleBtf(source.module);
    if (!btf) return;
    this.loaded.add(subsystem);
    for (const reason of subsystemReasons(btf, subsystem, source, this.subsystems))
      this.byValue.set(reason.value, reason);
  }
}

function coreReasons(btf: Btf): KernelReason[] {
  if (btf.find('enum', 'skb_drop_reason') === undefined) return [];
  return btf
    .enumOf('skb_drop_reason')
    .values.filter(({ name }) => name.startsWith(CORE_PREFIX) && !NOT_REASONS.has(name))
    .map(({ name, value }) => ({
      reason: name.slice(CORE_PREFIX.length),
      subsystem: CORE,
      value: Number(value),
    }));
}

/** SKB_DROP_REASON_SUBSYS_MAC80211_UNUSABLE = 1 becomes 1 → "mac80211_unusable". */
function subsystemsOf(btf: Btf): Map<number, string> {
  const prefix = 'SKB_DROP_REASON_SUBSYS_';
  if (btf.find('enum', 'skb_drop_reason_subsys') === undefined) return new Map([[0, CORE]]);
  const values = btf.enumOf('skb_drop_reason_subsys').values.filter(({ name }) => name !== `${prefix}NUM`);
  return new Map(values.map(({ name, value }) => [Number(value), name.slice(prefix.length).toLowerCase()]));
}

function subsystemReasons(
  btf: Btf,
  subsystem: string,
  source: SubsystemSource,
  subsystems: ReadonlyMap<number, string>,
): KernelReason[] {
  if (btf.find('enum', source.enumName) === undefined) return [];
  return btf
    .enumOf(source.enumName)
    .values.map(({ name, value }) => ({ name, value: Number(value) }))
    .filter(({ value }) => subsystems.get(value >>> SUBSYSTEM_SHIFT) === subsystem)
    .filter(({ name }) => !name.endsWith('_MAX') && !name.startsWith('__'))
    .map(({ name, value }) => ({ reason: withoutPrefix(name, source.prefix), subsystem, value }));
}

function withoutPrefix(name: string, prefix: string): string {
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

const RESET_PREFIX = 'SK_RST_REASON_';

/** enum sk_rst_reason (6.10); empty on older kernels. */
export function resetReasonsOf(btf: Btf): readonly { readonly name: string; readonly value: number }[] {
  if (btf.find('enum', 'sk_rst_reason') === undefined) return [];
  return btf
    .enumOf('sk_rst_reason')
    .values.filter(({ name }) => name.startsWith(RESET_PREFIX) && !name.endsWith('_MAX'))
    .map(({ name, value }) => ({ name: name.slice(RESET_PREFIX.length), value: Number(value) }));
}
