import { resetReasonsOf } from '../kernel/index.ts';
import type { Machine } from './machine.ts';

/** A reason of the running kernel; `subsystem` is "reset" for enum sk_rst_reason. */
export interface NumberedReason {
  readonly reason: string;
  readonly subsystem: string;
  readonly value: number;
}

export const RESET = 'reset';

/** Drop reasons by number, then reset reasons. Empty parts on kernels that have none. */
export function kernelReasons(machine: Machine): readonly NumberedReason[] {
  const resets = resetReasonsOf(machine.btf).map(({ name, value }) => ({
    reason: name,
    subsystem: RESET,
    value,
  }));
  return [...machine.reasons.all(), ...resets];
}
