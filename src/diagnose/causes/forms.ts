import type { FactName } from '../facts/catalogue.ts';
import type { Condition } from './condition.ts';

/** Questions that many rows ask. */

export const dropped = (...reasons: string[]): Condition => ({ fact: 'drop.reason', oneOf: reasons });

/** Freed there without a reason of its own, as older kernels do. */
export const unnamedAt = (...functions: string[]): Condition => ({
  all: [
    { fact: 'drop.function', oneOf: functions },
    {
      any: [
        { fact: 'drop.reason', is: 'NOT_SPECIFIED' },
        { fact: 'drop.reason', exists: false },
      ],
    },
  ],
});

export const counted = (...counters: FactName[]): Condition => ({ fact: 'symptom.counter', oneOf: counters });

export const moved = (counter: FactName): Condition => ({ fact: counter, atLeast: 1 });

/** A reset sent for that reason; kernels before 6.10 give none. */
export const resetFor = (...reasons: string[]): Condition => ({
  all: [
    { fact: 'reset.direction', is: 'sent' },
    { fact: 'reset.reason', oneOf: reasons },
  ],
});

/** A reset sent on a kernel that gives no reason. */
export const resetUnnamed = (...more: Condition[]): Condition => ({
  all: [{ fact: 'reset.direction', is: 'sent' }, { fact: 'reset.reason', exists: false }, ...more],
});

export const IPV4: Condition = { fact: 'packet.family', is: 'ipv4' };
export const IPV6: Condition = { fact: 'packet.family', is: 'ipv6' };
export const TCP: Condition = { fact: 'packet.protocol', is: 'tcp' };
export const UDP: Condition = { fact: 'packet.protocol', is: 'udp' };
/** SYN without ACK. */
export const OPENS: Condition = { fact: 'tcp.flags', matches: '^S[^A]*$' };

/** ICMPv6 that every interface sends by itself. */
export const GROUP_CHATTER = '^(?:mld|router-solicitation)';
