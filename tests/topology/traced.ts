import type { TraceEnd } from '../../src/events/index.ts';
import { compileFilter } from '../../src/kernel/index.ts';
import { Machine, runTrace, type TraceRequest } from '../../src/session/index.ts';
import type { Journey } from '../../src/trail/index.ts';

export interface Traced {
  readonly journeys: readonly Journey[];
  readonly end: TraceEnd;
}

const PATIENCE_MS = 60_000;

/** Follows what matches the filter, does something once the probes are there, and stops when enough has ended. */
export async function traced(
  filter: string,
  action: () => void | Promise<void>,
  enough: (journeys: readonly Journey[]) => boolean,
  request: Partial<TraceRequest> = {},
): Promise<Traced> {
  const stop = new AbortController();
  const journeys: Journey[] = [];
  let failure: unknown;
  const act = async (): Promise<void> => {
    try {
      await action();
    } catch (error) {
      failure = error;
      stop.abort();
    }
  };
  const asked = filter === '' ? {} : { filter: compileFilter(filter).filter! };
  const end = await runTrace(
    new Machine(),
    { set: 'stages', durationMs: PATIENCE_MS, ...asked, ...request },
    {
      ready: () => void setTimeout(act, 50),
      journey: journey => {
        journeys.push(journey);
        if (enough(journeys)) stop.abort();
      },
    },
    stop.signal,
  );
  if (failure) throw failure;
  return { journeys, end };
}

/** Answers every datagram, and prints a line once it is bound: for `Topology.serve`. */
export function echoScript(port: number, host: string): string {
  return `import { createSocket } from 'node:dgram';
import { writeSync } from 'node:fs';
const socket = createSocket('${host.includes(':') ? 'udp6' : 'udp4'}');
socket.on('message', (text, { port, address }) => socket.send(text, port, address));
socket.bind(${port}, '${host}', () => writeSync(1, 'bound\\n'));`;
}

/** Sends one datagram of so many bytes from a fixed port: for `Topology.node`. */
export function datagramScript(port: number, host: string, bytes: number): string {
  return `import { createSocket } from 'node:dgram';
const socket = createSocket('${host.includes(':') ? 'udp6' : 'udp4'}');
await new Promise(done => socket.send(Buffer.alloc(${bytes}, 'n'), ${port}, '${host}', done));
socket.close();`;
}
