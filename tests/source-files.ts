import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT: string = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

/** A file of ours; `path` starts at the checkout, with / between its parts. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Files below a folder of the checkout whose names end so, fixtures left out. */
export function filesBelow(folder: string, suffixes: readonly string[]): SourceFile[] {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  const paths = entries
    .map(entry => `${folder}/${entry}`)
    .filter(path => !/\/(testdata|node_modules)\//.test(path));
  const wanted = paths.filter(path => suffixes.some(suffix => path.endsWith(suffix))).sort();
  return wanted.map(path => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

/** The text of one file of the checkout. */
export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Code without its comments, line by line as before. Good enough for finding words, not for running. */
export function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, comment => comment.replace(/[^\n]/g, ''))
    .replace(/(^|\s)\/\/[^\n]*/g, '$1');
}

/** Code with its strings emptied. */
export function withoutStrings(text: string): string {
  return text.replace(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g, "''");
}

const IMPORT = /(?:\bfrom|^\s*import|\bimport\s*\()\s*'([^'\n]+)'/gm;

/** What a file imports or re-exports, types and dynamic imports included, as written. */
export function importsOf(text: string): string[] {
  return [...withoutComments(text).matchAll(IMPORT)].map(([, specifier]) => specifier ?? '');
}
