/** Addresses of one direction as conntrack prints them. */
export interface ConntrackTuple {
  readonly src: string;
  readonly dst: string;
  /** Absent for protocols without ports. */
  readonly sport?: number;
  readonly dport?: number;
  /** ICMP only. */
  readonly type?: number;
  readonly code?: number;
  readonly id?: number;
}

/** One tracked connection. */
export interface ConntrackEntry {
  readonly family: 'ipv4' | 'ipv6';
  readonly protocol: string;
  /** Seconds until it is forgotten; null for offloaded entries. */
  readonly timeout: number | null;
  /** "ESTABLISHED" …; null for protocols without states. */
  readonly state: string | null;
  readonly original: ConntrackTuple;
  /** What answers are expected to look like: differs from the reversed original by what NAT changes. */
  readonly reply: ConntrackTuple;
  readonly assured: boolean;
  readonly unreplied: boolean;
  readonly mark: number;
  readonly zone: number | null;
  /** As printed. */
  readonly text: string;
}

const STATE = /^[A-Z][A-Z0-9_]*$/;

/**
 * A line of `conntrack -L -o extended`:
 * `ipv4 2 tcp 6 431999 ESTABLISHED src=… dst=… sport=… dport=… src=… … [ASSURED] mark=0 use=1`. undefined for others.
 */
export function parseEntry(line: string): ConntrackEntry | undefined {
  const words = line.trim().split(/\s+/);
  const [family, , protocol, , timeout] = words;
  if ((family !== 'ipv4' && family !== 'ipv6') || protocol === undefined) return undefined;
  const pairs = words.filter(word => word.includes('=')).map(pairOf);
  const second = pairs.findIndex(([name], at) => at > 0 && name === 'src');
  if (pairs[0]?.[0] !== 'src' || second < 0) return undefined;
  const numeric = /^\d+$/.test(timeout ?? '');
  const state = words[numeric ? 5 : 4] ?? '';
  const rest = new Map(pairs.slice(second).filter(([name]) => name !== undefined));
  return {
    family,
    protocol,
    timeout: numeric ? Number(timeout) : null,
    state: STATE.test(state) ? state : null,
    original: tupleOf(pairs.slice(0, second)),
    reply: tupleOf(pairs.slice(second)),
    assured: words.includes('[ASSURED]'),
    unreplied: words.includes('[UNREPLIED]'),
    mark: Number(rest.get('mark') ?? 0),
    zone: rest.has('zone') ? Number(rest.get('zone')) : null,
    text: words.join(' '),
  };
}

function pairOf(word: string): readonly [string, string] {
  const at = word.indexOf('=');
  return [word.slice(0, at), word.slice(at + 1)];
}

const NUMBERS = ['sport', 'dport', 'type', 'code', 'id'] as const;

function tupleOf(pairs: readonly (readonly [string, string])[]): ConntrackTuple {
  const found = new Map(pairs);
  const numbers = NUMBERS.filter(name => found.has(name)).map(name => [name, Number(found.get(name))]);
  return { src: found.get('src') ?? '', dst: found.get('dst') ?? '', ...Object.fromEntries(numbers) };
}
