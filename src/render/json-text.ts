/** Strings that come again and again (names): their JSON text is made once. */
const known: Map<string, string> = new Map();
const MOST = 50_000;

/** A name as JSON; null stays null. */
export function nameJson(name: string | null): string {
  if (name === null) return 'null';
  let text = known.get(name);
  if (text === undefined) {
    if (known.size >= MOST) known.clear();
    text = JSON.stringify(name);
    known.set(name, text);
  }
  return text;
}

const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** A flat object as JSON, quicker than JSON.stringify; what is nested goes through it. */
export function flatJson(object: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (const key in object) {
    const value = object[key];
    if (value !== undefined) text += `${text === '' ? '{' : ','}"${key}":${valueJson(value)}`;
  }
  return text === '' ? '{}' : `${text}}`;
}

function valueJson(value: unknown): string {
  if (typeof value === 'number') return `${value}`;
  if (typeof value === 'string' && PLAIN.test(value)) return `"${value}"`;
  return JSON.stringify(value);
}
