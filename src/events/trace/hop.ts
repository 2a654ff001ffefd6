/** Parts of the kernel's packet path that a function or tracepoint belongs to. */
export const STAGES = [
  'driver',
  'receive',
  'gro',
  'xdp',
  'tc',
  'bridge',
  'ip-input',
  'netfilter',
  'conntrack',
  'nat',
  'routing',
  'forward',
  'local-delivery',
  'socket',
  'tcp',
  'udp',
  'icmp',
  'output',
  'neighbour',
  'qdisc',
  'xmit',
  'tunnel',
  'xfrm',
  'arp',
  'lineage',
  'free',
  'other',
] as const;
/** `other`: a function of `--set all` or `--functions` that the table of stages does not know. */
export type StageName = (typeof STAGES)[number];

/** Whoever was on the CPU: the sender for local output, anybody in a softirq. */
export interface HopProcess {
  readonly pid: number;
  /** Empty when the process was gone before it could be named. */
  readonly comm: string;
}

/** A followed packet met a probe. The shape is the NDJSON contract: docs/schema/events.schema.json. */
export interface HopEvent {
  readonly type: 'hop';
  /** Wall time, ISO 8601 with microseconds, UTC. */
  readonly time: string;
  /** CLOCK_MONOTONIC, ns. */
  readonly ts: number;
  readonly cpu: number;
  /** One number per followed packet and run; clones, copies, fragments and segments keep it. */
  readonly trail: number;
  /** Kernel function, or the tracepoint's name ("netif_receive_skb"). */
  readonly function: string;
  /** null for the kernel itself and for tracepoints. */
  readonly module: string | null;
  readonly stage: StageName;
  readonly kind: 'entry' | 'return' | 'tracepoint';
  /** Address of the sk_buff, "0x…": tells clones of one trail apart. */
  readonly skb: string;
  /** Returns only: the value as the function's signed 32-bit int. */
  readonly returned: number | null;
  /** The value's name for functions that decide: "drop", "accept", "stolen", "queue", "no route", … */
  readonly verdict: string | null;
  /** kfree_skb only: name in enum skb_drop_reason or of a subsystem's reason, without prefix; null before 5.17. */
  readonly reason: string | null;
  /** "core", or the subsystem that registered the reason. */
  readonly subsystem: string | null;
  /** "name+0xoffset" that called: of free tracepoints always, of functions when asked for. */
  readonly caller: string | null;
  /** "name+0xoffset", nearest first; empty when not asked for. */
  readonly stack: readonly string[];
  readonly process: HopProcess;
}
