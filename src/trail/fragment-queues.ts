import type { LineageEvent, QueueRecord } from '../events/index.ts';

/** Queues that were never emptied as far as was seen: their fragments were dropped. */
const MOST_QUEUES = 1024;
/** Of one packet; the kernel allows itself 65535 / 8. */
const MOST_FRAGMENTS = 8192;

/** Fragments that wait for the others, by the queue that holds them. */
export class FragmentQueues {
  private readonly queues: Map<string, QueueRecord[]> = new Map();

  add(fragment: QueueRecord): void {
    const queue = this.queues.get(fragment.queue);
    if (queue && queue.length < MOST_FRAGMENTS) queue.push(fragment);
    if (queue) return;
    const [oldest] = this.queues.keys();
    if (this.queues.size >= MOST_QUEUES && oldest !== undefined) this.queues.delete(oldest);
    this.queues.set(fragment.queue, [fragment]);
  }

  /** Its fragments, in the order of their arrival; the queue is empty from now on. */
  take(queue: string): readonly QueueRecord[] {
    const fragments = this.queues.get(queue) ?? [];
    this.queues.delete(queue);
    return fragments;
  }
}

/** What has become of a fragment. */
export function reassembled({ trail, skb }: QueueRecord, whole: QueueRecord): LineageEvent {
  const { time, ts, cpu, function: name } = whole;
  const parent = whole.trail === 0 ? null : whole.trail;
  return {
    type: 'lineage',
    time,
    ts,
    cpu,
    trail,
    parent,
    kind: 'reassemble',
    skb,
    parentSkb: whole.skb,
    function: name,
  };
}
