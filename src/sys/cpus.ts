import { settingOf } from './machine.ts';

/** "0-3,8" as numbers. */
export function parseCpuList(text: string): readonly number[] {
  const cpus: number[] = [];
  for (const part of text.split(',').filter(Boolean)) {
    const [first = 0, last = first] = part.split('-').map(Number);
    for (let cpu = first; cpu <= last; cpu++) cpus.push(cpu);
  }
  return cpus;
}

function cpusIn(file: string): readonly number[] {
  return parseCpuList(settingOf(`/sys/devices/system/cpu/${file}`) ?? '0');
}

/** CPUs that run now. */
export function onlineCpus(): number {
  return cpusIn('online').length;
}

/** The lowest CPU that runs now: perf events must name one. */
export function firstOnlineCpu(): number {
  return cpusIn('online')[0] ?? 0;
}

let possible = 0;

/** CPUs the kernel has room for: the number of values in an entry of a per-CPU map. */
export function possibleCpus(): number {
  possible ||= cpusIn('possible').length;
  return possible;
}
