import { isBenignDrop } from '../diagnose/index.ts';
import type { SkbEnd } from '../events/index.ts';
import type { Journey } from '../trail/index.ts';
import { padTo, plainStyle, type Style, wrap } from './style.ts';
import { bornName, bornText } from './trace-born.ts';
import { endText } from './trace-end-text.ts';
import { headOf, INDENT, totalOf } from './trace-head.ts';
import { type Device, type LifeLine, linesOf, type StageLine, sameDevice } from './trace-lines.ts';
import { type Life, type LifeEvent, livesOf } from './trace-lives.ts';
import { stageText } from './trace-stage-text.ts';
import { durationText, TIME_WIDTH, type TimeForm, timeCell } from './trace-time.ts';

export interface TraceTextOptions {
  readonly style: Style;
  /** Characters per line. */
  readonly columns: number;
  readonly time: TimeForm;
  /** Also say how long each stage took. */
  readonly latency?: boolean;
}

const LABEL = 14;
const MOST_LINES = 60;
const MOST_CHILDREN = 12;

/** One packet's way as a block: what it is, a line per stage, what changed, and what became of it. */
export function traceBlock(journey: Journey, options: TraceTextOptions): string {
  const lives = livesOf(journey);
  const root = lives[0];
  const { style, columns } = options;
  const rows = [headOf(journey, style, columns)];
  if (root) {
    const block = new Block(journey, lives, options);
    rows.push(...block.rowsOf(root, INDENT));
    rows.push(...block.rowsOfOthers());
  }
  if (journey.hopsLeftOut > 0) rows.push(`${INDENT}${journey.hopsLeftOut} more hops were seen and not kept`);
  if (lives.length > 1 || !root) rows.push(totalOf(journey, style));
  return rows.map(row => `${row}\n`).join('');
}

class Block {
  private readonly options: TraceTextOptions;
  private readonly names: Map<Life, string> = new Map();
  private readonly lines: Map<Life, readonly LifeLine[]> = new Map();
  private readonly printed: Set<Life> = new Set();
  private readonly lives: readonly Life[];
  private readonly start: number;
  private readonly deviceWidth: number;
  private before: number;
  private device: Device | null = null;

  constructor(journey: Journey, lives: readonly Life[], options: TraceTextOptions) {
    this.options = options;
    this.lives = lives;
    this.start = journey.steps[0]?.hop.ts ?? 0;
    this.before = this.start;
    this.deviceWidth = Math.max(0, ...journey.steps.map(({ look }) => look?.ifname?.length ?? 0));
    lives.forEach((life, index) => {
      this.names.set(life, index === 0 ? `#${journey.trail}` : `#${journey.trail}.${index}`);
      this.lines.set(life, linesOf(life));
    });
  }

  rowsOf(life: Life, indent: string): string[] {
    this.printed.add(life);
    this.device = null;
    const lines = this.lines.get(life)!;
    const rows = lines
      .slice(0, MOST_LINES)
      .map((line, at) => this.row(line, stageAfter(lines, at), indent))
      .filter(row => row !== '');
    if (lines.length > MOST_LINES)
      rows.push(`${indent}${lines.length - MOST_LINES} more lines: --flat shows them`);
    return [...rows, ...this.endRows(life, indent)];
  }

  /** Children, each once; those that went the same way together. */
  rowsOfOthers(): string[] {
    const rows: string[] = [];
    let left = MOST_CHILDREN;
    for (const life of this.lives) {
      if (this.printed.has(life)) continue;
      const alike = this.alike(life);
      if (left-- <= 0) continue;
      for (const twin of alike) this.printed.add(twin);
      this.before = life.start;
      rows.push(this.childHead(alike), ...this.rowsOf(life, INDENT + INDENT));
    }
    if (left < 0) rows.push(`${INDENT}${-left} more: --flat shows them`);
    return rows;
  }

  private alike(life: Life): readonly Life[] {
    const way = this.wayOf(life);
    return this.lives.filter(
      other => other === life || (!this.printed.has(other) && this.wayOf(other) === way),
    );
  }

  /** What two lives have in common that went the same way. */
  private wayOf(life: Life): string {
    const lines = this.lines.get(life)!.map(line => {
      if (line.kind === 'stage')
        return `${line.label} ${line.device?.ifname} ${line.device?.netns} ${line.hook} ${[...line.verdicts.values()]}`;
      return line.kind === 'note' ? line.text : 'children';
    });
    const { end } = life;
    return [life.born, ...lines, end?.outcome, end?.reason, end?.function, end?.ifname, end?.netns].join(
      '\n',
    );
  }

  private childHead(alike: readonly Life[]): string {
    const [first, last] = [alike[0]!, alike.at(-1)!];
    const name = this.names.get(first)!;
    const names = alike.length === 1 ? name : `${name} … ${this.names.get(last)}:`;
    const { style } = this.options;
    return `${INDENT}${style.bold(names)} ${bornText(alike)}, ${durationText(first.start - this.start)} in`;
  }

  private row(line: LifeLine, next: StageLine | null, indent: string): string {
    if (line.kind === 'stage') return this.stageRow(line, next, indent);
    const text = line.kind === 'note' ? line.text : this.childrenText(line.children);
    const { style, columns } = this.options;
    const start = `${indent}${' '.repeat(this.timeWidth + 2)}`;
    const sign = line.kind === 'note' ? '→' : '⤷';
    return `${start}${style.warn(`${sign} ${wrap(text, columns - start.length - 2, `${start}  `)}`)}`;
  }

  private stageRow(line: StageLine, next: StageLine | null, indent: string): string {
    const { style, time, columns, latency } = this.options;
    const cell = timeCell(time, line.hop, this.start, this.before).padStart(TIME_WIDTH[time]);
    this.before = line.hop.ts;
    const moved = line.device !== null && !sameDevice(line.device, this.device);
    const shown = moved ? (line.device?.ifname ?? '') : '';
    this.device = line.device ?? this.device;
    const took = latency
      ? `${(next ? durationText(next.hop.ts - line.hop.ts) : '').padStart(TIME_WIDTH.delta)} `
      : '';
    const device = this.deviceWidth === 0 ? '' : `${padTo(shown, this.deviceWidth)}  `;
    const used = indent.length + this.timeWidth + 2 + LABEL + 2 + device.length;
    const text = wrap(stageText(line, columns - used), columns - used, ' '.repeat(used));
    return `${indent}${style.dim(`${cell} ${took}`)} ${style.name(padTo(line.label, LABEL))}  ${device}${text}`.trimEnd();
  }

  private get timeWidth(): number {
    return TIME_WIDTH[this.options.time] + (this.options.latency ? TIME_WIDTH.delta + 1 : 0);
  }

  private childrenText(children: readonly Life[]): string {
    const [first, last] = [this.names.get(children[0]!)!, this.names.get(children.at(-1)!)!];
    const what = bornName(children[0]!);
    return children.length === 1 ? `${what} ${first}` : `${children.length} ${what}s ${first} … ${last}`;
  }

  private endRows({ end, events }: Life, indent: string): string[] {
    if (!end) return [];
    const { style, columns, time } = this.options;
    const last = events.findLast(event => event.kind === 'hop' && event.hop.stage === 'free');
    const cell = last?.kind === 'hop' ? timeCell(time, last.hop, this.start, this.before) : '';
    const start = `${indent}${style.dim(cell.padStart(TIME_WIDTH[time]).padEnd(this.timeWidth))}  `;
    const below = `${indent}${' '.repeat(this.timeWidth)}    `;
    const benign = isBenign(end, events);
    const plain = endText(end, plainStyle, benign);
    if (below.length + plain.length - 2 <= columns) return [start + endText(end, style, benign)];
    return [start + wrap(plain, columns - below.length, below)];
  }
}

function isBenign(end: SkbEnd, events: readonly LifeEvent[]): boolean {
  if (end.outcome !== 'dropped') return false;
  const last = events.findLast(event => event.kind === 'hop');
  const look = last?.kind === 'hop' ? last.look : null;
  return isBenignDrop({ ...end, packet: look?.packet ?? null, ...(look ? { protocol: look.protocol } : {}) })
    .benign;
}

function stageAfter(lines: readonly LifeLine[], at: number): StageLine | null {
  for (const line of lines.slice(at + 1)) if (line.kind === 'stage') return line;
  return null;
}
