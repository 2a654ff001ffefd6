import { NetwhyError } from '../base/index.ts';

/** The program cannot be encoded. `slot` is where, counted in 8-byte slots from the start of the program. */
export class AssemblyError extends NetwhyError {
  readonly program: string;
  readonly slot: number | undefined;

  constructor(program: string, slot: number | undefined, problem: string, hint?: string) {
    super(slot === undefined ? `${program}: ${problem}` : `${program}, slot ${slot}: ${problem}`, hint);
    this.program = program;
    this.slot = slot;
  }
}

/** Bytes that are no eBPF instruction that this library knows. */
export class DecodeError extends NetwhyError {
  readonly slot: number;

  constructor(slot: number, problem: string, hint?: string) {
    super(`slot ${slot}: ${problem}`, hint);
    this.slot = slot;
  }
}
