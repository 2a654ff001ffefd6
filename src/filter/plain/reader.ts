import { filterError } from '../syntax-error.ts';
import { type Word, wordsOf } from './words.ts';

const MOST_WORDS = 2000;

/** The words of an expression, one after another. */
export class Reader {
  readonly text: string;
  private readonly words: readonly Word[];
  private next = 0;

  constructor(text: string) {
    this.text = text;
    this.words = wordsOf(text);
    const first = this.words[MOST_WORDS];
    if (first) throw this.wrong(`the expression has more than ${MOST_WORDS} words`, first.start);
  }

  /** The word that comes next; undefined at the end. */
  peek(): string | undefined {
    return this.words[this.next]?.text;
  }

  /** The one behind it. */
  peekSecond(): string | undefined {
    return this.words[this.next + 1]?.text;
  }

  /** Where the next word starts; the text's length at the end. */
  get position(): number {
    return this.words[this.next]?.start ?? this.text.length;
  }

  /** Goes on when the next word is `word`. */
  take(word: string): boolean {
    if (this.peek() !== word) return false;
    this.next++;
    return true;
  }

  /** Goes on behind a word that was looked at. */
  skip(): void {
    this.next++;
  }

  /** "expected a port number, not "x"", at the next word. */
  expected(what: string): Error {
    const word = this.peek();
    return this.wrong(word === undefined ? `expected ${what}` : `expected ${what}, not "${word}"`);
  }

  /** An error at the next word, or at `position`. */
  wrong(message: string, position: number = this.position): Error {
    return filterError(this.text, position, message);
  }
}
