import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ReasonEntry, ReasonTable } from './entry.ts';
import { tableOf } from './entry.ts';
import { reasonsPage } from './page.ts';
import { DROP_REASONS, RESET_REASONS, reasonEntry, SUBSYSTEM_REASONS } from './table.ts';

interface Recorded {
  readonly kernel: string;
  readonly enums: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

interface Named {
  readonly subsystem: string;
  readonly name: string;
}

const TABLES: Readonly<Record<string, ReasonTable>> = {
  core: DROP_REASONS,
  reset: RESET_REASONS,
  ...SUBSYSTEM_REASONS,
};
const ENTRIES: readonly (readonly [string, ReasonEntry])[] = Object.entries(TABLES).flatMap(
  ([subsystem, table]) => Object.values(table).map(entry => [`${subsystem}:${entry.name}`, entry] as const),
);

/** Bounds and bases of the enums: numbers no packet is dropped with. */
const MARKER = /(_MAX|_SUBSYS_MASK|QDISC_DROP_UNSPEC)$|^__|^RX_(CONTINUE|QUEUED)$/;

const testdata = new URL('./testdata/', import.meta.url);
const recorded: readonly Recorded[] = readdirSync(testdata)
  .filter(file => /^reasons-.*\.json$/.test(file))
  .map(file => JSON.parse(readFileSync(new URL(file, testdata), 'utf8')));

/** Every name of a recorded kernel with the subsystem its number belongs to. */
function namesOf({ enums }: Recorded): Named[] {
  const { sk_rst_reason: resets, skb_drop_reason_subsys: ids, ...drops } = enums;
  const prefix = 'SKB_DROP_REASON_SUBSYS_';
  const subsystems = new Map(Object.entries(ids ?? {}).map(([name, id]) => [id, name.slice(prefix.length)]));
  const all = Object.values(drops).flatMap(names => Object.entries(names));
  return [
    ...Object.keys(resets ?? {}).map(name => ({ subsystem: 'reset', name })),
    ...all.map(([name, value]) => ({
      subsystem: subsystems.get(value >>> 16)?.toLowerCase() ?? 'core',
      name,
    })),
  ].filter(({ name }) => !MARKER.test(name));
}

describe('every reason of a recorded kernel has an entry', () => {
  it.each([
    ['6.1', 65 + 1],
    ['6.12', 102 + 2 + 25 + 11 + 50],
    ['6.18', 126 + 2 + 25],
  ])('%s', (kernel, count) => {
    const names = namesOf(recorded.find(one => one.kernel === kernel)!);
    expect(names.length).toBe(count);
    expect(names.filter(({ subsystem, name }) => reasonEntry(subsystem, name) === undefined)).toEqual([]);
  });

  it('and the names only later kernels have', () => {
    const core = [
      'QDISC_BURST_DROP',
      'MACVLAN_BROADCAST_BACKLOG',
      'IPVLAN_MULTICAST_BACKLOG',
      'SKB_BAD_GSO',
      'IPV6_TOO_MANY_EXTHDRS',
      'VXLAN_NO_REMOTE',
    ];
    expect(core.filter(name => reasonEntry('core', name) === undefined)).toEqual([]);
    const qdisc = 'GENERIC OVERLIMIT CONGESTED MAXFLOWS FLOOD_PROTECTION BAND_LIMIT HORIZON_LIMIT FLOW_LIMIT';
    for (const name of [...qdisc.split(' '), 'L4S_STEP_NON_ECN'])
      expect(reasonEntry('qdisc', `QDISC_DROP_${name}`)?.name).toBe(name);
  });
});

/** Names of the entries for which this is not true. */
function wrong(holds: (entry: ReasonEntry) => boolean): string[] {
  return ENTRIES.filter(([, entry]) => !holds(entry)).map(([name]) => name);
}

describe('every entry', () => {
  it('has its texts, as sentences', () => {
    const texts = ({ meaning, cause, remedy }: ReasonEntry): string[] => [meaning, cause, remedy];
    expect(wrong(entry => texts(entry).every(text => /^\S.{10,}[.)]$/s.test(text)))).toEqual([]);
    expect(wrong(({ see }) => see.length > 0 && see.every(source => source.trim() !== ''))).toEqual([]);
    expect(wrong(({ where }) => where === undefined || /\w/.test(where))).toEqual([]);
  });

  it('is short', () => {
    expect(wrong(({ meaning }) => meaning.length <= 120)).toEqual([]);
    expect(wrong(({ cause }) => cause.length <= 160)).toEqual([]);
    expect(wrong(({ remedy }) => remedy.length <= 220)).toEqual([]);
  });

  it('names something to run, read or set, between backticks', () => {
    expect(wrong(({ remedy }) => /`[^`]{3,}`/.test(remedy))).toEqual([]);
    expect(wrong(({ remedy }) => remedy.split('`').length % 2 === 1)).toEqual([]);
  });

  it('has a release as since, if any', () => {
    expect(wrong(({ since }) => since === undefined || /^[567]\.\d+$/.test(since))).toEqual([]);
  });
});

describe('reasonEntry', () => {
  it('takes names with and without prefix', () => {
    expect(reasonEntry('core', 'SKB_DROP_REASON_NO_SOCKET')).toBe(reasonEntry('core', 'NO_SOCKET'));
    expect(reasonEntry('OPENVSWITCH', 'OVS_DROP_METER')).toBe(reasonEntry('openvswitch', 'METER'));
    expect(reasonEntry('reset', 'SK_RST_REASON_TCP_STATE')?.name).toBe('TCP_STATE');
    expect(reasonEntry('mac80211_unusable', 'RX_DROP_U_DUP')?.name).toBe('DUP');
  });

  it('knows a subsystem’s bare number', () => {
    expect(reasonEntry('mac80211_monitor', '0x20000')?.name).toBe('RX_DROP_MONITOR');
    expect(reasonEntry('mac80211_unusable', '0x10000')?.name).toBe('RX_DROP');
    expect(reasonEntry('openvswitch', '0x30000')).toBeUndefined();
  });

  it('answers undefined for what it does not know', () => {
    expect(reasonEntry('core', 'NO_SUCH_REASON')).toBeUndefined();
    expect(reasonEntry('core', 'constructor')).toBeUndefined();
    expect(reasonEntry('subsystem-9', 'NO_SOCKET')).toBeUndefined();
  });
});

it('a name in two tables is refused', () => {
  const row = DROP_REASONS.NO_SOCKET!;
  expect(() => tableOf({ TWICE: row }, { TWICE: row })).toThrow(/TWICE/);
});

it('docs/reasons.md is what the tables say', async () => {
  await expect(reasonsPage()).toMatchFileSnapshot('../../../docs/reasons.md');
});
