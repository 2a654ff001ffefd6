// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { type ProbedFunction, verdictKindOf } from './probe-plan.ts';
import type { ReturnRole } from './return.ts';
import { GATE_FUNCTIONS, LINEAGE_FUNCTIONS, LOOK_FUNCTIONS } from './stages.ts';

/** What the program at a function's entry is for. */
export type EntryRole =
  | 'hop'
  | 'look'
  | 'gate'
  | 'release'
  | 'after'
  | 'remember'
  | 'fragment4'
  | 'fragment6'
  | 'merge'
  | 'enqueue'
  | 'reassemble';

/** These run when the bytes are gone already: what the table knew is kept for them, per CPU. */
const AFTER_RELEASE: readonly string[] = ['kfree_skbmem', 'napi_skb_cache_put'];

const { release, fragment, merge, enqueue, reassemble, expand, copy, cut, segment } = LINEAGE_FUNCTIONS;

const ENTRY_ROLES: ReadonlyMap<string, EntryRole> = new Map<string, EntryRole>([
  ...named<EntryRole>('look', [...LOOK_FUNCTIONS]),
  ...named<EntryRole>('gate', Object.keys(GATE_FUNCTIONS)),
  ...named<EntryRole>('remember', [...expand, ...copy, ...cut, ...segment]),
  ...named<EntryRole>('release', release),
  ...named<EntryRole>('after', AFTER_RELEASE),
  ...named<EntryRole>('merge', merge),
  ...named<EntryRole>('enqueue', enqueue),
  ...named<EntryRole>('reassemble', reassemble),
  [fragment[0], 'fragment4'],
  [fragment[1], 'fragment6'],
]);

const LINEAGE_RETURNS: ReadonlyMap<string, ReturnRole> = new Map<string, ReturnRole>([
  ...named<ReturnRole>('expand', expand),
  ...named<ReturnRole>('copy', copy),
  ...named<ReturnRole>('cut', cut),
  ...named<ReturnRole>('segment', segment),
  ...named<ReturnRole>('merge', merge),
]);

export function entryRoleOf({ name }: ProbedFunction): EntryRole {
  return ENTRY_ROLES.get(name) ?? 'hop';
}

/** What its return tells; null: nothing that is asked for. */
export function returnRoleOf(probed: ProbedFunction, verdicts: boolean): ReturnRole | null {
  return LINEAGE_RETURNS.get(probed.name) ?? (verdicts && verdictKindOf(probed) ? 'verdict' : null);
}

function named<Role>(role: Role, names: readonly string[]): [string, Role][] {
  return names.map((name): [string, Role] => [name, role]);
}
