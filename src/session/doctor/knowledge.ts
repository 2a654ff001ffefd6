import { isUnavailable } from '../../base/index.ts';
import {
  availableTracers,
  DropReasons,
  type Kallsyms,
  moduleBtf,
  modulesWithBtf,
  runningBtf,
  type Tracefs,
  tracefs,
} from '../../kernel/index.ts';
import type { Check } from '../../render/index.ts';
import { wayToMore } from './permission.ts';

/** What the kernel tells about itself: types, reasons, names, trace files. */
export function knowledgeChecks(kallsyms: Kallsyms): Check[] {
  return [btfCheck(), reasonsCheck(), symbolsCheck(kallsyms), tracefsCheck(), functionGraphCheck()];
}

function btfCheck(): Check {
  const row = { id: 'btf', title: 'BTF', needed: true };
  const btf = runningBtf();
  if (isUnavailable(btf))
    return {
      ...row,
      ok: 'no',
      found: btf.why,
      costs: 'no packet can be read: nothing is seen',
      do: btf.instead,
    };
  const modules = modulesWithBtf().length;
  return { ...row, ok: 'yes', found: `${btf.typeCount} types, ${modules} modules` };
}

function reasonsCheck(): Check {
  const row = { id: 'drop-reasons', title: 'drop reasons', needed: false };
  const btf = runningBtf();
  if (isUnavailable(btf)) return { ...row, ok: 'no', found: 'they are read from BTF, which is missing' };
  const reasons = new DropReasons(btf, name => undefinedIf(moduleBtf(name))).all();
  if (reasons.length > 0) return { ...row, ok: 'yes', found: `${reasons.length} known to this kernel` };
  return {
    ...row,
    ok: 'degraded',
    found: 'this kernel gives none (they came with 5.17)',
    costs: 'drops show the function and the stack only',
    do: 'run a kernel of 5.17 or later; from 6.0 on most drops have one',
  };
}

function undefinedIf<T extends object>(value: T): Exclude<T, { kind: 'unavailable' }> | undefined {
  return isUnavailable(value) ? undefined : (value as Exclude<T, { kind: 'unavailable' }>);
}

function symbolsCheck(kallsyms: Kallsyms): Check {
  const row = { id: 'kallsyms', title: 'function names', needed: false };
  const problem = kallsyms.problem();
  if (problem === undefined) return { ...row, ok: 'yes', found: `${kallsyms.count} in /proc/kallsyms` };
  const costs = 'functions and stacks show as numbers';
  return { ...row, ok: 'degraded', found: problem.why, costs, do: problem.instead };
}

const NO_TRACE_FILES = 'no trace events, no call tree of one packet; drops are not concerned';

function tracefsCheck(): Check {
  const row = { id: 'tracefs', title: 'tracefs', needed: false };
  const problem = tracefsProblem();
  if (problem !== undefined) return { ...row, ...problem };
  const { path } = tracefs() as Tracefs;
  return { ...row, ok: 'yes', found: path };
}

function tracefsProblem(): Pick<Check, 'ok' | 'found' | 'costs' | 'do'> | undefined {
  const at = tracefs();
  if (isUnavailable(at)) return { ok: 'degraded', found: at.why, costs: NO_TRACE_FILES, do: at.instead };
  if (at.readable) return undefined;
  const found = `${at.path} is not readable for this user`;
  return { ok: 'degraded', found, costs: NO_TRACE_FILES, do: wayToMore(['CAP_DAC_READ_SEARCH']) };
}

function functionGraphCheck(): Check {
  const row = { id: 'function-graph', title: 'function_graph', needed: false };
  const problem = tracefsProblem();
  if (problem !== undefined) return { ...row, ...problem };
  const tracers = availableTracers(tracefs() as Tracefs);
  if (tracers.includes('function_graph')) return { ...row, ok: 'yes', found: '' };
  return {
    ...row,
    ok: 'no',
    found: `this kernel has only the tracers ${tracers.join(', ')}`,
    costs: 'no call tree of one packet',
    do: 'run a kernel with CONFIG_FUNCTION_GRAPH_TRACER=y',
  };
}
