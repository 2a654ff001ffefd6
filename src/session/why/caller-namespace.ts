import type { DropEvent } from '../../events/index.ts';
import { netnsInodeOf } from '../../kernel/index.ts';
import type { Machine } from '../machine.ts';

/** A process takes what arrived while it had locked its socket: device and route are off the packet by then. */
const BACKLOG = /^(?:__)?release_sock\+/;

/** The drop in the namespace of the process that worked off its own socket's backlog, where nothing else tells it. */
export function inCallersNamespace(drop: DropEvent, { namespaces }: Machine): DropEvent {
  if (drop.netns !== null || !drop.stack.some(frame => BACKLOG.test(frame))) return drop;
  const netns = netnsInodeOf(drop.process.pid);
  return netns === undefined ? drop : { ...drop, netns, netnsName: namespaces.nameOf(netns) ?? null };
}
