import type { AttachSpec } from '../asm/index.ts';
import { NetwhyError } from '../base/index.ts';
import { ATTACH, type AttachKind, type AttachRow } from './attach-kinds.ts';
import type { LoadTarget } from './attach-target.ts';
import type { KernelTypes } from './kernel-types.ts';
import type { Link } from './link.ts';
import type { BpfProgram } from './program.ts';

function rowOf(spec: AttachSpec): AttachRow<AttachKind> {
  return ATTACH[spec.kind] as AttachRow<AttachKind>;
}

/** What the program must be loaded as. Throws BtfNotFoundError when the kernel has no such function or tracepoint. */
export function targetOf(spec: AttachSpec, types: KernelTypes): LoadTarget {
  return rowOf(spec).target(spec, types);
}

/** Puts a loaded program in place. Throws SyscallError, NetwhyError when it was loaded for another kind. */
export function attachProgram(program: BpfProgram, spec: AttachSpec): Link {
  const { name, attach } = program.spec;
  if (attach.kind !== spec.kind)
    throw new NetwhyError(
      `program ${name} was loaded as ${attach.kind}: it cannot be attached as ${spec.kind}`,
    );
  return rowOf(spec).open(program, spec);
}
