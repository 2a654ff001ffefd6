import type { ReasonRows } from './entry.ts';

const TC = ['net/sched/cls_api.c', 'man 8 tc'];
const FQ = ['net/sched/sch_fq.c', 'man 8 tc-fq'];

/** Queueing disciplines and tc classifiers. Kernels of 7.x move the queueing ones to the qdisc subsystem. */
export const QDISC_TC: ReasonRows = {
  TC_EGRESS: {
    meaning: 'A tc or tcx program or filter on the way out said drop.',
    cause:
      'A drop action or BPF verdict on clsact/tcx egress: CNI policy, rate policer, or a hand-made filter.',
    remedy:
      '`tc -s filter show dev DEV egress`, `bpftool net show dev DEV`; for Cilium `cilium-dbg monitor --type drop` names its own reason.',
    benign: 'no',
    where: 'sch_handle_egress (inlined into __dev_queue_xmit)',
    since: '5.18',
    see: ['net/core/dev.c', 'man 8 tc-bpf'],
  },
  TC_INGRESS: {
    meaning: 'A tc or tcx program or filter on the way in said drop.',
    cause: 'A drop action or BPF verdict on clsact/tcx ingress: CNI policy, policer, or a hand-made filter.',
    remedy:
      '`tc -s filter show dev DEV ingress`, `bpftool net show dev DEV`; for Cilium `cilium-dbg monitor --type drop` names its own reason.',
    benign: 'no',
    where: 'sch_handle_ingress (inlined into __netif_receive_skb_core)',
    since: '5.18',
    see: ['net/core/dev.c', 'man 8 tc-bpf'],
  },
  QDISC_DROP: {
    meaning: 'The queueing discipline refused the packet, or the device has none yet (no carrier).',
    cause:
      'The queue is full; or the link has no carrier or is just coming up, when the noop qdisc drops everything.',
    remedy:
      '`tc -s qdisc show dev DEV` (dropped, overlimits) and `ip link show DEV` (NO-CARRIER, qdisc noop); then raise limit or rate, or bring up the link or peer.',
    benign: 'no',
    where: '__dev_queue_xmit (6.1: kfree_skb_list_reason)',
    since: '5.18',
    see: ['net/core/dev.c', 'net/sched/sch_generic.c'],
  },
  QDISC_OVERLIMIT: {
    meaning: 'The queue of the qdisc is at its limit.',
    cause: 'More is sent than the device or shaper passes, or bursts are larger than the queue.',
    remedy:
      '`tc -s qdisc show dev DEV`: raise its limit or rate, pace the sender (fq), or use a queue with AQM (fq_codel, cake).',
    benign: 'no',
    where: '__dev_queue_xmit, qdisc enqueue functions',
    since: '6.14',
    see: ['include/net/sch_generic.h', 'man 8 tc'],
  },
  QDISC_CONGESTED: {
    meaning: 'Active queue management dropped the packet to tell the sender to slow down.',
    cause: 'Packets stay in the queue longer than its target (codel, fq_codel, red, pie, cake).',
    remedy:
      'Normal under load; ECN avoids the loss: `sysctl net.ipv4.tcp_ecn=1`. `tc -s qdisc show dev DEV` shows the rate of drops and marks.',
    benign: 'usually',
    where: '__dev_queue_xmit, qdisc dequeue functions',
    since: '6.14',
    see: ['net/sched/sch_fq_codel.c', 'RFC 8289'],
  },
  QDISC_BURST_DROP: {
    meaning: 'Too many packets waited in the lockless list in front of the qdisc.',
    cause: 'Many CPUs send through one qdisc at once, faster than its lock holder empties the list.',
    remedy:
      'Raise `sysctl net.core.qdisc_max_burst`, use a multi-queue qdisc (mq), or spread senders over queues with XPS.',
    benign: 'no',
    where: '__dev_queue_xmit',
    since: '6.19',
    see: ['net/core/dev.c', 'Documentation/admin-guide/sysctl/net.rst'],
  },
  CAKE_FLOOD: {
    meaning: 'CAKE’s flood protection dropped a packet of a flow that does not slow down.',
    cause: 'An unresponsive flow (UDP flood, broken congestion control) fills its queue in spite of AQM.',
    remedy:
      '`tc -s qdisc show dev DEV` shows which tin; limit or stop the flow: `ss -uanp` finds the sender.',
    benign: 'no',
    where: '__dev_queue_xmit, cake_dequeue',
    since: '6.14',
    see: ['net/sched/sch_cake.c', 'man 8 tc-cake'],
  },
  FQ_BAND_LIMIT: {
    meaning: 'The fq qdisc has as many packets in this priority band as its limit allows.',
    cause: 'The device is slower than its senders, or very many paced flows wait.',
    remedy:
      '`tc -s qdisc show dev DEV` (band drops), then `tc qdisc change dev DEV root fq limit 20000` or fewer senders.',
    benign: 'no',
    where: '__dev_queue_xmit (fq_enqueue)',
    since: '6.14',
    see: FQ,
  },
  FQ_HORIZON_LIMIT: {
    meaning: 'The packet’s departure time is further ahead than fq’s horizon (10 s).',
    cause:
      'Pacing or a BPF bandwidth manager stamps a time far off: rate too low for the load, or the wrong clock.',
    remedy:
      '`tc -s qdisc show dev DEV` (horizon_drops); raise the rate limit (kubernetes.io/egress-bandwidth), or `tc qdisc change dev DEV root fq horizon_cap`.',
    benign: 'no',
    where: '__dev_queue_xmit (fq_enqueue)',
    since: '6.14',
    see: FQ,
  },
  FQ_FLOW_LIMIT: {
    meaning: 'One flow has as many packets in fq as a flow may have (flow_limit, 100).',
    cause: 'A single sender, often UDP, bursts faster than the device or its pacing rate.',
    remedy:
      '`tc -s qdisc show dev DEV` (flows_plimit); `tc qdisc change dev DEV root fq flow_limit 400`, or make the sender pace itself.',
    benign: 'no',
    where: '__dev_queue_xmit (fq_enqueue)',
    since: '6.14',
    see: FQ,
  },
  DUALPI2_STEP_DROP: {
    meaning: 'DualPI2 dropped a packet of the low-latency queue above its step threshold.',
    cause: 'The L4S queue is congested and the packet could not be marked instead.',
    remedy:
      'Normal under load; `tc -s qdisc show dev DEV` shows marks and drops. Senders should use ECT(1) with a scalable congestion control.',
    benign: 'usually',
    where: 'dualpi2_qdisc_dequeue',
    since: '6.17',
    see: ['net/sched/sch_dualpi2.c', 'RFC 9332'],
  },
  TC_COOKIE_ERROR: {
    meaning: 'A packet coming back from tc hardware offload could not be tied to its rule again.',
    cause: 'The rule was replaced or removed between the hardware’s miss and the software path.',
    remedy:
      'A few during rule changes are normal; if lasting, compare `tc -s filter show dev DEV ingress` (in_hw) and update driver and firmware.',
    benign: 'no',
    where: 'sch_handle_ingress (tcf_classify)',
    since: '6.8',
    see: TC,
  },
  TC_CHAIN_NOTFOUND: {
    meaning: 'A filter or action jumps to a tc chain that does not exist.',
    cause: 'The chain was deleted or never made while a goto chain still names it.',
    remedy:
      '`tc chain show dev DEV ingress` and `tc filter show dev DEV ingress`: make the chain or correct the goto.',
    benign: 'no',
    where: 'sch_handle_ingress, sch_handle_egress (tcf_classify)',
    since: '6.8',
    see: TC,
  },
  TC_RECLASSIFY_LOOP: {
    meaning: 'tc filters sent the packet round too often, or a qdisc re-entered itself.',
    cause: 'Reclassify actions or goto chains that form a circle; a mirred redirect back to its own qdisc.',
    remedy:
      '`dmesg | grep "reclassify loop"` names the rule; break the circle in `tc filter show dev DEV ingress` (and egress).',
    benign: 'no',
    where: 'sch_handle_ingress (tcf_classify), __dev_queue_xmit',
    since: '6.8',
    see: TC,
  },
};
