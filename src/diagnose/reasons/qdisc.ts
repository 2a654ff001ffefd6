import type { ReasonRows } from './entry.ts';
import { QDISC_TC } from './qdisc-tc.ts';

const SEE = ['include/net/dropreason-qdisc.h', 'man 8 tc'];

const CAKE_FLOOD = { ...QDISC_TC.CAKE_FLOOD!, see: SEE };
const FQ_BAND_LIMIT = { ...QDISC_TC.FQ_BAND_LIMIT!, see: SEE };
const FQ_HORIZON_LIMIT = { ...QDISC_TC.FQ_HORIZON_LIMIT!, see: SEE };

/** enum qdisc_drop_reason (7.x), names without QDISC_DROP_; its first version still said CAKE_ and FQ_. */
export const QDISC: ReasonRows = {
  GENERIC: { ...QDISC_TC.QDISC_DROP!, see: SEE },
  OVERLIMIT: { ...QDISC_TC.QDISC_OVERLIMIT!, see: SEE },
  CONGESTED: { ...QDISC_TC.QDISC_CONGESTED!, see: SEE },
  MAXFLOWS: {
    meaning: 'The qdisc tracks as many flows as it can; a new one found no place.',
    cause: 'More concurrent flows than the flow table holds (sfq).',
    remedy:
      '`tc -s qdisc show dev DEV`; more flows (`tc qdisc change dev DEV root sfq flows 1024`), or use fq_codel.',
    benign: 'no',
    where: 'sfq_enqueue',
    see: ['net/sched/sch_sfq.c', 'man 8 tc-sfq'],
  },
  FLOOD_PROTECTION: CAKE_FLOOD,
  BAND_LIMIT: FQ_BAND_LIMIT,
  HORIZON_LIMIT: FQ_HORIZON_LIMIT,
  FLOW_LIMIT: { ...QDISC_TC.FQ_FLOW_LIMIT!, see: SEE },
  L4S_STEP_NON_ECN: { ...QDISC_TC.DUALPI2_STEP_DROP!, see: [...SEE, 'RFC 9332'] },
  CAKE_FLOOD,
  FQ_BAND_LIMIT,
  FQ_HORIZON_LIMIT,
};
