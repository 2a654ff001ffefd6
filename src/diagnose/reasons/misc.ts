import type { ReasonRows } from './entry.ts';

/** Names of the enum that are no verdict of their own. */
export const MISC: ReasonRows = {
  NOT_SPECIFIED: {
    meaning: 'Freed as a drop, but this code does not say why.',
    cause:
      'Depends on the function: many are ordinary ends of a packet’s life, others real losses without a name yet.',
    remedy:
      'Go by the function and stack (`netwhy drops --stack`) and by counters that move with it: `nstat`, `ip -s -s link`, `ethtool -S DEV`.',
    benign: 'usually',
    where: 'anywhere',
    since: '5.17',
    see: ['include/net/dropreason-core.h', 'include/linux/skbuff.h'],
  },
  SKB_NOT_DROPPED_YET: {
    meaning: 'Zero: functions return it to say that nothing was dropped.',
    cause: 'Not an event; it only appears in lists of the enum.',
    remedy: 'Nothing to do; `netwhy reasons` lists the real ones.',
    benign: 'always',
    since: '5.18',
    see: ['include/net/dropreason-core.h'],
  },
  SKB_CONSUMED: {
    meaning: 'The normal end of a packet’s life; such packets are not drops.',
    cause: 'Delivered, transmitted or copied; the kernel uses the consume_skb tracepoint for it.',
    remedy: 'Nothing to do; `perf trace -e skb:consume_skb` shows them.',
    benign: 'always',
    where: 'consume_skb',
    since: '6.2',
    see: ['net/core/skbuff.c'],
  },
};
