import type { HelperName, ProgTypeName } from '../abi/index.ts';
import { Assembler } from '../asm/index.ts';
import { NetwhyError, VerifierError } from '../base/index.ts';
import { lockdownMode } from '../sys/index.ts';
import { type Feature, feature } from './feature-row.ts';
import { load } from './load.ts';

interface HelperRow {
  readonly helper: HelperName;
  readonly type: ProgTypeName;
  readonly since: string;
  readonly instead: string;
}

const HELPERS_ASKED: readonly HelperRow[] = [
  {
    helper: 'probe_read_kernel',
    type: 'raw_tracepoint',
    since: '5.5',
    instead: 'kernel memory cannot be read',
  },
  { helper: 'get_stack', type: 'raw_tracepoint', since: '4.18', instead: 'events come without a stack' },
  {
    helper: 'get_stackid',
    type: 'raw_tracepoint',
    since: '4.10',
    instead: 'stacks travel inside the events',
  },
  { helper: 'ringbuf_reserve', type: 'raw_tracepoint', since: '5.8', instead: 'events cannot be streamed' },
  { helper: 'ktime_get_boot_ns', type: 'raw_tracepoint', since: '5.8', instead: 'time stops during suspend' },
  { helper: 'loop', type: 'kprobe', since: '5.17', instead: 'loops are unrolled' },
  { helper: 'get_func_ip', type: 'kprobe', since: '5.15', instead: 'one program per probed function' },
  {
    helper: 'get_attach_cookie',
    type: 'kprobe',
    since: '5.15',
    instead: 'one program per argument position',
  },
];

export const HELPER_FEATURES: readonly Feature[] = HELPERS_ASKED.map(({ helper, type, since, instead }) =>
  feature(`helper ${helper} in ${type}`, since, instead, () => mustHaveHelper(helper, type)),
);

// "unknown func" and "program of this type cannot use helper" (6.8), "invalid func" for numbers past the last.
const ABSENT = /unknown func|invalid func|cannot use helper/;

/** Asks the verifier with a call that has no arguments: any other complaint means that the helper is there. */
export function mustHaveHelper(helper: HelperName, type: ProgTypeName): void {
  const code = new Assembler('probe_helper').call(helper).mov('r0', 0).exit().build();
  const attach = { kind: 'none', type } as const;
  try {
    load({ maps: [], programs: [{ name: 'probe_helper', attach, code, license: 'GPL' }] })[Symbol.dispose]();
  } catch (error) {
    if (!(error instanceof VerifierError)) throw error;
    if (ABSENT.test(error.log))
      throw new NetwhyError(`${type} programs have no bpf_${helper} here`, reason());
  }
}

function reason(): string | undefined {
  return lockdownMode() === 'confidentiality' ? 'kernel lockdown is "confidentiality"' : undefined;
}
