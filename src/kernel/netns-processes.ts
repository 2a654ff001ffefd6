import { containerLabelOf } from './container-label.ts';
import { inodeOf } from './namespace-mounts.ts';
import type { Netns } from './netns.ts';
import { linkOf, namesIn, readText, readTrimmed } from './read-file.ts';

/** PROC_PID_INIT_INO (include/linux/proc_ns.h): the pid namespace of the machine itself has this inode. */
const FIRST_PID_NAMESPACE = 'pid:[4026531836]';
/** kthreadd is PID 2 of the machine and always lives in the first network namespace. */
const KERNEL_THREADS = 2;

/** Inode of the namespace a process runs in; undefined when it is gone or belongs to somebody else. */
export function netnsInodeOf(pid: number | 'self', proc: string = '/proc'): number | undefined {
  return inodeOf(linkOf(`${proc}/${pid}/ns/net`) ?? '');
}

/** Every process number that /proc shows, rising. */
export function processNumbers(proc: string = '/proc'): number[] {
  const numbers = namesIn(proc).map(Number).filter(Number.isInteger);
  return numbers.sort((a, b) => a - b);
}

/**
 * The machine's first network namespace. Asked of kthreadd before PID 1, because a PID 1 with more capabilities
 * than ours does not show its own. undefined in a container's pid namespace, or when neither may be seen.
 */
export function hostNetns(proc: string = '/proc'): Netns | undefined {
  if (linkOf(`${proc}/self/ns/pid`) !== FIRST_PID_NAMESPACE) return undefined;
  for (const pid of [KERNEL_THREADS, 1]) {
    const inode = netnsInodeOf(pid, proc);
    if (inode !== undefined) return { inode, path: `${proc}/${pid}/ns/net`, kind: 'host', name: 'host', pid };
  }
  return undefined;
}

/** The namespace as one of its processes tells it: a container's, or the process's own. */
export function netnsOfProcess(pid: number, inode: number, proc: string = '/proc'): Netns {
  const path = `${proc}/${pid}/ns/net`;
  const container = containerLabelOf(readText(`${proc}/${pid}/cgroup`) ?? '');
  if (container !== undefined) return { inode, path, kind: 'container', name: container, pid };
  return {
    inode,
    path,
    kind: 'process',
    name: `${readTrimmed(`${proc}/${pid}/comm`) ?? 'process'}/${pid}`,
    pid,
  };
}
