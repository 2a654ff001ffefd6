import { INSN_BYTES } from '../abi/index.ts';
import { decodeSlots } from './decode.ts';
import { BARE, type Naming, textOf } from './instruction-text.ts';
import type { Note, Program } from './program.ts';

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
  const labels = labelNamesOf(program.notes);
  const notes = linesBySlot(program.notes, labels);
  // The first label of a slot stands for it in jumps.
  const places = new Map([...labels].reverse().map(([{ slot }, name]) => [slot, name]));
  const maps = new Map(program.relocations.map(({ slot, map }) => [slot, map.name]));
  const lines: ListingLine[] = [];
  for (const { slot, instruction } of decodeSlots(program.bytes)) {
    const names: Naming = {
      placeOf: distance => places.get(slot + 1 + distance) ?? BARE.placeOf(distance),
      mapOf: fd => maps.get(slot) ?? BARE.mapOf(fd),
    };
    lines.push(...(notes.get(slot) ?? []), { slot, kind: 'code', text: textOf(instruction, names) });
  }
  return [...lines, ...(notes.get(program.bytes.byteLength / INSN_BYTES) ?? [])];
}

/** Different labels may share a name: later ones get a number, "drop.2". */
function labelNamesOf(notes: readonly Note[]): ReadonlyMap<Note, string> {
  const names = new Map<Note, string>();
  const used = new Map<string, number>();
  for (const note of notes) {
    if (note.kind !== 'label') continue;
    const times = (used.get(note.text) ?? 0) + 1;
    used.set(note.text, times);
    names.set(note, times === 1 ? note.text : `${note.text}.${times}`);
  }
  return names;
}

function linesBySlot(
  notes: readonly Note[],
  labels: ReadonlyMap<Note, string>,
): ReadonlyMap<number, readonly ListingLine[]> {
  const lines = new Map<number, ListingLine[]>();
  for (const note of notes) {
    const { slot, kind } = note;
    const line: ListingLine = {
      slot,
      kind,
      text: kind === 'label' ? `${labels.get(note)}:` : `; ${note.text}`,
    };
    const before = lines.get(slot);
    if (before) before.push(line);
    else lines.set(slot, [line]);
  }
  return lines;
}
