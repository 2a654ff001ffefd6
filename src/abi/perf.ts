/** perf_event_attr.type (include/uapi/linux/perf_event.h); kprobe and uprobe have theirs in sysfs. */
export const PERF_TYPES = {
  hardware: 0,
  software: 1,
  tracepoint: 2,
  hwCache: 3,
  raw: 4,
  breakpoint: 5,
} as const;

/** Flags of perf_event_open(2). */
export const PERF_FLAGS = { fdNoGroup: 1, fdOutput: 2, pidCgroup: 4, fdCloexec: 8 } as const;

/** ioctl(2) requests on a perf event. */
export const PERF_IOCTLS = {
  enable: 0x2400,
  disable: 0x2401,
  reset: 0x2403,
  setOutput: 0x2405,
  setFilter: 0x4008_2406,
  id: 0x8008_2407,
  setBpf: 0x4004_2408,
} as const;

/** Byte offsets in struct perf_event_attr. Of the flag bits, the first (disabled) is bit 0 of `flags`. */
export const PERF_ATTR = {
  type: 0,
  size: 4,
  config: 8,
  samplePeriod: 16,
  sampleType: 24,
  readFormat: 32,
  flags: 40,
  wakeupEvents: 48,
  bpType: 52,
  config1: 56,
  config2: 64,
} as const;

/** Size of the struct up to config2, as of 2.6.33: every kernel takes it. */
export const PERF_ATTR_BYTES = 72;
