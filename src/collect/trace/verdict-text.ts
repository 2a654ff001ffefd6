import { errnoName } from '../../base/index.ts';
import type { VerdictKind } from '../../probes/index.ts';

/** NF_* (include/uapi/linux/netfilter.h); the upper half carries a queue number or an errno. */
const NETFILTER = ['drop', 'accept', 'stolen', 'queue', 'repeat', 'stop'];
/** TC_ACT_* (include/uapi/linux/pkt_cls.h); -1 is the default: go on. */
const TC: Readonly<Record<number, string>> = {
  [-1]: 'continue',
  0: 'ok',
  1: 'reclassify',
  2: 'drop',
  3: 'pipe',
  4: 'stolen',
  5: 'queued',
  6: 'repeat',
  7: 'redirect',
  8: 'trap',
};

type ReasonOf = (value: number) => string | null;

const TEXTS: Readonly<Record<VerdictKind, (value: number, reasonOf: ReasonOf) => string>> = {
  netfilter: value => NETFILTER[value & 0xff] ?? String(value),
  hook: value => (value < 0 ? `drop (${errnoName(-value)})` : value === 0 ? 'stolen' : 'accept'),
  errno: value => (value >= 0 ? 'ok' : errnoName(-value)),
  tc: value => TC[value] ?? String(value),
  route: (value, reasonOf) => {
    if (value === 0) return 'ok';
    return value < 0 ? errnoName(-value) : (reasonOf(value) ?? String(value));
  },
};

/** What a deciding function's answer is called. */
export function verdictText(kind: VerdictKind, value: number, reasonOf: ReasonOf): string {
  return TEXTS[kind](value, reasonOf);
}
