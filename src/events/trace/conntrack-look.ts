import type { ConntrackLook } from './look.ts';

/** enum ip_conntrack_info (include/uapi/linux/netfilter/nf_conntrack_common.h). */
const INFO: Readonly<Record<number, string>> = {
  0: 'established',
  1: 'related',
  2: 'new',
  3: 'established-reply',
  4: 'related-reply',
  7: 'untracked',
};

/** enum ip_conntrack_status, by bit. */
const STATUS = [
  'expected',
  'seen-reply',
  'assured',
  'confirmed',
  'src-nat',
  'dst-nat',
  'seq-adjust',
  'src-nat-done',
  'dst-nat-done',
  'dying',
  'fixed-timeout',
  'template',
  'untracked',
  'helper',
  'offload',
  'hw-offload',
] as const;

/** null when netfilter has not looked at the packet. */
export function conntrackLook(found: {
  readonly info: number;
  readonly connection: boolean;
  readonly status: number;
  readonly mark: number;
}): ConntrackLook | null {
  const { info, connection, status, mark } = found;
  if (!connection && info !== 7) return null;
  return {
    state: INFO[info] ?? `state-${info}`,
    status: STATUS.filter((_, bit) => (status & (1 << bit)) !== 0),
    mark: connection ? mark : null,
  };
}
