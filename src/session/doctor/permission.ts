import { isUnavailable } from '../../base/index.ts';
import { kernelVersion, lockdown } from '../../kernel/index.ts';
import { probeFeature } from '../../load/index.ts';
import type { Check } from '../../render/index.ts';
import {
  type CapabilityName,
  inUserNamespace,
  memlock,
  missingCapabilities,
  runsAtLeast,
} from '../../sys/index.ts';

const TRACING: readonly CapabilityName[] = ['CAP_BPF', 'CAP_PERFMON'];
/** What each further capability adds. */
const FURTHER: Readonly<Partial<Record<CapabilityName, string>>> = {
  CAP_SYS_ADMIN: 'names of interfaces in other namespaces',
  CAP_SYSLOG: 'names of kernel functions',
  CAP_NET_ADMIN: 'firewall rules and the connection table',
  CAP_SYS_PTRACE: 'namespaces of processes of other users',
};
const LIMIT_NEEDED = 64n << 20n;
const UNLIMITED = 0xffff_ffff_ffff_ffffn;

/** "root", "uid 1000": who asks. */
export function who(): string {
  const uid = process.geteuid?.() ?? 0;
  return uid === 0 ? 'root' : `uid ${uid}`;
}

/** Why this user cannot load programs at all; undefined when nothing stands in the way. */
export function missingForTracing(): string | undefined {
  const missing = missingCapabilities(TRACING);
  if (missing.length > 0) return `${who()} has no ${missing.join(' and no ')}`;
  if (inUserNamespace() && isUnavailable(probeFeature('map ringbuf')))
    return 'capabilities inside a user namespace do not count for the kernel';
  return undefined;
}

export function permissionChecks(): Check[] {
  return [capabilityCheck(), memlockCheck(), lockdownCheck()];
}

function capabilityCheck(): Check {
  const row = { id: 'capabilities', title: 'capabilities', needed: true };
  const stop = missingForTracing();
  if (stop !== undefined)
    return {
      ...row,
      ok: 'no',
      found: stop,
      costs: 'no tracing program can be loaded: nothing is seen',
      do: inUserNamespace() ? 'run outside the container, or in a privileged one' : wayToMore(TRACING),
    };
  const missing = missingCapabilities(Object.keys(FURTHER) as CapabilityName[]);
  if (missing.length === 0) return { ...row, ok: 'yes', found: 'all that netwhy uses' };
  return {
    ...row,
    ok: 'degraded',
    found: `enough to trace, but without ${missing.join(', ')}`,
    costs: `not seen: ${missing.map(name => FURTHER[name]).join('; ')}`,
    do: wayToMore(missing),
  };
}

/** How this user gets further: root lacks capabilities only where something took them away. */
export function wayToMore(capabilities: readonly CapabilityName[]): string {
  if (who() !== 'root') return 'sudo netwhy doctor';
  return `give this container or service ${capabilities.join(', ')}`;
}

function memlockCheck(): Check {
  const row = { id: 'memlock', title: 'memlock', needed: true };
  if (runsAtLeast(5, 11)) return { ...row, ok: 'yes', found: 'not limited since 5.11' };
  const [soft, hard] = memlock();
  if (soft === UNLIMITED || hard >= LIMIT_NEEDED || missingCapabilities(['CAP_SYS_RESOURCE']).length === 0)
    return { ...row, ok: 'yes', found: `${limitText(soft)}, can be raised` };
  return {
    ...row,
    ok: 'no',
    found: `limited to ${limitText(hard)}, and raising it needs CAP_SYS_RESOURCE`,
    costs: `kernel ${kernelVersion().release} charges maps to this limit: they do not fit`,
    do: 'ulimit -l unlimited (as root), or LimitMEMLOCK=infinity in the systemd unit',
  };
}

function limitText(bytes: bigint): string {
  return bytes === UNLIMITED ? 'unlimited' : `${bytes >> 10n} KiB`;
}

function lockdownCheck(): Check {
  const row = { id: 'lockdown', title: 'lockdown', needed: true };
  const mode = lockdown();
  if (mode === 'confidentiality')
    return {
      ...row,
      ok: 'no',
      found: 'confidentiality: programs may not read kernel memory',
      costs: 'no packet can be looked at: nothing is seen',
      do: 'boot with lockdown=integrity, or with Secure Boot off',
    };
  if (!isUnavailable(mode)) return { ...row, ok: 'yes', found: mode };
  return { ...row, ok: 'yes', found: `${mode.why}; what it would forbid was tried` };
}
