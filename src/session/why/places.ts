import type { Place } from '../../collect/index.ts';
import type { Namespace } from '../../diagnose/index.ts';
import type { Netns } from '../../kernel/index.ts';
import type { Machine } from '../machine.ts';
import type { WhyRequest } from './why-request.ts';

/** Beyond this many namespaces, reading all of their counters would take longer than a verdict may. */
const MOST = 128;

/** The namespaces to look at, the host's first. */
export function placesOf(machine: Machine, { namespaces }: WhyRequest): Netns[] {
  const all = machine.namespaces.all();
  const wanted = namespaces ? all.filter(({ inode }) => namespaces.includes(inode)) : all;
  return [...wanted].sort((a, b) => rankOf(a) - rankOf(b)).slice(0, MOST);
}

const RANK: Readonly<Record<Netns['kind'], number>> = { host: 0, own: 1, named: 2, container: 2, process: 3 };

function rankOf({ kind }: Netns): number {
  return RANK[kind];
}

/** How a verdict's commands get into a namespace. */
export function namespaceOf({ inode, name, kind, path }: Netns): Namespace {
  return { inode, name, kind, path };
}

export function placeOf({ inode, name, path }: Netns): Place {
  return { inode, name, path };
}
