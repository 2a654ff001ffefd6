import type { CapabilityName } from './capabilities.ts';
import { inUserNamespace, missingCapabilities } from './capabilities.ts';
import { lockdownMode, runsAtLeast, settingOf } from './machine.ts';

const EPERM = 1;
const ENOENT = 2;
const ESRCH = 3;
const E2BIG = 7;
const EAGAIN = 11;
const ENOMEM = 12;
const EACCES = 13;
const EINVAL = 22;
const EMFILE = 24;
const ENOSYS = 38;
const EOPNOTSUPP = 95;
const EADDRNOTAVAIL = 99;
const ENOTSUPP = 524;

interface Asked {
  readonly call: string;
  readonly needs: readonly CapabilityName[];
}

/** One known meaning of an error: the first row whose call, errno and condition hold gives the hint. */
interface HintRow {
  readonly calls: RegExp;
  readonly errnos: readonly number[];
  readonly holds?: (asked: Asked) => boolean;
  readonly says: (asked: Asked) => string;
}

const REFUSED = [EPERM, EACCES];
const lacksCapability = (asked: Asked): boolean => missingNow(asked).length > 0;
const confidential = (): boolean => lockdownMode() === 'confidentiality';
const memlockCounts = (): boolean => !runsAtLeast(5, 11);

const HINTS: readonly HintRow[] = [
  {
    calls: /./,
    errnos: REFUSED,
    holds: lacksCapability,
    says: asked => `${asked.call} needs ${listed(missingNow(asked))}: run as root, or ${grantOf(asked)}`,
  },
  {
    calls: /^(bpf|perf_event_open)/,
    errnos: REFUSED,
    holds: inUserNamespace,
    says: () =>
      'the capabilities of this user namespace do not reach the kernel: run on the host, or in a privileged container without userns',
  },
  {
    calls: /^(bpf|perf_event_open)/,
    errnos: REFUSED,
    holds: confidential,
    says: () =>
      'kernel lockdown is "confidentiality", which forbids tracing: boot with lockdown=integrity or without secure boot',
  },
  {
    calls: /^bpf\((MAP_CREATE|PROG_LOAD|BTF_LOAD)\)/,
    errnos: [EPERM, ENOMEM],
    holds: memlockCounts,
    says: () =>
      'this kernel charges BPF memory to RLIMIT_MEMLOCK: run `ulimit -l unlimited` first (raising it needs CAP_SYS_RESOURCE)',
  },
  {
    calls: /^bpf\(PROG_LOAD\)/,
    errnos: [EAGAIN],
    says: () =>
      'signals (of a profiler, an interval timer) interrupt the verifier again and again: stop them while programs are loaded',
  },
  {
    calls: /^perf_event_open/,
    errnos: REFUSED,
    says: () =>
      `kernel.perf_event_paranoid is ${settingOf('/proc/sys/kernel/perf_event_paranoid') ?? 'not readable'}; a seccomp filter or LSM may also forbid perf_event_open`,
  },
  {
    calls: /^bpf\((RAW_TRACEPOINT_OPEN|LINK_CREATE)\)/,
    errnos: [EPERM],
    says: () =>
      'the capabilities are there, so the kernel itself refuses to patch its code here (a hardened or virtual machine image): use tracepoints',
  },
  {
    calls: /^bpf/,
    errnos: [EPERM],
    says: () =>
      'the capabilities are there: a seccomp filter, a security module (LSM) or the kernel itself forbids this use of bpf(2)',
  },
  {
    calls: /^bpf\(MAP_CREATE\)/,
    errnos: [EINVAL],
    says: () =>
      'this kernel does not know the map type or flags, or the sizes break its rules (a ring buffer is a power of two of whole pages)',
  },
  {
    calls: /^bpf\(MAP_CREATE\)/,
    errnos: [E2BIG, ENOMEM],
    says: () => 'too large for this kernel: make the map smaller',
  },
  {
    calls: /^bpf\(PROG_LOAD\)/,
    errnos: [E2BIG],
    says: () => 'longer than 4096 instructions without CAP_BPF, or than a million with it',
  },
  {
    calls: /^bpf\(LINK_CREATE\)/,
    errnos: [EOPNOTSUPP],
    says: () =>
      'this kernel is built without CONFIG_FPROBE: attach kprobes one by one instead of kprobe_multi',
  },
  {
    calls: /^bpf\((RAW_TRACEPOINT_OPEN|LINK_CREATE)\)/,
    errnos: [ENOTSUPP],
    says: () => 'the function takes more arguments than this kernel can pass to fentry: use a kprobe',
  },
  {
    calls: /^bpf\(RAW_TRACEPOINT_OPEN\)/,
    errnos: [ENOENT],
    says: () => 'this kernel has no such tracepoint, or the module that has it is not loaded',
  },
  {
    calls: /^(perf_event_open|bpf\(LINK_CREATE\))/,
    errnos: [ENOENT, ESRCH],
    says: () => 'this kernel has no such function, or it must not be probed, or its module is not loaded',
  },
  {
    calls: /^perf_event_open/,
    errnos: [EADDRNOTAVAIL],
    says: () => 'several functions of the kernel have this name: attach by address',
  },
  { calls: /^bpf/, errnos: [ENOSYS], says: () => 'this kernel is built without CONFIG_BPF_SYSCALL' },
  { calls: /./, errnos: [EMFILE], says: () => 'too many open files: raise the limit with `ulimit -n`' },
];

/** What to do about it, as far as this machine's state tells; undefined when nothing is known. */
export function hintFor(call: string, errno: number, needs: readonly CapabilityName[]): string | undefined {
  const asked = { call, needs: runsAtLeast(5, 8) ? needs : needs.map(beforeSplit) };
  const row = HINTS.find(
    ({ calls, errnos, holds }) => errnos.includes(errno) && calls.test(call) && (holds?.(asked) ?? true),
  );
  return row?.says(asked);
}

/** Before 5.8 CAP_BPF and CAP_PERFMON were part of CAP_SYS_ADMIN. */
function beforeSplit(name: CapabilityName): CapabilityName {
  return name === 'CAP_BPF' || name === 'CAP_PERFMON' ? 'CAP_SYS_ADMIN' : name;
}

function missingNow(asked: Asked): readonly CapabilityName[] {
  return missingCapabilities([...new Set(asked.needs)]);
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function grantOf(asked: Asked): string {
  const names = asked.needs.map(name => `+${name.slice('CAP_'.length).toLowerCase()}`).join(',');
  return `grant it with \`setpriv --inh-caps=${names} --ambient-caps=${names} …\``;
}
