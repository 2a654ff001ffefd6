import { type AttachMode, attachMode } from '../../src/collect/index.ts';
import { runningBtf } from '../../src/kernel/index.ts';
import { orThrow } from '../../src/session/machine.ts';

/** How functions can be probed on the kernel that the tests run on. */
export const PROBING: AttachMode = attachMode(orThrow(runningBtf()));
