// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { label } from '../../asm/index.ts';
import type { TraceProgram } from './writer.ts';

/**
 * The rest of a program: the part of the role whose index in `order` is in r9. A single role has its part alone, and r9
 * is not read.
 */
export function playRole<Role extends string>(
  program: TraceProgram,
  roles: readonly Role[],
  order: readonly Role[],
  parts: Readonly<Record<Role, (program: TraceProgram) => void>>,
): void {
  const { asm, out } = program;
  for (const role of roles) {
    const next = label(`not_${role}`);
    if (roles.length > 1) asm.jumpIf('r9', '!=', order.indexOf(role), next);
    parts[role](program);
    asm.jump(out).place(next);
  }
}
