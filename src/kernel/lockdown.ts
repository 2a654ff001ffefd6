import { existsSync } from 'node:fs';
import { type Unavailable, unavailable } from '../base/index.ts';
import { readText, readTrimmed } from './read-file.ts';

const FILE = '/sys/kernel/security/lockdown';
export type LockdownMode = 'none' | 'integrity' | 'confidentiality';

/** The kernel's lockdown mode (5.4). Only "confidentiality" keeps tracers out. */
export function lockdown(): LockdownMode | Unavailable {
  const text = readText(FILE);
  if (text !== undefined) return parseLockdown(text);
  if (existsSync(FILE))
    return unavailable('lockdown mode', `this user may not read ${FILE}`, `sudo cat ${FILE}`, '5.4');
  if (!securityfsMounted())
    return unavailable(
      'lockdown mode',
      'securityfs is not mounted',
      'mount -t securityfs securityfs /sys/kernel/security',
      '5.4',
    );
  return 'none';
}

/** "none [integrity] confidentiality": the mode in brackets. */
export function parseLockdown(text: string): LockdownMode {
  const found = /\[(integrity|confidentiality)\]/.exec(text)?.[1];
  return (found as LockdownMode | undefined) ?? 'none';
}

function securityfsMounted(): boolean {
  return / securityfs /.test(readTrimmed('/proc/self/mounts') ?? '');
}
