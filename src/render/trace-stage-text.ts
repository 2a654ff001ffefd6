import type { StageLine } from './trace-lines.ts';
import { UNREMARKABLE } from './trace-stages.ts';

/** Answers that mean "go on": not worth a word, but for netfilter's. */
const USUAL: ReadonlySet<string> = new Set(['ok', 'accept', 'continue', 'pipe']);
const HOOK = 'nf_hook_slow';

/** What a stage line says behind its name: hook and verdict, or the functions that the packet met. */
export function stageText(line: StageLine, width: number): string {
  const remarks = line.remarks.length > 0 ? `; ${line.remarks.join('; ')}` : '';
  const text =
    line.label === 'netfilter'
      ? netfilterText(line, width - remarks.length)
      : functionsText(line, width - remarks.length);
  return text + remarks;
}

function netfilterText(line: StageLine, width: number): string {
  const verdict = line.verdicts.get(HOOK);
  const inside = line.functions.filter(name => name !== HOOK);
  const head = line.hook === null ? '' : `${line.hook}: `;
  const tail = verdict === undefined ? '' : verdict;
  if (inside.length === 0) return tail === '' ? (line.hook ?? HOOK) : head + tail;
  const room = width - head.length - tail.length - 2;
  return `${head}${elide(
    inside.map(name => answered(line, name)),
    room,
  )}${tail === '' ? '' : `, ${tail}`}`;
}

function functionsText(line: StageLine, width: number): string {
  const told = line.functions.filter(name => !UNREMARKABLE.has(name) || answered(line, name) !== name);
  const shown = told.length > 0 ? told : line.functions;
  return elide(
    shown.map(name => answered(line, name)),
    width,
  );
}

function answered({ verdicts, label }: StageLine, name: string): string {
  const verdict = verdicts.get(name);
  if (verdict === undefined || USUAL.has(verdict)) return name;
  return label === 'netfilter' && verdict === 'stolen' ? name : `${name} = ${verdict}`;
}

/** All names when they fit, else the first ones and the last one around a "…". */
function elide(names: readonly string[], width: number): string {
  const all = names.join(', ');
  if (all.length <= width || names.length <= 2) return all;
  const last = names.at(-1)!;
  const kept: string[] = [];
  let length = last.length + 5;
  for (const name of names.slice(0, -1)) {
    length += name.length + 2;
    if (length > width && kept.length > 0) break;
    kept.push(name);
  }
  return kept.length === names.length - 1 ? all : `${kept.join(', ')} … ${last}`;
}
