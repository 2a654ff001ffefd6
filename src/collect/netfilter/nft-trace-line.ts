/** A line of `nft -a monitor trace`. */
export type NftTraceLine = Head &
  (
    | { readonly kind: 'packet'; readonly text: string }
    | {
        readonly kind: 'rule';
        readonly text: string | null;
        readonly handle: number | null;
        readonly verdict: string;
      }
    | { readonly kind: 'policy' | 'end'; readonly verdict: string }
    | { readonly kind: 'conntrack'; readonly text: string }
  );

interface Head {
  readonly id: string;
  readonly family: string;
  readonly table: string;
  readonly chain: string;
}

const LINE =
  /^trace id ([0-9a-f]+) (\S+) (\S+) (\S+) (?:(packet|conntrack): (.*)|(rule|policy|verdict|unknown) (.*))$/;
const RULE = /^(.*?)\s*\(verdict ([^)]+)\)/;
const HANDLE = /(?:^| )# handle (\d+)$/;
/** Numbers that were true when the monitor read the rules, long before this packet. */
const STALE_COUNTER = /counter packets \d+ bytes \d+/g;

/** undefined for whatever is no trace line, or one of a kind that this does not know. */
export function parseNftTraceLine(line: string): NftTraceLine | undefined {
  const found = LINE.exec(line.trimEnd());
  if (found === null) return undefined;
  const [, id, family, table, chain, colon, info, word, rest = ''] = found;
  const head: Head = { id: id!, family: family!, table: table!, chain: chain! };
  if (colon !== undefined) return { ...head, kind: colon as 'packet' | 'conntrack', text: info!.trim() };
  if (word === 'rule') return ruleOf(head, rest);
  if (word === 'unknown') return unknownRuleOf(head, rest);
  const verdict = rest.split(' ', 1)[0]!;
  return { ...head, kind: word === 'policy' ? 'policy' : 'end', verdict };
}

function ruleOf(head: Head, rest: string): NftTraceLine | undefined {
  const found = RULE.exec(rest);
  if (found === null) return undefined;
  const [, words = '', verdict] = found;
  const handle = HANDLE.exec(words)?.[1];
  const text = words.replace(HANDLE, '').replace(STALE_COUNTER, 'counter').trim();
  return {
    ...head,
    kind: 'rule',
    text,
    handle: handle === undefined ? null : Number(handle),
    verdict: verdict!,
  };
}

/** A rule that was added after the monitor started: only its number is known. */
function unknownRuleOf(head: Head, rest: string): NftTraceLine | undefined {
  const found = /^rule handle (\d+) \(verdict ([^)]+)\)/.exec(rest);
  return found === null
    ? undefined
    : { ...head, kind: 'rule', text: null, handle: Number(found[1]), verdict: found[2]! };
}
