import type { AttachTypeName, ProgTypeName } from '../abi/index.ts';
import type { CapabilityName } from '../sys/index.ts';

/** What BPF_PROG_LOAD must be told about where the program will run. */
export interface LoadTarget {
  readonly type: ProgTypeName;
  readonly attachType?: AttachTypeName;
  /** BTF id of the function or tracepoint typedef. */
  readonly btfId?: number;
  /** Descriptor of the module's BTF; 0 is vmlinux. */
  readonly btfObjectFd?: number;
  readonly needs: readonly CapabilityName[];
}
