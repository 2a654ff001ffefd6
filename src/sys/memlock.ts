import { runsAtLeast } from './machine.ts';
import { rawSyscall } from './syscall.ts';

const RLIMIT_MEMLOCK = 8;
const INFINITY = 0xffff_ffff_ffff_ffffn;

let done = false;

/**
 * Before 5.11 maps and programs are charged to RLIMIT_MEMLOCK (64 KiB by default): lifts it, once. Afterwards they are
 * charged to the memory cgroup and nothing is done. False when the limit stays: raising it needs CAP_SYS_RESOURCE.
 */
export function raiseMemlock(): boolean {
  if (done || runsAtLeast(5, 11)) return true;
  done = setMemlock(INFINITY, INFINITY);
  return done;
}

/** prlimit(RLIMIT_MEMLOCK) of this process; false when refused. */
export function setMemlock(soft: bigint, hard: bigint): boolean {
  const limit = new Uint8Array(new BigUint64Array([soft, hard]).buffer);
  return rawSyscall('prlimit64', [0, RLIMIT_MEMLOCK, limit, 0]) === 0;
}

/** [soft, hard] in bytes; all ones means no limit. */
export function memlock(): readonly [bigint, bigint] {
  const limit = new BigUint64Array(2);
  rawSyscall('prlimit64', [0, RLIMIT_MEMLOCK, 0, new Uint8Array(limit.buffer)]);
  return [limit[0]!, limit[1]!];
}
