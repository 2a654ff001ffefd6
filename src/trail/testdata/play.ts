import type { HopEvent, LineageEvent, QueueRecord, SeenLook, StageName } from '../../events/index.ts';
import type { Journey } from '../journey.ts';
import { PATIENCE, Trails } from '../trails.ts';

const STAGES: Readonly<Record<string, StageName>> = {
  napi_gro_receive_entry: 'driver',
  netif_rx: 'driver',
  netif_receive_skb: 'receive',
  ip_rcv: 'ip-input',
  udp_rcv: 'udp',
  __udp_enqueue_schedule_skb: 'udp',
  tcp_rcv_established: 'tcp',
  neigh_resolve_output: 'neighbour',
  net_dev_queue: 'xmit',
  skb_do_redirect: 'tc',
  __bpf_redirect: 'tc',
  skb_scrub_packet: 'tunnel',
  kfree_skb: 'free',
  consume_skb: 'free',
};
const TRACEPOINTS = /^(netif_|net_dev_|napi_|kfree_skb$|consume_skb$)/;
const PROCESS = { pid: 4711, comm: 'curl' };

/** Records as the decoder hands them over, a microsecond apart, and the journeys that come of them. */
export class Play {
  readonly journeys: Journey[] = [];
  readonly told: LineageEvent[] = [];
  private readonly trails: Trails;
  private ts = 1_000_000_000;

  constructor() {
    const sink = {
      journey: (journey: Journey) => void this.journeys.push(journey),
      lineage: (event: LineageEvent) => void this.told.push(event),
    };
    this.trails = new Trails(sink, PATIENCE.everyEnd, String);
  }

  hop(trail: number, skb: string, name: string, more: Partial<HopEvent> = {}): this {
    this.trails.hop({
      type: 'hop',
      ...this.moment(),
      trail,
      skb,
      function: name,
      module: null,
      stage: STAGES[name] ?? 'other',
      kind: TRACEPOINTS.test(name) ? 'tracepoint' : 'entry',
      returned: null,
      verdict: null,
      reason: null,
      subsystem: null,
      caller: null,
      stack: [],
      process: PROCESS,
      ...more,
    });
    return this;
  }

  look(trail: number, skb: string, more: Partial<SeenLook> = {}): this {
    this.trails.look({
      type: 'look',
      ...this.moment(),
      trail,
      skb,
      function: 'ip_rcv',
      packet: null,
      ifname: 'eth0',
      ifindex: 2,
      netns: 1,
      netnsName: null,
      mark: 0,
      length: 1500,
      mtu: 1500,
      ttl: 64,
      protocol: 0x0800,
      conntrack: null,
      process: PROCESS,
      ...more,
    });
    return this;
  }

  lineage(kind: LineageEvent['kind'], trail: number, skb: string, parent: number | null, parentSkb: string | null): this {
    this.trails.lineage({ type: 'lineage', ...this.moment(), trail, parent, kind, skb, parentSkb, function: 'skb_gro_receive' });
    return this;
  }

  queue(kind: QueueRecord['kind'], trail: number, skb: string, queue: string): this {
    this.trails.queue({ kind, ...this.moment(), trail, skb, queue, function: 'inet_frag_reasm_finish' });
    return this;
  }

  release(trail: number, skb: string, unseen = false): this {
    this.trails.release({ trail, ts: this.moment().ts, skb, unseen });
    return this;
  }

  /** The run is over. */
  journey(trail: number): Journey {
    this.trails.finish();
    return this.journeys.find(one => one.trail === trail)!;
  }

  private moment(): { time: string; ts: number; cpu: number } {
    this.ts += 1000;
    return { time: String(this.ts), ts: this.ts, cpu: 0 };
  }
}
