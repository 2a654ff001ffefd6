import { ERRNO_NAMES } from './errno.ts';

/** Root of everything netwhy throws on purpose. `hint` says what to do next. */
export class NetwhyError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.name = new.target.name;
    this.hint = hint;
  }
}

/** "EPERM" for 1; "errno 999" for numbers the table does not know. */
export function errnoName(errno: number): string {
  return ERRNO_NAMES[errno] ?? `errno ${errno}`;
}

/** A system call failed. `errno` is positive. */
export class SyscallError extends NetwhyError {
  readonly call: string;
  readonly errno: number;

  constructor(call: string, errno: number, hint?: string) {
    super(`${call}: ${errnoName(errno)}`, hint);
    this.call = call;
    this.errno = errno;
  }
}

/** The kernel's verifier refused a program. `log` is its whole text, `message` shows the deciding lines. */
export class VerifierError extends NetwhyError {
  readonly program: string;
  readonly log: string;
  readonly errno: number;

  constructor(program: string, errno: number, message: string, log: string, hint?: string) {
    super(message, hint);
    this.program = program;
    this.errno = errno;
    this.log = log;
  }
}

/** BTF bytes that break the format. `offset` is in bytes from the start of the blob. */
export class BtfError extends NetwhyError {
  readonly offset: number | undefined;

  constructor(message: string, offset?: number) {
    super(offset === undefined ? message : `${message} (at byte ${offset})`);
    this.offset = offset;
  }
}

/** The kernel's BTF has no such type, member or function. `wanted` reads like "struct sk_buff.head". */
export class BtfNotFoundError extends NetwhyError {
  readonly wanted: string;

  constructor(wanted: string, hint?: string) {
    super(`not in this kernel's BTF: ${wanted}`, hint);
    this.wanted = wanted;
  }
}

/** A packet filter that cannot be read. `position` counts characters from 0; undefined when libpcap gives none. */
export class FilterSyntaxError extends NetwhyError {
  readonly text: string;
  readonly position: number | undefined;

  constructor(message: string, text: string, position?: number, hint?: string) {
    super(message, hint);
    this.text = text;
    this.position = position;
  }
}

/** The command line is wrong: exit code 2. */
export class UsageError extends NetwhyError {}
