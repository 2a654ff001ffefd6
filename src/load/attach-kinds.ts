import type { ProgTypeName } from '../abi/index.ts';
import type { AttachSpec } from '../asm/index.ts';
import { NetwhyError } from '../base/index.ts';
import type { CapabilityName } from '../sys/index.ts';
import type { LoadTarget } from './attach-target.ts';
import type { KernelTypes } from './kernel-types.ts';
import type { Link } from './link.ts';
import { openKprobeMulti, openRawTracepoint } from './open-link.ts';
import { openKprobe, openTracepoint } from './open-perf.ts';

export type AttachKind = AttachSpec['kind'];
type SpecOf<K extends AttachKind> = Extract<AttachSpec, { kind: K }>;

/** One way to attach: what the program must be loaded as, and how it is put in place. */
export interface AttachRow<K extends AttachKind> {
  target(spec: SpecOf<K>, types: KernelTypes): LoadTarget;
  open(program: { readonly fd: number }, spec: SpecOf<K>): Link;
}

const NEEDS: readonly CapabilityName[] = ['CAP_BPF', 'CAP_PERFMON'];
const NETWORK_NEEDS: readonly CapabilityName[] = ['CAP_BPF', 'CAP_NET_ADMIN'];
const NETWORK_TYPES: ReadonlySet<ProgTypeName> = new Set([
  'sched_cls',
  'sched_act',
  'xdp',
  'cgroup_skb',
  'netfilter',
]);

export const ATTACH: { readonly [K in AttachKind]: AttachRow<K> } = {
  'raw-tracepoint': {
    target: () => ({ type: 'raw_tracepoint', needs: NEEDS }),
    open: ({ fd }, { tracepoint }) => openRawTracepoint(fd, `raw tracepoint ${tracepoint}`, tracepoint),
  },
  'tp-btf': {
    target: ({ tracepoint }, types) => ({
      type: 'tracing',
      attachType: 'trace_raw_tp',
      btfId: types.tracepointOf(tracepoint),
      needs: NEEDS,
    }),
    open: ({ fd }, { tracepoint }) => openRawTracepoint(fd, `tracepoint ${tracepoint} with BTF`),
  },
  fentry: {
    target: (spec, types) => tracingTarget('trace_fentry', spec, types),
    open: ({ fd }, spec) => openRawTracepoint(fd, `fentry ${spec.function}`),
  },
  fexit: {
    target: (spec, types) => tracingTarget('trace_fexit', spec, types),
    open: ({ fd }, spec) => openRawTracepoint(fd, `fexit ${spec.function}`),
  },
  kprobe: {
    target: () => ({ type: 'kprobe', needs: NEEDS }),
    open: ({ fd }, spec) => openKprobe(fd, spec),
  },
  'kprobe-multi': {
    target: () => ({ type: 'kprobe', attachType: 'trace_kprobe_multi', needs: NEEDS }),
    open: ({ fd }, spec) => openKprobeMulti(fd, spec),
  },
  tracepoint: {
    target: () => ({ type: 'tracepoint', needs: NEEDS }),
    open: ({ fd }, { event }) => openTracepoint(fd, event),
  },
  none: {
    target: ({ type }) => ({
      type,
      needs: NETWORK_TYPES.has(type) ? NETWORK_NEEDS : NEEDS,
      ...(type === 'netfilter' ? { attachType: 'netfilter' } : {}),
    }),
    open: () => {
      throw new NetwhyError('a program of kind "none" has no place to attach to: use its fd');
    },
  },
};

function tracingTarget(
  attachType: 'trace_fentry' | 'trace_fexit',
  spec: SpecOf<'fentry' | 'fexit'>,
  types: KernelTypes,
): LoadTarget {
  const { id, objectFd } = types.functionOf(spec.function, spec.module);
  return { type: 'tracing', attachType, btfId: id, btfObjectFd: objectFd, needs: NEEDS };
}
