import { isUnavailable, type Unavailable } from '../../base/index.ts';
import { probeFeature } from '../../load/index.ts';
import type { Check } from '../../render/index.ts';
import { missingForTracing } from './permission.ts';

interface ProgramRow {
  readonly id: string;
  readonly title: string;
  /** Names of load's FEATURES that it takes. */
  readonly features: readonly string[];
  readonly needed: boolean;
  readonly costs: string;
  /** The way out, beside more permission. */
  readonly do: string;
}

/** From what nothing goes without, to what the deepest views need. */
const ROWS: readonly ProgramRow[] = [
  {
    id: 'ring-buffer',
    title: 'ring buffer',
    features: ['map ringbuf'],
    needed: true,
    costs: 'events have no way to netwhy: nothing is seen',
    do: 'run a kernel of 5.8 or later',
  },
  {
    id: 'raw-tp',
    title: 'raw_tp',
    features: ['raw_tp', 'helper probe_read_kernel in raw_tracepoint'],
    needed: true,
    costs: 'drops are seen through tp_btf alone, or not at all',
    do: 'run a kernel of 5.5 or later with CONFIG_BPF_EVENTS=y',
  },
  {
    id: 'tp-btf',
    title: 'tp_btf',
    features: ['tp_btf'],
    needed: false,
    costs: 'drops are read through slower helper calls',
    do: 'run a kernel of 5.5 or later with CONFIG_DEBUG_INFO_BTF=y',
  },
  {
    id: 'stacks',
    title: 'stacks',
    features: ['map stack_trace', 'helper get_stackid in raw_tracepoint'],
    needed: false,
    costs: 'a drop shows its function, but not the way to it (--stack, --by-stack)',
    do: 'run a kernel of 4.10 or later',
  },
  {
    id: 'kprobe',
    title: 'kprobe',
    features: ['kprobe'],
    needed: false,
    costs: 'where a packet is dropped is seen, its way there is not',
    do: 'run a kernel with CONFIG_KPROBES=y (every large distribution has it)',
  },
  {
    id: 'kprobe-multi',
    title: 'kprobe_multi',
    features: ['kprobe_multi'],
    needed: false,
    costs: 'many functions at once take seconds to attach',
    do: 'run a kernel of 5.18 or later with CONFIG_FPROBE=y',
  },
  {
    id: 'fentry',
    title: 'fentry, fexit',
    features: ['fentry', 'fexit'],
    needed: false,
    costs: 'single functions are probed by kprobes, which are slower',
    do: 'run a kernel of 5.5 or later with CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS=y and no hardening against it',
  },
];

/** Every way to attach and to send, tried on this kernel by this user. */
export function programChecks(): Check[] {
  const missing = missingForTracing();
  return ROWS.map(row => (missing === undefined ? tried(row) : untried(row, missing)));
}

function tried({ features, do: way, costs, ...row }: ProgramRow): Check {
  const failed = features
    .map(name => probeFeature(name))
    .find((result): result is Unavailable => isUnavailable(result));
  if (failed === undefined) return { ...row, ok: 'yes', found: '' };
  return { ...row, ok: 'no', found: meaningOf(failed.why), costs, do: way };
}

/** "bpf(PROG_LOAD) of …: EPERM (what that means here)": the meaning, where there is one. */
function meaningOf(why: string): string {
  return /: E[A-Z0-9]+ \((.+)\)$/s.exec(why)?.[1] ?? why;
}

function untried({ id, title, needed }: ProgramRow, missing: string): Check {
  return { id, title, needed, ok: 'no', found: `not tried: ${missing}` };
}
