import { Assembler } from '../../asm/index.ts';
import { SyscallError } from '../../base/index.ts';
import { load } from '../../load/index.ts';
import { runsAtLeast, settingOf } from '../../sys/index.ts';

/** How functions can be probed on this kernel; `none`: only tracepoints can. */
export type AttachMode = 'kprobe-multi' | 'kprobe-events' | 'none';

const EOPNOTSUPP = 95;
const KPROBE_PMU = '/sys/bus/event_source/devices/kprobe/type';

/** Found out by asking for a link of no functions, which a kernel that has them calls invalid. */
export function attachMode(): AttachMode {
  if (runsAtLeast(5, 18) && hasKprobeMulti()) return 'kprobe-multi';
  return settingOf(KPROBE_PMU) === undefined ? 'none' : 'kprobe-events';
}

function hasKprobeMulti(): boolean {
  const code = new Assembler('netwhy_test').mov('r0', 0).exit().build();
  const attach = { kind: 'kprobe-multi', functions: [], addresses: [] } as const;
  try {
    using loaded = load({ maps: [], programs: [{ name: 'netwhy_test', attach, code, license: 'GPL' }] });
    loaded.attachAll();
    return true;
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    return error.call.includes('LINK_CREATE') && error.errno !== EOPNOTSUPP;
  }
}
