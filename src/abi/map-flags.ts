/** Flags of BPF_MAP_CREATE (include/uapi/linux/bpf.h). */
export const MAP_FLAGS = {
  noPrealloc: 0x1,
  noCommonLru: 0x2,
  readOnlyUser: 0x8,
  writeOnlyUser: 0x10,
  readOnlyProgram: 0x80,
  writeOnlyProgram: 0x100,
  /** Array maps: user space may mmap the values. 5.5. */
  mmapable: 0x400,
} as const;

/** Flags of BPF_MAP_UPDATE_ELEM. */
export const UPDATE_FLAGS = { any: 0, noExist: 1, exist: 2 } as const;
