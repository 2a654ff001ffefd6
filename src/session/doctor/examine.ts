import {
  distribution,
  Kallsyms,
  kernelVersion,
  leftovers,
  NetnsNames,
  removeLeftover,
} from '../../kernel/index.ts';
import type { Check, Examination } from '../../render/index.ts';
import { knowledgeChecks } from './knowledge.ts';
import { loggingChecks } from './logging.ts';
import { netfilterChecks } from './netfilter.ts';
import { permissionChecks, who } from './permission.ts';
import { programChecks } from './programs.ts';
import { leftoverText, surroundingChecks } from './surroundings.ts';

/** Looks at everything, changes nothing but what the probes of programs attach and detach at once. */
export function examine(): Examination {
  const namespaces = new NetnsNames().all();
  const kallsyms = new Kallsyms();
  const checks = [
    ...permissionChecks(),
    ...programChecks(),
    ...knowledgeChecks(kallsyms),
    ...surroundingChecks(namespaces),
    ...netfilterChecks(),
    ...loggingChecks(namespaces, kallsyms),
  ];
  return {
    kernel: kernelVersion().release,
    distribution: distribution().title,
    user: who(),
    canSeeDrops: canSeeDrops(checks),
    checks,
  };
}

/** tp_btf does for raw_tp; else everything that is needed. */
function canSeeDrops(checks: readonly Check[]): boolean {
  const worksAs = (id: string): boolean => checks.some(check => check.id === id && check.ok === 'yes');
  return checks.every(
    check => !check.needed || check.ok !== 'no' || (check.id === 'raw-tp' && worksAs('tp-btf')),
  );
}

/** What was removed, and what could not be: a sentence each. */
export interface Cleaning {
  readonly removed: readonly string[];
  readonly failed: readonly string[];
}

/** Removes what ended runs left behind. */
export function cleanLeftovers(): Cleaning {
  const removed: string[] = [];
  const failed: string[] = [];
  for (const leftover of leftovers()) {
    const problem = removeLeftover(leftover);
    if (problem === undefined) removed.push(leftoverText(leftover));
    else failed.push(`${leftoverText(leftover)}: ${problem}`);
  }
  return { removed, failed };
}
