// One traced run for bench/trace.ts: node trace-child.mjs SET FILTER. Prints "ready MS" when attached, and at SIGINT the
// account with the memory that is resident, both on standard error; events go to standard output as NDJSON.
import { writeSync } from 'node:fs';
import { compileFilter } from '../src/kernel/index.ts';
import { Machine, runTrace } from '../src/session/index.ts';

const [set = 'stages', text = ''] = process.argv.slice(2);
const stop = new AbortController();
process.on('SIGINT', () => stop.abort());
const machine = new Machine();
const filter = text === '' ? {} : { filter: compileFilter(text).filter! };
let lines = '';
let outcomes = 0;
let peak = 0;
const end = await runTrace(
  machine,
  { set: set as 'stages', ...filter },
  {
    ready: probes => {
      writeSync(2, `ready ${Math.round(performance.now())} ${JSON.stringify({ ...probes, unprobeable: 0, absent: 0 })}\n`);
    },
    journey: journey => {
      outcomes++;
      lines += `${JSON.stringify(journey.end)}\n`;
    },
    flush: () => {
      if (lines !== '') writeSync(1, lines);
      lines = '';
      peak = Math.max(peak, process.memoryUsage().rss);
    },
  },
  stop.signal,
);
writeSync(2, `${JSON.stringify({ ...end, probes: undefined, outcomes, rssMb: Math.round(peak / 1e6) })}\n`);
