import type { LookEvent, Outcome } from '../events/index.ts';
import { summarize } from '../packet/index.ts';
import type { Journey } from '../trail/index.ts';
import { type Style, wrap } from './style.ts';
import { endText, outcomeSign, outcomeWord } from './trace-end-text.ts';
import { clockText, durationText } from './trace-time.ts';

export const INDENT = '    ';

/** "#7  13:40:55.507819  10.9.0.1:53924 > 10.9.0.2:8080 tcp S …, length 60, netns web, by curl (207)". */
export function headOf({ trail, looks, steps, notes }: Journey, style: Style, columns: number): string {
  const look = looks[0] ?? null;
  const time = steps[0]?.hop.time ?? look?.time ?? '';
  const start = `#${trail}  ${clockText(time)}  `;
  const again = notes.some(({ kind }) => kind === 'same-data-again') ? ' (sent again)' : '';
  const packet = look?.packet ? summarize(look.packet) : 'packet without a readable header';
  const [length, ...rest] = lookParts(look, steps[0]?.hop.stage);
  for (const parts of [[`${packet}${again}`, length], [`${packet}${again}`]]) {
    const head = start + parts.join(', ');
    const about = [...(parts.length > 1 ? [] : [length]), ...rest].join(', ');
    if (head.length + about.length + 2 <= columns) return `${style.bold(head)}, ${about}`;
    if (head.length <= columns) return `${style.bold(head)}\n${INDENT}${about}`;
  }
  const wrapped = wrap(`${packet}${again}`, columns - start.length, INDENT);
  return `${style.bold(start + wrapped)}\n${INDENT}${[length, ...rest].join(', ')}`;
}

/** Of a packet that is sent, the process is known; a received one finds anybody on the CPU. */
function lookParts(look: LookEvent | null, stage: string | undefined): readonly string[] {
  if (!look) return ['no look: its record was lost'];
  const { process, netnsName, netns, ifname, mark, length } = look;
  const local = stage === 'output' || stage === 'xmit' || stage === 'tcp' || stage === 'udp';
  return [
    `length ${length}`,
    ...(mark === 0 ? [] : [`mark 0x${mark.toString(16)}`]),
    ...(netns === null ? [] : [`netns ${netnsName ?? netns}`]),
    ...(ifname === null ? [] : [ifname]),
    ...(local && process.pid !== 0 ? [`by ${process.comm} (${process.pid})`] : []),
  ];
}

/** What became of the packet; of several sk_buffs, of how many. */
export function totalOf({ end }: Journey, style: Style): string {
  const after = `, after ${durationText(end.durationNs)}`;
  if (end.ends.length <= 1) return endText(end.end, style) + after;
  const counts = new Map<Outcome, number>();
  for (const { outcome } of end.ends) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const each = [...counts].map(([outcome, count]) => `${count} ${outcomeWord(outcome)}`);
  return `${outcomeSign(end.outcome, style)}: of ${end.ends.length} buffers ${each.join(', ')}${after}`;
}
