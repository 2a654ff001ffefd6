import { processNumbers } from './netns-processes.ts';
import { readText } from './read-file.ts';

/** True also for a process of another user; false for one that has ended and that nobody asked about yet. */
export function processIsAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/s.test(readText(`/proc/${pid}/stat`) ?? '');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Process numbers as containers with a pid namespace of their own count them. */
export function innerProcessNumbers(): ReadonlySet<number> {
  const texts = processNumbers().map(pid => readText(`/proc/${pid}/status`) ?? '');
  return new Set(texts.flatMap(innerNumbersOf));
}

/** `NSpid:	4711	12	1` (4.1): the number here, then in each pid namespace below. */
export function innerNumbersOf(status: string): number[] {
  const line = /^NSpid:\s+(.*)$/m.exec(status)?.[1] ?? '';
  return line.split(/\s+/).slice(1).map(Number);
}
