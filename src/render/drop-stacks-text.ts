import type { DropCount } from '../events/index.ts';
import { reasonText } from './drop-text.ts';
import type { Style } from './style.ts';

interface StackRow {
  readonly stack: readonly string[];
  readonly reason: string;
  readonly count: number;
}

/** Counts by kernel stack and reason, the most frequent first; `limit` stacks at most. */
export function stacksText(counts: readonly DropCount[], limit: number, style: Style): string {
  const rows = new Map<string, StackRow>();
  for (const drop of counts) {
    const reason = reasonText(drop);
    const key = `${reason}\0${drop.stack.join('\0')}`;
    rows.set(key, { stack: drop.stack, reason, count: drop.count + (rows.get(key)?.count ?? 0) });
  }
  const sorted = [...rows.values()].sort((a, b) => b.count - a.count);
  const blocks = sorted.slice(0, limit).map(row => block(row, style));
  const rest = sorted.slice(limit).reduce((sum, { count }) => sum + count, 0);
  if (rest > 0) blocks.push(style.dim(`${rest} drops in ${sorted.length - limit} more stacks\n`));
  return blocks.join('\n');
}

function block({ stack, reason, count }: StackRow, style: Style): string {
  const frames = stack.length > 0 ? stack : ['no stack: the stack map was full or symbols are hidden'];
  return `${style.bold(String(count))} ${style.bad(reason)}\n${frames.map(frame => `    ${frame}\n`).join('')}`;
}
