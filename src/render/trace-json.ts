import type { HopEvent, LineageEvent, LookEvent, TrailEnd } from '../events/index.ts';
import type { JourneyNote } from '../trail/index.ts';
import { flatJson, nameJson } from './json-text.ts';

const arrays: WeakMap<readonly string[], string> = new WeakMap();

/** One line of NDJSON, with its newline; written by hand, because hops come by the hundred thousand. */
export function hopJson(hop: HopEvent): string {
  const { process } = hop;
  return `{"type":"hop","time":"${hop.time}","ts":${hop.ts},"cpu":${hop.cpu},"trail":${hop.trail},"function":${nameJson(hop.function)},"module":${nameJson(hop.module)},"stage":"${hop.stage}","kind":"${hop.kind}","skb":"${hop.skb}","returned":${hop.returned},"verdict":${nameJson(hop.verdict)},"reason":${nameJson(hop.reason)},"subsystem":${nameJson(hop.subsystem)},"caller":${nameJson(hop.caller)},"stack":${namesJson(hop.stack)},"process":{"pid":${process.pid},"comm":${nameJson(process.comm)}}}\n`;
}

/** A look as a line of NDJSON. */
export function lookJson(look: LookEvent): string {
  const { process, packet, conntrack } = look;
  return `{"type":"look","time":"${look.time}","ts":${look.ts},"cpu":${look.cpu},"trail":${look.trail},"skb":"${look.skb}","function":${nameJson(look.function)},"changed":${JSON.stringify(look.changed)},"translations":${look.translations.length === 0 ? '[]' : JSON.stringify(look.translations)},"packet":${packet === null ? 'null' : flatJson(packet as unknown as Record<string, unknown>)},"ifname":${nameJson(look.ifname)},"ifindex":${look.ifindex},"netns":${look.netns},"netnsName":${nameJson(look.netnsName)},"mark":${look.mark},"length":${look.length},"mtu":${look.mtu},"ttl":${look.ttl},"protocol":${look.protocol},"conntrack":${conntrack === null ? 'null' : JSON.stringify(conntrack)},"process":{"pid":${process.pid},"comm":${nameJson(process.comm)}}}\n`;
}

/** Lineage as a line of NDJSON. */
export function lineageJson(event: LineageEvent): string {
  return `{"type":"lineage","time":"${event.time}","ts":${event.ts},"cpu":${event.cpu},"trail":${event.trail},"parent":${event.parent},"kind":"${event.kind}","skb":"${event.skb}","parentSkb":${nameJson(event.parentSkb)},"function":${nameJson(event.function)}}\n`;
}

/** What is said about a journey as a whole, as a line of NDJSON. */
export function noteJson(note: JourneyNote, trail: number, time: string): string {
  return `${JSON.stringify({ type: 'note', time, trail, kind: note.kind, text: note.text })}\n`;
}

/** The end of a trail as a line of NDJSON. */
export function trailEndJson(end: TrailEnd): string {
  return `${JSON.stringify(end)}\n`;
}

/** Stacks come from a cache upstream, so the same array means the same text. */
function namesJson(names: readonly string[]): string {
  if (names.length === 0) return '[]';
  let text = arrays.get(names);
  if (text === undefined) {
    text = JSON.stringify(names);
    arrays.set(names, text);
  }
  return text;
}
