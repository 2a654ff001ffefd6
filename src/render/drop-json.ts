import type { DropEvent } from '../events/index.ts';

const stackTexts: WeakMap<readonly string[], string> = new WeakMap();

/** One line of NDJSON, with its newline. Stacks come from a cache upstream, so their text is made once. */
export function dropJson(drop: DropEvent): string {
  const { packet, stack, process, ...rest } = drop;
  const head = JSON.stringify(rest);
  return `${head.slice(0, -1)},"process":${JSON.stringify(process)},"stack":${stackText(stack)},"packet":${JSON.stringify(packet)}}\n`;
}

function stackText(stack: readonly string[]): string {
  let text = stackTexts.get(stack);
  if (text === undefined) {
    text = JSON.stringify(stack);
    stackTexts.set(stack, text);
  }
  return text;
}
