import { closeSync, constants, openSync, readSync } from 'node:fs';
import { type Unavailable, unavailable } from '../../base/index.ts';
import { timeText } from '../../kernel/index.ts';
import { type LogRecord, parseLogRecord } from './kmsg-record.ts';
import { type LogEvent, logEventOf } from './log-event.ts';

/** A line of the kernel log that says something about packets. */
export interface LogLine {
  /** Wall time when it was written, to some milliseconds. */
  readonly time: string;
  readonly text: string;
  readonly event: LogEvent;
}

const DEVICE = '/dev/kmsg';
/** The kernel's own limit for one record (PRINTKRB_RECORD_MAX and its properties) is below. */
const RECORD_BYTES = 16 << 10;

/** Follows the kernel log from where it is opened; every reader has its own place in it. */
export class KernelLog implements Disposable {
  private readonly fd: number;
  private readonly buffer: Buffer = Buffer.alloc(RECORD_BYTES);
  private open = true;
  private overwritten = 0;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** `history`: also what the buffer holds from before. Unavailable without CAP_SYSLOG (where dmesg is restricted). */
  static follow(options: { readonly history?: boolean } = {}): KernelLog | Unavailable {
    try {
      const log = new KernelLog(openSync(DEVICE, constants.O_RDONLY | constants.O_NONBLOCK));
      if (options.history !== true) log.each(() => undefined);
      log.overwritten = 0;
      return log;
    } catch (error) {
      return refused(error as NodeJS.ErrnoException);
    }
  }

  /** How often records were overwritten before they were read; after that, absence of a line proves nothing. */
  get lost(): number {
    return this.overwritten;
  }

  /** Hands on what came since the last look; lines about other things are left out. Answers how many were handed on. */
  poll(onLine: (line: LogLine) => void): number {
    let count = 0;
    this.each(record => {
      const event = logEventOf(record.text);
      if (event === undefined) return;
      count++;
      onLine({ time: timeOf(record), text: record.text, event });
    });
    return count;
  }

  [Symbol.dispose](): void {
    if (this.open) closeSync(this.fd);
    this.open = false;
  }

  private each(onRecord: (record: LogRecord) => void): void {
    for (;;) {
      const record = this.next();
      if (record === null) return;
      if (record !== undefined) onRecord(record);
    }
  }

  /** null at the end; undefined for what is no record, or for a gap. */
  private next(): LogRecord | undefined | null {
    try {
      const length = readSync(this.fd, this.buffer, 0, RECORD_BYTES, null);
      return length === 0 ? null : parseLogRecord(this.buffer.toString('utf8', 0, length));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') return null;
      if (code !== 'EPIPE') throw error;
      this.overwritten++;
      return undefined;
    }
  }
}

function timeOf({ microseconds }: LogRecord): string {
  const ageMs = Number(process.hrtime.bigint()) / 1e6 - microseconds / 1000;
  return timeText(Date.now() - Math.max(0, ageMs));
}

function refused({ code, message }: NodeJS.ErrnoException): Unavailable {
  if (code === 'ENOENT')
    return unavailable(
      'kernel log',
      `there is no ${DEVICE} here, as in most containers`,
      'run on the machine itself',
    );
  if (code === 'EPERM' || code === 'EACCES')
    return unavailable(
      'kernel log',
      `${DEVICE} may not be read (${code})`,
      'run as root, with CAP_SYSLOG where kernel.dmesg_restrict is 1',
    );
  return unavailable('kernel log', message, 'dmesg may show it');
}
