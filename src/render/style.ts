/** Colours by meaning; the plain style returns its text as it is. */
export interface Style {
  readonly color: boolean;
  bold(text: string): string;
  dim(text: string): string;
  bad(text: string): string;
  good(text: string): string;
  warn(text: string): string;
  name(text: string): string;
}

const same = (text: string): string => text;
const sgr =
  (code: number, end: number) =>
  (text: string): string =>
    `\u001b[${code}m${text}\u001b[${end}m`;

export const plainStyle: Style = {
  color: false,
  bold: same,
  dim: same,
  bad: same,
  good: same,
  warn: same,
  name: same,
};

const colorStyle: Style = {
  color: true,
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  bad: sgr(31, 39),
  good: sgr(32, 39),
  warn: sgr(33, 39),
  name: sgr(36, 39),
};

export function styleOf(color: boolean): Style {
  return color ? colorStyle : plainStyle;
}

/** Pads to `width`; what is longer is kept whole, columns give way. */
export function padTo(text: string, width: number): string {
  return text.length >= width ? text : text + ' '.repeat(width - text.length);
}

/** Breaks at blanks so that no line holds more than `width` characters; every line but the first is indented. */
export function wrap(text: string, width: number, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > Math.max(20, width)) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${indent}`);
}
