import { type ListingLine, listingLines, type Program } from '../asm/index.ts';

const INSTRUCTION = /^(\d+): \([0-9a-f]{2}\) /;
const STATE = /^(?:from \d+ to \d+|\d+|\s*cur state|\s*old state): .*(?:R\d+|fp-?\d+|frame\d+)/;
const STATISTICS = /^(?:processed \d+ insns|verification time|stack depth|mark_precise|max_states)/;
const LINES_BEFORE = 6;
const LINES_AFTER = 2;
const VERIFIER_LINES = 5;

/**
 * The lines of a verifier's log that decide, beside our own listing: its reason, the instruction with labels and
 * comments around it, and the last register states that the verifier printed.
 */
export function verifierReport(program: Program, log: string): string {
  const lines = log.split('\n').filter(line => line.trim() !== '' && !STATISTICS.test(line));
  const last = lines.findLastIndex(line => INSTRUCTION.test(line));
  const reason = reasonOf(lines, last);
  if (last < 0) return `the verifier refuses it: ${reason}`;
  const slot = Number(INSTRUCTION.exec(lines[last] ?? '')?.[1]);
  return [
    `the verifier refuses instruction ${slot}: ${reason}`,
    ...excerpt(listingLines(program), slot),
    '  what the verifier saw:',
    ...lines.slice(Math.max(0, last + 1 - VERIFIER_LINES), last + 1).map(line => `    ${line.trimEnd()}`),
  ].join('\n');
}

/** What is said after the last instruction; without any, the last line. */
function reasonOf(lines: readonly string[], last: number): string {
  const after = lines.slice(last + 1).filter(line => !STATE.test(line));
  return after.map(line => line.trim()).join('; ') || (lines.at(-1)?.trim() ?? 'no reason given');
}

function excerpt(lines: readonly ListingLine[], slot: number): readonly string[] {
  const at = lines.findIndex(line => line.kind === 'code' && line.slot === slot);
  if (at < 0) return [];
  return lines
    .slice(Math.max(0, at - LINES_BEFORE), at + LINES_AFTER + 1)
    .map(line => `  ${line.kind === 'code' && line.slot === slot ? '>' : ' '} ${textOf(line)}`);
}

function textOf({ slot, kind, text }: ListingLine): string {
  return kind === 'code' ? `${String(slot).padStart(4)}: ${text}` : kind === 'label' ? text : `      ${text}`;
}
