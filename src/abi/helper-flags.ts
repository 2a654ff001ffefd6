/** Flags of bpf_ringbuf_submit, _discard and _output (include/uapi/linux/bpf.h, BPF_RB_*). */
export const RING_FLAGS = { noWakeup: 1, forceWakeup: 2 } as const;

/** What bpf_ringbuf_query is asked for. */
export const RING_QUERY = {
  availableData: 0,
  ringSize: 1,
  consumerPosition: 2,
  producerPosition: 3,
} as const;

/**
 * Flags of bpf_get_stackid, bpf_get_stack and bpf_get_task_stack; frames to skip go into the low byte.
 * fastCompare and reuse belong to get_stackid, userBuildId to the others.
 */
export const STACK_FLAGS = {
  skipMask: 0xff,
  user: 0x100,
  fastCompare: 0x200,
  reuse: 0x400,
  userBuildId: 0x800,
} as const;

/** Index of bpf_perf_event_output that means the CPU it runs on; does not fit s32: put it into a register by mov32. */
export const CURRENT_CPU = 0xffff_ffff;

/** Flags of bpf_redirect and bpf_clone_redirect: into the device's receive side instead of out through it. */
export const REDIRECT_FLAGS = { ingress: 1 } as const;

/** Flags of BPF_PROG_LOAD. */
export const PROGRAM_FLAGS = { strictAlignment: 1, anyAlignment: 2, sleepable: 0x10 } as const;

/** Flags of a kprobe_multi link. 5.18. */
export const KPROBE_MULTI_FLAGS = { return: 1 } as const;
