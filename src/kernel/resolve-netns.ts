import { UsageError } from '../base/index.ts';
import type { Netns } from './netns.ts';
import { inodeAt, type NetnsNames } from './netns-names.ts';
import { netnsInodeOf, netnsOfProcess } from './netns-processes.ts';

/** Process numbers end here (PID_MAX_LIMIT); namespace inodes start far above. */
const PID_MAX = 4_194_304;
const SHOWN = 12;

/**
 * A namespace as a user writes it: a name ("blue", "host", "docker:0123456789ab"), an inode (4026532199 or
 * net:[4026532199]), a process number, or a path. UsageError, with the names there are, when it is none of these.
 */
export function resolveNetns(text: string, names: NetnsNames): Netns {
  const wanted = text.trim();
  const all = names.all();
  const named = byName(wanted, all);
  if (named !== undefined) return named;
  if (wanted.includes('/')) return fromPath(wanted, all);
  const number = /^(?:net:\[)?(\d+)\]?$/.exec(wanted)?.[1];
  if (number === undefined) throw unknown(`no network namespace is called "${wanted}"`, all);
  return Number(number) <= PID_MAX ? fromPid(Number(number), all) : fromInode(Number(number), all);
}

function byName(wanted: string, all: readonly Netns[]): Netns | undefined {
  const found = all.filter(netns => netns.name === wanted);
  const near = found.length > 0 ? found : all.filter(netns => containerIs(netns, wanted));
  if (near.length > 1) throw ambiguous(wanted, near);
  return near[0];
}

/** "0123456789ab" and its beginnings stand for "docker:0123456789ab". */
function containerIs(netns: Netns, wanted: string): boolean {
  if (netns.kind !== 'container' || wanted.length < 4) return false;
  return netns.name.split('/').some(part => part.slice(part.indexOf(':') + 1).startsWith(wanted));
}

function fromPath(path: string, all: readonly Netns[]): Netns {
  const inode = inodeAt(path);
  if (inode === undefined) throw unknown(`there is no file ${path} to take a network namespace from`, all);
  return (
    all.find(netns => netns.inode === inode) ?? {
      inode,
      path,
      kind: 'named',
      name: path.slice(path.lastIndexOf('/') + 1),
    }
  );
}

function fromPid(pid: number, all: readonly Netns[]): Netns {
  const inode = netnsInodeOf(pid);
  if (inode === undefined)
    throw unknown(`process ${pid} is not there, or this user may not see its network namespace`, all);
  return all.find(netns => netns.inode === inode) ?? netnsOfProcess(pid, inode);
}

function fromInode(inode: number, all: readonly Netns[]): Netns {
  const found = all.find(netns => netns.inode === inode);
  if (found === undefined)
    throw unknown(`no mount and no process of this machine has network namespace ${inode}`, all);
  return found;
}

function unknown(message: string, all: readonly Netns[]): UsageError {
  return new UsageError(message, `known here: ${listed(all)}; a process number or a path does as well`);
}

function ambiguous(wanted: string, found: readonly Netns[]): UsageError {
  return new UsageError(`"${wanted}" means more than one network namespace`, `say which: ${listed(found)}`);
}

function listed(all: readonly Netns[]): string {
  const shown = all.slice(0, SHOWN).map(netns => `${netns.name} (${netns.inode})`);
  const rest = all.length > SHOWN ? ` and ${all.length - SHOWN} more` : '';
  return `${shown.join(', ')}${rest}`;
}
