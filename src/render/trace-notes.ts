import type { ChangeName, LookEvent, Translation } from '../events/index.ts';
import { type Packet, summarize, type Tunnel } from '../packet/index.ts';

/** What changed between two looks, a sentence each; what every routed packet goes through (TTL, MACs) is left out. */
export function lookNotes(before: LookEvent | null, look: LookEvent): readonly string[] {
  const changed = new Set<ChangeName>(look.changed);
  if (changed.has('first')) return [];
  const notes = [
    ...tunnelNotes(changed, before, look),
    ...look.translations.map(translation => translationNote(translation, look)),
    ...placeNotes(changed, look),
    ...(changed.has('mark') ? [`mark ${hex(before?.mark ?? 0)} → ${hex(look.mark)}`] : []),
    ...vlanNotes(changed, before, look),
  ];
  if (changed.has('protocol') && notes.length === 0)
    notes.push(`protocol ${before?.packet?.protocol} → ${look.packet?.protocol}`);
  if (changed.has('length') && notes.length === 0 && before && before.length !== look.length)
    notes.push(`length ${before.length} → ${look.length}`);
  return notes;
}

/** "conntrack new", "conntrack established, NAT"; null when that did not change. A translation is told by itself. */
export function conntrackNote(look: LookEvent, before: LookEvent | null): string | null {
  const { changed, conntrack, translations } = look;
  if (!changed.includes('conntrack') || !conntrack) return null;
  const nat = translations.length > 0 ? [] : natOf(conntrack.status);
  const old = before?.conntrack;
  const same =
    old?.state === conntrack.state &&
    old.mark === conntrack.mark &&
    (translations.length > 0 || `${natOf(old.status)}` === `${nat}`);
  return same ? null : [`conntrack ${conntrack.state}`, ...nat, ...markOf(conntrack.mark)].join(', ');
}

function natOf(status: readonly string[]): string[] {
  return status.flatMap(bit => (bit === 'src-nat' ? ['SNAT'] : bit === 'dst-nat' ? ['DNAT'] : []));
}

function markOf(mark: number | null): string[] {
  return mark ? [`connmark ${hex(mark)}`] : [];
}

/** A reply's addresses are changed back to what the sender knows: that is the connection's other translation, undone. */
function translationNote({ kind, from, to }: Translation, { conntrack }: LookEvent): string {
  const undone = kind === 'SNAT' ? 'dst-nat' : 'src-nat';
  if (conntrack?.state.endsWith('-reply') && conntrack.status.includes(undone))
    return `${kind === 'SNAT' ? 'DNAT' : 'SNAT'} undone: ${kind === 'SNAT' ? 'source' : 'destination'} ${from} → ${to}`;
  return `${kind} ${from} → ${to}`;
}

function tunnelNotes(changed: ReadonlySet<ChangeName>, before: LookEvent | null, look: LookEvent): string[] {
  if (changed.has('encapsulated') && look.packet)
    return [
      `encapsulated: ${tunnelName(look.packet)} ${ends(look.packet)}, length ${before?.length} → ${look.length}`,
    ];
  if (changed.has('decapsulated') && look.packet)
    return [
      `decapsulated${before?.packet ? ` (${tunnelName(before.packet)})` : ''}: ${summarize(look.packet)}, length ${look.length}`,
    ];
  return [];
}

/** "VXLAN 42"; a tunnel without a header of its own has its protocol's name. */
function tunnelName({ tunnel, protocol }: Packet): string {
  return tunnel
    ? [NAMES[tunnel.kind], tunnel.vni ?? tunnel.key].filter(part => part !== undefined).join(' ')
    : protocol;
}

const NAMES: Readonly<Record<Tunnel['kind'], string>> = {
  vxlan: 'VXLAN',
  geneve: 'Geneve',
  gre: 'GRE',
  ipip: 'IP in IP',
};

function ends({ src, dst }: Packet): string {
  return `${src} > ${dst}`;
}

function placeNotes(changed: ReadonlySet<ChangeName>, { netns, netnsName, ifname }: LookEvent): string[] {
  if (!changed.has('namespace')) return [];
  return [`into netns ${netnsName ?? netns}${ifname === null ? '' : `, ${ifname}`}`];
}

function vlanNotes(changed: ReadonlySet<ChangeName>, before: LookEvent | null, look: LookEvent): string[] {
  if (!changed.has('vlan')) return [];
  const [old, now] = [before?.packet?.vlan ?? [], look.packet?.vlan ?? []];
  return [now.length === 0 ? `VLAN ${old.join('.')} removed` : `VLAN ${now.join('.')}`];
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
