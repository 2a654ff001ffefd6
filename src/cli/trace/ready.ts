import type { TraceProbes } from '../../collect/index.ts';
import type { Output } from '../output.ts';
import type { TraceOptions } from './trace-options.ts';

/** Says that tracing has begun, through what, and, with --verbose, what could not be probed. */
export function tellReady(probes: TraceProbes, options: TraceOptions, err: Output): void {
  err.write(`netwhy: following packets through ${placesOf(probes, options)}; Ctrl-C ends\n`);
  if (!options.verbose) return;
  for (const { function: name, module, why } of probes.unprobeable)
    err.write(`  not probed: ${name}${module === null ? '' : ` [${module}]`}: ${why}\n`);
  if (probes.absent.length > 0)
    err.write(`  not in this kernel or its loaded modules: ${probes.absent.join(', ')}\n`);
}

function placesOf({ functions, returns, tracepoints, attach }: TraceProbes, { set }: TraceOptions): string {
  if (attach !== 'none') {
    const answers = returns > 0 ? ` (${returns} with their answers)` : '';
    return `${functions} functions${answers} and ${tracepoints} tracepoints`;
  }
  return `${tracepoints} tracepoints${set === 'tracepoints' ? '' : ' (this kernel has no kprobes)'}`;
}
