import { INSN_BYTES } from '../abi/index.ts';
import { decodeSlots } from './decode.ts';
import { BARE, type Naming, textOf } from './instruction-text.ts';
import type { Program } from './program.ts';

/** A line of the listing. Labels ("drop:") and comments ("; why") carry the slot of the instruction below them. */
export interface ListingLine {
  readonly slot: number;
  readonly kind: 'code' | 'label' | 'comment';
  readonly text: string;
}

/** The whole program as text: numbered instructions in the verifier's notation, labels, comments. */
export function listing(program: Program): string {
  return listingLines(program)
    .map(line => `${SHAPES[line.kind](line)}\n`)
    .join('');
}

const SHAPES: Readonly<Record<ListingLine['kind'], (line: ListingLine) => string>> = {
  code: ({ slot, text }) => `${String(slot).padStart(5)}: ${text}`,
  label: ({ text }) => text,
  comment: ({ text }) => `       ${text}`,
};

/** The same, line by line, without slot numbers in the text. */
export function listingLines(program: Program): readonly ListingLine[] {
  const labels = labelsOf(program);
  const notes = notesBySlot(program, labels);
  const maps = new Map(program.relocations.map(({ slot, map }) => [slot, map.name]));
  const lines: ListingLine[] = [];
  const end = program.bytes.byteLength / INSN_BYTES;
  for (const { slot, instruction } of decodeSlots(program.bytes)) {
    const names: Naming = {
      placeOf: distance => labels.get(slot + 1 + distance) ?? BARE.placeOf(distance),
      mapOf: fd => maps.get(slot) ?? BARE.mapOf(fd),
    };
    lines.push(...(notes.get(slot) ?? []), { slot, kind: 'code', text: textOf(instruction, names) });
  }
  return [...lines, ...(notes.get(end) ?? [])];
}

/** First label of each slot. Different labels may share a name: later ones get a number, "drop.2". */
function labelsOf(program: Program): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  const used = new Map<string, number>();
  for (const note of program.notes) {
    if (note.kind !== 'label' || names.has(note.slot)) continue;
    const times = (used.get(note.text) ?? 0) + 1;
    used.set(note.text, times);
    names.set(note.slot, times === 1 ? note.text : `${note.text}.${times}`);
  }
  return names;
}

function notesBySlot(
  program: Program,
  labels: ReadonlyMap<number, string>,
): ReadonlyMap<number, ListingLine[]> {
  const notes = new Map<number, ListingLine[]>();
  const named = new Set<number>();
  for (const { slot, kind, text } of program.notes) {
    const name = kind === 'label' && !named.has(slot) ? labels.get(slot)! : text;
    if (kind === 'label') named.add(slot);
    const line: ListingLine = { slot, kind, text: kind === 'label' ? `${name}:` : `; ${text}` };
    notes.set(slot, [...(notes.get(slot) ?? []), line]);
  }
  return notes;
}
