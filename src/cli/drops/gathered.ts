import type { Output } from '../output.ts';

/** Lines are gathered and written together: one write per look at the buffer, or per 64 KiB. */
export interface Gathered {
  add(text: string): void;
  readonly flush: () => void;
}

const ENOUGH = 64 << 10;

export function gathered(out: Output): Gathered {
  let text = '';
  const flush = (): void => {
    out.write(text);
    text = '';
  };
  return {
    flush,
    add: line => {
      text += line;
      if (text.length >= ENOUGH) flush();
    },
  };
}
