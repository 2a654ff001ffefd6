/** One message of the kernel's log buffer. */
export interface LogRecord {
  readonly sequence: number;
  /** 0 emergency … 7 debug. */
  readonly level: number;
  /** Since boot, by the scheduler's clock: some milliseconds off CLOCK_MONOTONIC. */
  readonly microseconds: number;
  readonly text: string;
}

/**
 * One read of /dev/kmsg: `4,1234,5678901,-;text`, then lines of properties that start with a blank. Bytes that are no
 * printable text stand as \xNN. undefined for anything else.
 */
export function parseLogRecord(read: string): LogRecord | undefined {
  const at = read.indexOf(';');
  const [priority, sequence, microseconds] = read.slice(0, at).split(',').map(Number);
  if (at < 0 || priority === undefined || sequence === undefined || microseconds === undefined)
    return undefined;
  if ([priority, sequence, microseconds].some(Number.isNaN)) return undefined;
  const end = read.indexOf('\n', at);
  const text = read.slice(at + 1, end < 0 ? undefined : end);
  return { sequence, level: priority & 7, microseconds, text: unescaped(text) };
}

function unescaped(text: string): string {
  return text.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
