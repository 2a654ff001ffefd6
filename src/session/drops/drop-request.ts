import { UsageError } from '../../base/index.ts';
import { resolveNetns } from '../../kernel/index.ts';
import type { AddressRange, DropConditions, NumberMatch } from '../../probes/index.ts';
import type { Machine } from '../machine.ts';

/** What the user asked for, in words. */
export interface DropRequest {
  readonly reasons?: readonly string[];
  readonly functions?: readonly string[];
  readonly netns?: readonly string[];
  readonly ifnames?: readonly string[];
  /** "7", "0x10", "0x10/0xf0". */
  readonly mark?: string;
}

/** Words to numbers of this kernel. Throws UsageError for a name that it does not know. */
export function dropConditionsOf(request: DropRequest, machine: Machine): DropConditions {
  const { reasons, functions, netns, ifnames, mark } = request;
  return {
    ...(reasons ? { reasons: reasons.flatMap(name => reasonValues(name, machine)) } : {}),
    ...(functions ? { functions: functions.flatMap(name => codeOf(name, machine)) } : {}),
    ...(netns ? { namespaces: netns.map(text => resolveNetns(text, machine.namespaces).inode) } : {}),
    ...(ifnames ? { ifnames: ifnames.map(checkedIfname) } : {}),
    ...(mark === undefined ? {} : { mark: markOf(mark) }),
  };
}

function reasonValues(name: string, machine: Machine): number[] {
  const known = machine.reasons.all();
  if (known.length === 0)
    throw new UsageError('this kernel gives no drop reasons (they came with 5.17)', 'use --function instead');
  const wanted = name.toUpperCase().replace(/^SKB_DROP_REASON_/, '');
  const found = known.filter(({ reason }) => reason === wanted);
  if (found.length > 0) return found.map(({ value }) => value);
  const near = known.filter(({ reason }) => reason.includes(wanted)).map(({ reason }) => reason);
  const hint =
    near.length > 0 ? `Did you mean ${near.slice(0, 8).join(', ')}?` : '`netwhy reasons` lists them.';
  throw new UsageError(`this kernel has no drop reason ${wanted}`, hint);
}

/** All functions of that name, and the pieces that the compiler cut out of them (.isra.0, .cold …). */
function codeOf(name: string, machine: Machine): AddressRange[] {
  const problem = machine.kallsyms.problem();
  if (problem) throw problem;
  const ranges = machine.kallsyms.rangesOf(name);
  if (ranges.length === 0)
    throw new UsageError(
      `this kernel has no function ${name}`,
      'It may be in a module that is not loaded, or inlined: netwhy drops shows the names that occur.',
    );
  return ranges;
}

const IFNAME_MAX = 15;

function checkedIfname(name: string): string {
  const bad = name.length === 0 || name.replace(/\*$/, '').length > IFNAME_MAX || /[/\s]/.test(name);
  if (bad)
    throw new UsageError(`"${name}" cannot be an interface name: 1 to 15 characters, no blanks or slashes`);
  return name;
}

function markOf(text: string): NumberMatch {
  const found = /^(0x[0-9a-f]{1,8}|\d+)(?:\/(0x[0-9a-f]{1,8}|\d+))?$/i.exec(text);
  const [value, mask] = [Number(found?.[1]), found?.[2] === undefined ? 0xffff_ffff : Number(found[2])];
  if (!found || value > 0xffff_ffff || mask > 0xffff_ffff)
    throw new UsageError(`"${text}" is not a mark`, 'Write it as 7, 0x10 or 0x10/0xf0 (value/mask).');
  return { value, mask };
}
