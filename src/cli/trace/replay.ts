import type { TraceSink } from '../../session/index.ts';
import type { Journey } from '../../trail/index.ts';

/** Hands the events of a journey to a sink as if they happened now, in the order of their time stamps. */
export function replay({ steps, looks, lineage }: Journey, sink: TraceSink): void {
  const events = [
    ...looks.map(look => ({ ts: look.ts, tell: () => sink.look?.(look) })),
    ...lineage.map(event => ({ ts: event.ts, tell: () => sink.lineage?.(event) })),
    ...steps.map(step => ({ ts: step.hop.ts, tell: () => sink.hop?.(step) })),
  ];
  for (const { tell } of events.sort((a, b) => a.ts - b.ts)) tell();
}
