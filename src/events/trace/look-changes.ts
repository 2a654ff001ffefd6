import type { Packet } from '../../packet/index.ts';
import type { SeenLook } from './decode-record.ts';
import type { ChangeName, LookEvent, Translation } from './look.ts';

type Differs = (before: SeenLook, now: SeenLook) => boolean;

/** One test per name of a change; those that speak of addresses only when both looks show the same layer. */
const TESTS: Readonly<Record<Exclude<ChangeName, 'first'>, Differs>> = {
  encapsulated: (a, b) => depth(b.packet) > depth(a.packet),
  decapsulated: (a, b) => depth(b.packet) < depth(a.packet),
  source: (a, b) => sameLayer(a, b) && a.packet?.src !== b.packet?.src,
  destination: (a, b) => sameLayer(a, b) && a.packet?.dst !== b.packet?.dst,
  'source-port': (a, b) => sameLayer(a, b) && differ(a.packet?.sport, b.packet?.sport),
  'destination-port': (a, b) => sameLayer(a, b) && differ(a.packet?.dport, b.packet?.dport),
  protocol: (a, b) => sameLayer(a, b) && a.packet?.protocol !== b.packet?.protocol,
  ethernet: (a, b) => macs(a) !== '' && macs(b) !== '' && macs(a) !== macs(b),
  interface: (a, b) => b.ifindex !== null && (a.ifindex !== b.ifindex || a.netns !== b.netns),
  namespace: (a, b) => b.netns !== null && a.netns !== null && a.netns !== b.netns,
  mark: (a, b) => a.mark !== b.mark,
  fragment: (a, b) => sameLayer(a, b) && a.packet?.fragment?.offset !== b.packet?.fragment?.offset,
  length: (a, b) => a.length !== b.length,
  ttl: (a, b) => sameLayer(a, b) && a.ttl !== b.ttl,
  conntrack: (a, b) => connection(a) !== connection(b),
  vlan: (a, b) =>
    a.packet !== null && b.packet !== null && `${a.packet.vlan}` !== `${b.packet.vlan}` && macs(b) !== '',
};
const ENTRIES = Object.entries(TESTS) as [Exclude<ChangeName, 'first'>, Differs][];

/** Only a packet's first fragment carries ports: where one has none, nothing was rewritten. */
function differ(a: number | undefined, b: number | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

/** How deep tunnels are nested. */
function depth(packet: Packet | null): number {
  return packet?.inner ? 1 + depth(packet.inner) : 0;
}

function sameLayer(a: SeenLook, b: SeenLook): boolean {
  return a.packet !== null && b.packet !== null && depth(a.packet) === depth(b.packet);
}

function macs({ packet }: SeenLook): string {
  return packet?.ethernet ? `${packet.ethernet.src} ${packet.ethernet.dst}` : '';
}

function connection({ conntrack }: SeenLook): string {
  return conntrack ? `${conntrack.state} ${conntrack.mark} ${conntrack.status.join()}` : '';
}

/** The look as an event, or null when nothing that matters differs from the one before. */
export function lookEvent(before: SeenLook | null, now: SeenLook): LookEvent | null {
  if (before === null) return { ...now, changed: ['first'], translations: [] };
  // A sender's own copy of a segment has no headers: there is nothing to compare.
  if (now.packet === null && before.packet !== null) return null;
  const changed = ENTRIES.filter(([, differs]) => differs(before, now)).map(([name]) => name);
  if (changed.length === 0) return null;
  return { ...now, changed, translations: translationsOf(before, now, changed) };
}

/** SNAT and DNAT; a decapsulated packet has other addresses without being translated. */
function translationsOf(before: SeenLook, now: SeenLook, changed: readonly ChangeName[]): Translation[] {
  const found: Translation[] = [];
  if (changed.includes('source') || changed.includes('source-port'))
    found.push({ kind: 'SNAT', from: endOf(before.packet, 'src'), to: endOf(now.packet, 'src') });
  if (changed.includes('destination') || changed.includes('destination-port'))
    found.push({ kind: 'DNAT', from: endOf(before.packet, 'dst'), to: endOf(now.packet, 'dst') });
  return found.filter(({ from, to }) => from !== '' && to !== '');
}

function endOf(packet: Packet | null, side: 'src' | 'dst'): string {
  const address = packet?.[side] ?? '';
  const port = side === 'src' ? packet?.sport : packet?.dport;
  if (port === undefined || address === '') return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
