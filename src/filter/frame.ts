import { NetwhyError } from '../base/index.ts';
import type { Plan } from './plan.ts';

/** Bytes [base - size, base) below the frame pointer that a filter may use; base is 0 or a negative multiple of 8. */
export interface StackRoom {
  readonly base: number;
  readonly size: number;
}

/** Where things lie on the stack: offsets from the frame pointer. */
export interface Frame {
  /** u64: address of byte 0 of the packet as the filter sees it. */
  readonly start: number;
  /** u64: how many linear bytes can be read from there. */
  readonly readable: number;
  readonly savedX: number;
  readonly savedA: number;
  /** 8 bytes for single reads. */
  readonly scratch: number;
  /** The copied part of struct sk_buff; in the same place for every plan. */
  readonly window: number;
  /** The first M[] in use, the others above it. */
  readonly memory: number;
  /** The copied start of the packet. */
  readonly copy: number;
}

const FIXED_BYTES = 40;
const PHASE_ROOM = 8;

/** Bytes of stack that a program with this plan takes; a multiple of 8. */
export function frameBytes(plan: Plan, windowBytes: number): number {
  return FIXED_BYTES + memoryBytes(plan) + windowBytes + copyRoom(plan);
}

/** Throws when the room is too small: `filterStack` tells how much is needed. */
export function frameOf(plan: Plan, windowBytes: number, room: StackRoom): Frame {
  const needed = frameBytes(plan, windowBytes);
  if (room.base % 8 || needed > room.size)
    throw new NetwhyError(`the filter needs ${needed} bytes of stack at a multiple of 8, not ${room.size}`);
  const window = room.base - FIXED_BYTES - windowBytes;
  const memory = window - memoryBytes(plan);
  return {
    start: room.base - 8,
    readable: room.base - 16,
    scratch: room.base - 24,
    savedX: room.base - 32,
    savedA: room.base - 40,
    window,
    memory,
    copy: memory - copyRoom(plan) + plan.phase,
  };
}

function memoryBytes(plan: Plan): number {
  return Math.ceil(plan.memory.length / 2) * 8;
}

function copyRoom(plan: Plan): number {
  return plan.copyBytes === 0 ? 0 : plan.copyBytes + PHASE_ROOM;
}
