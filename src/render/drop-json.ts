import type { DropEvent } from '../events/index.ts';
import { flatJson, nameJson } from './json-text.ts';

const stackTexts: WeakMap<readonly string[], string> = new WeakMap();

/** One line of NDJSON, with its newline. Written out by hand: on a busy machine this is most of what netwhy does. */
export function dropJson(drop: DropEvent): string {
  const { process, packet } = drop;
  return `{"type":"drop","time":"${drop.time}","ts":${drop.ts},"cpu":${drop.cpu},"reason":${nameJson(drop.reason)},"subsystem":${nameJson(drop.subsystem)},"function":${nameJson(drop.function)},"offset":${drop.offset},"module":${nameJson(drop.module)},"location":"${drop.location}","stack":${stackText(drop.stack)},"ifname":${nameJson(drop.ifname)},"ifindex":${drop.ifindex},"netns":${drop.netns},"netnsName":${nameJson(drop.netnsName)},"mark":${drop.mark},"length":${drop.length},"process":{"pid":${process.pid},"comm":${nameJson(process.comm)}},"benign":${drop.benign},"skb":"${drop.skb}","packet":${packet === null ? 'null' : flatJson(packet as unknown as Record<string, unknown>)}}\n`;
}

/** Stacks come from a cache upstream, so the same array means the same text. */
function stackText(stack: readonly string[]): string {
  let text = stackTexts.get(stack);
  if (text === undefined) {
    text = JSON.stringify(stack);
    stackTexts.set(stack, text);
  }
  return text;
}
