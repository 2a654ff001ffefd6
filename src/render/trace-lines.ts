import type { HopEvent, LookEvent } from '../events/index.ts';
import type { Life, LifeEvent } from './trace-lives.ts';
import { conntrackNote, lookNotes } from './trace-notes.ts';
import { hookAfter, stageLabel } from './trace-stages.ts';

/** An interface of one namespace: others may have the same name. */
export interface Device {
  readonly ifname: string;
  readonly netns: number | null;
}

/** Hops of one stage, one after another, on one line. */
export interface StageLine {
  readonly kind: 'stage';
  readonly label: string;
  /** The first hop: when the stage was entered. */
  readonly hop: HopEvent;
  /** Netfilter hook, when it is known. */
  readonly hook: string | null;
  /** Interface and namespace. */
  device: Device | null;
  readonly functions: string[];
  /** What functions answered; the last answer of each. */
  readonly verdicts: Map<string, string>;
  readonly remarks: string[];
}

/** Something that changed between two hops. */
export interface NoteLine {
  readonly kind: 'note';
  readonly text: string;
}

/** Other sk_buffs begin here. */
export interface ChildrenLine {
  readonly kind: 'children';
  readonly children: Life[];
}

export type LifeLine = StageLine | NoteLine | ChildrenLine;

/** A life as lines of the short form. */
export function linesOf(life: Life): readonly LifeLine[] {
  const page = new Page(newbornLook(life));
  for (const event of life.events) page.add(event);
  return page.lines;
}

/** The look that a child begins with: what it is and where, not what changed. */
export function newbornLook({ parent, events: [first] }: Life): LookEvent | null {
  return parent !== null && first?.kind === 'look' ? first.look : null;
}

/** Whoever is on the CPU while data are copied to user space is the reader. */
function readerOf({ process: { pid, comm } }: HopEvent): string {
  return `by ${comm} (${pid})`;
}

function deviceOf(look: LookEvent | null): Device | null {
  return look === null || look.ifname === null ? null : { ifname: look.ifname, netns: look.netns };
}

export function sameDevice(a: Device | null, b: Device | null): boolean {
  return a?.ifname === b?.ifname && a?.netns === b?.netns;
}

class Page {
  readonly lines: LifeLine[] = [];
  private stage: StageLine | null = null;
  private before: string | null = null;
  private redirected = false;
  private readonly newborn: LookEvent | null;

  constructor(newborn: LookEvent | null) {
    this.newborn = newborn;
  }

  add(event: LifeEvent): void {
    if (event.kind === 'hop') this.hop(event.hop, deviceOf(event.look));
    else if (event.kind === 'look') this.look(event);
    else if (event.kind === 'child') this.child(event.child);
    else this.redirect(event.note.text);
  }

  private hop(hop: HopEvent, device: Device | null): void {
    if (hop.kind === 'return') this.answer(hop);
    else if (hop.stage !== 'free') this.meet(hop, device);
  }

  private meet(hop: HopEvent, device: Device | null): void {
    const label = stageLabel(hop, this.stage?.label ?? null);
    const hook = label === 'netfilter' ? hookAfter(this.before) : null;
    const line = this.joins(label, hook, device) ?? this.open(label, hop, hook, device);
    line.device ??= device;
    if (line.functions.at(-1) !== hop.function) line.functions.push(hop.function);
    if (label !== 'netfilter' && label !== 'defragment') this.before = hop.function;
    if (label === 'read' && line.remarks.length === 0) line.remarks.push(readerOf(hop));
    this.redirected = false;
  }

  /** The line this hop belongs to: the last one, unless something changed since or it is another stage, hook or device. */
  private joins(label: string, hook: string | null, device: Device | null): StageLine | null {
    const last = this.lines.at(-1);
    if (last?.kind !== 'stage' || last.label !== label) return null;
    const moved = last.device !== null && device !== null && !sameDevice(last.device, device);
    return moved || (hook !== null && last.hook !== hook) ? null : last;
  }

  private open(label: string, hop: HopEvent, hook: string | null, device: Device | null): StageLine {
    const line: StageLine = {
      kind: 'stage',
      label,
      hop,
      hook,
      device,
      functions: [],
      verdicts: new Map(),
      remarks: [],
    };
    this.lines.push(line);
    this.stage = line;
    return line;
  }

  private answer({ function: name, verdict, returned }: HopEvent): void {
    const line = this.lines.findLast(
      (candidate): candidate is StageLine => candidate.kind === 'stage' && candidate.functions.includes(name),
    );
    line?.verdicts.set(name, verdict ?? String(returned));
  }

  private look({ look, before }: Extract<LifeEvent, { kind: 'look' }>): void {
    const conntrack = conntrackNote(look, before);
    if (conntrack !== null && this.stage?.label === 'netfilter') this.stage.remarks.push(conntrack);
    else if (conntrack !== null) this.lines.push({ kind: 'note', text: conntrack });
    const told = look === this.newborn ? /^(into netns|length) / : this.redirected ? /^into netns / : /^$/;
    for (const text of lookNotes(before, look)) if (!told.test(text)) this.lines.push({ kind: 'note', text });
  }

  /** A redirect says where the packet went better than the look that noticed it. */
  private redirect(text: string): void {
    const last = this.lines.at(-1);
    if (last?.kind === 'note' && last.text.startsWith('into netns')) this.lines.pop();
    this.lines.push({ kind: 'note', text });
    this.redirected = true;
  }

  private child(child: Life): void {
    const last = this.lines.at(-1);
    if (last?.kind === 'children' && last.children[0]?.born === child.born) last.children.push(child);
    else this.lines.push({ kind: 'children', children: [child] });
  }
}
