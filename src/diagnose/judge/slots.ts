import type { Template } from '../causes/cause.ts';
import { type FactName, isFactName } from '../facts/catalogue.ts';
import type { FactValue } from '../facts/fact.ts';
import { flatten, shellQuote, wordsOf } from './shell.ts';

/** Value of a fact; undefined or null when it cannot fill a slot. */
export type SlotValue = (name: FactName) => FactValue | undefined;

const SLOT = /\{([\w.]+)(?:\|(\w+))?\}/g;

/** The facts that a template needs. */
export function slotsOf(template: Template): FactName[] {
  return [...template.matchAll(SLOT)].map(([, name]) => name!).filter(isFactName);
}

/** For a person; undefined when a slot stays empty. */
export function sentenceOf(template: Template, slotValue: SlotValue): string | undefined {
  return fill(template, slotValue, value => flatten(plainText(value)));
}

/** For a shell: every slot is quoted, whatever it holds. */
export function commandOf(template: Template, slotValue: SlotValue): string | undefined {
  return fill(template, slotValue, (value, filter) => (FILTERS[filter] ?? quoted)(value));
}

type Filled = Exclude<FactValue, null>;

function fill(
  template: Template,
  slotValue: SlotValue,
  write: (value: Filled, filter: string) => string,
): string | undefined {
  let empty = false;
  const text = template.replace(SLOT, (whole, name: string, filter: string | undefined) => {
    if (!isFactName(name)) return whole;
    const value = slotValue(name);
    if (value === undefined || value === null) empty = true;
    return value === undefined || value === null ? '' : write(value, filter ?? '');
  });
  return empty ? undefined : text;
}

const quoted = (value: Filled): string => shellQuote(plainText(value));

const FILTERS: Readonly<Record<string, (value: Filled) => string>> = {
  sysctl: value => shellQuote(plainText(value).replace(/[./]/g, found => (found === '.' ? '/' : '.'))),
  double: value => String(2 * Number(value)),
  words: value => wordsOf(plainText(value)).map(shellQuote).join(' '),
  rule: value => wordsOf(plainText(value)).slice(2).map(shellQuote).join(' '),
};

export function plainText(value: Filled): string {
  return Array.isArray(value) ? value.join(' ') : String(value);
}
