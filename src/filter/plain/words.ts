/** A word or sign; `start` counts characters from 0. */
export interface Word {
  readonly text: string;
  readonly start: number;
}

const WORD = /&&|\|\||[()!]|[^\s()!&|]+|[&|]/g;
const SIGNS: Readonly<Record<string, string>> = { '&&': 'and', '||': 'or', '!': 'not' };

/** Signs come out as the words that they stand for. */
export function wordsOf(text: string): Word[] {
  return [...text.matchAll(WORD)].map(({ 0: word, index }) => ({ text: SIGNS[word] ?? word, start: index }));
}
