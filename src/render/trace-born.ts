import type { LookEvent } from '../events/index.ts';
import { newbornLook } from './trace-lines.ts';
import type { Life } from './trace-lives.ts';

const NAMES: Readonly<Record<Life['born'], string>> = {
  first: 'buffer',
  clone: 'clone',
  copy: 'copy',
  realloc: 'copy',
  segment: 'segment',
  fragment: 'fragment',
  merge: 'merged packet',
  reassemble: 'whole packet',
  retransmit: 'retransmission',
};
const MOST_LENGTHS = 3;

/** "clone", "segment". */
export function bornName({ born }: Life): string {
  return NAMES[born];
}

/** "clone on p2, netns host", "3 segments alike, length 1500, 1004". */
export function bornText(alike: readonly Life[]): string {
  const [first] = alike;
  const name = bornName(first!);
  const looks = alike.map(newbornLook).filter(look => look !== null);
  const what = alike.length === 1 ? name : `${alike.length} ${name}s alike`;
  return `${what}${placeOf(looks[0])}${lengthsOf(looks)}`;
}

function placeOf(look: LookEvent | undefined): string {
  if (!look || look.ifname === null) return '';
  if (!look.changed.includes('interface') && !look.changed.includes('namespace')) return '';
  return ` on ${look.ifname}, netns ${look.netnsName ?? look.netns}`;
}

function lengthsOf(looks: readonly LookEvent[]): string {
  if (!looks.some(({ changed }) => changed.includes('length'))) return '';
  const lengths = [...new Set(looks.map(({ length }) => length))];
  return `, length ${lengths.slice(0, MOST_LENGTHS).join(', ')}${lengths.length > MOST_LENGTHS ? ' …' : ''}`;
}
