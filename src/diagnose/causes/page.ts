import { FACTS, type FactName } from '../facts/catalogue.ts';
import { type FactSpec, NEEDS } from '../facts/spec.ts';
import type { Cause, Command, Fix, Saying, Template } from './cause.ts';
import type { Condition } from './condition.ts';
import { CAUSES } from './table.ts';

/** docs/causes.md, from the rows themselves. */
export function causesPage(): string {
  const list = CAUSES.map(({ id, title }) => `- [\`${id}\`](#${id}): ${title}`).join('\n');
  return `${INTRODUCTION}\n\n${list}\n\n${CAUSES.map(sectionOf).join('\n')}\n${factsSection()}`;
}

const INTRODUCTION = `# Causes

What \`netwhy why\` can name, made from the rows in \`src/diagnose/causes\`;
\`npx vitest run --project unit src/diagnose -u\` writes it anew.
A cause is considered when its first condition, the symptom, holds. One condition answered *no* rules it out. One that
nobody could answer leaves it *possible*, and the verdict names what would settle it. A value of *nothing* means that it
was looked for and is not there.`;

function sectionOf(cause: Cause): string {
  const { id, title, when, sure, sureIf, says, fix, check, settles, see } = cause;
  const parts = [
    `## ${id}\n\n${title}.`,
    `**Holds when**\n\n${when.map(condition => `- ${conditionText(condition)}`).join('\n')}`,
    `**Sureness**: ${sure}.${(sureIf ?? []).map(row => ` ${capital(row.sure)} when ${joined(row.all, ' and ')}.`).join('')}`,
    `**Says**\n\n${says.map(saying => `- ${sayingText(saying)}`).join('\n')}`,
    ...(fix.length > 0 ? [`**Fix**, least change first\n\n${fix.map(fixText).join('\n')}`] : []),
    ...(check.length > 0 ? [`**Check**\n\n${check.map(checkText).join('\n')}`] : []),
    ...(settles.length > 0 ? [`**What would settle it**: ${settles.join(' ')}`] : []),
    `**See**: ${see.join('; ')}.`,
  ];
  return `${parts.join('\n\n')}\n`;
}

function sayingText(saying: Template | Saying): string {
  if (typeof saying === 'string') return `“${saying}”`;
  return `“${saying.text}” when ${joined(saying.when, ' and ')}`;
}

function fixText({ run, where, when, changes, risk, hostWide, advice }: Fix): string {
  const command = advice ? run : `\`${run}\``;
  const notes = [
    advice ? '' : changes,
    when && !advice ? `when ${joined(when, ' and ')}` : '',
    hostWide ? '**whole machine**' : '',
    whereText(where),
    risk ? `risk: ${risk}` : '',
  ];
  const text = notes.filter(note => note !== '').join('; ');
  return `- ${command}${text === '' ? '' : `: ${text}`}`;
}

function checkText({ run, where, when }: Command): string {
  const notes = [whereText(where), when ? `when ${joined(when, ' and ')}` : ''].filter(note => note !== '');
  return `- \`${run}\`${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`;
}

function whereText(where: Command['where']): string {
  if (where === undefined || where === 'incident') return '';
  if (where === 'host') return 'on the host';
  return 'of' in where ? `in the namespace of \`${where.of}\`` : `in the namespace \`${where.inode}\``;
}

type Plain = Exclude<Condition, { any: unknown } | { all: unknown }>;

function conditionText(condition: Condition): string {
  if ('any' in condition) return group(condition.any, ' or ');
  if ('all' in condition) return group(condition.all, ' and ');
  return `\`${condition.fact}\` ${testText(condition)}${'anywhere' in condition ? ' in some namespace' : ''}`;
}

function group(conditions: readonly Condition[], word: string): string {
  return conditions.length === 1 ? conditionText(conditions[0]!) : `(${joined(conditions, word)})`;
}

function joined(conditions: readonly Condition[], word: string): string {
  return conditions.map(conditionText).join(word);
}

function testText(condition: Plain): string {
  if ('is' in condition) return `is ${value(condition.is)}`;
  if ('not' in condition) return `is not ${value(condition.not)}`;
  if ('oneOf' in condition) return `is ${condition.oneOf.map(value).join(' or ')}`;
  if ('noneOf' in condition) return `is not ${condition.noneOf.map(value).join(' or ')}`;
  if ('atLeastShare' in condition) return `≥ ${shareText(condition.atLeastShare)}\`${condition.of}\``;
  if ('atLeast' in condition) return `≥ ${condition.atLeast}`;
  if ('atMost' in condition) return `≤ ${condition.atMost}`;
  if ('matches' in condition) return `matches \`/${condition.matches}/i\``;
  if ('lacks' in condition) return `does not match \`/${condition.lacks}/i\``;
  if ('hasAny' in condition) return `has ${condition.hasAny.map(value).join(' or ')}`;
  if ('sameAs' in condition) return `is the same as \`${condition.sameAs}\``;
  if ('differsFrom' in condition) return `differs from \`${condition.differsFrom}\``;
  return condition.exists ? 'is something' : 'is nothing';
}

function shareText(share: number): string {
  return share === 1 ? '' : `${share} × `;
}

function value(scalar: string | number | boolean): string {
  return `\`${scalar}\``;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function factsSection(): string {
  const rows = (Object.entries(FACTS) as [FactName, FactSpec][]).map(
    ([name, { type, unit, about, from, what }]) =>
      `| \`${name}\` | ${type}${unit ? `, ${unit}` : ''} | ${about} | ${from} | ${what.replaceAll('|', '\\|')} |`,
  );
  const needs = Object.entries(NEEDS).map(([collector, text]) => `- **${collector}**: ${text}`);
  return `## Facts

What the conditions ask. A fact is about one incident (symptoms alike, joined), a namespace, an interface or the machine.

| fact | type | about | brought by | what |
|---|---|---|---|---|
${rows.join('\n')}

What each collector needs:

${needs.join('\n')}
`;
}
