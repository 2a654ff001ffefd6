import type { Unavailable } from '../base/index.ts';
import { type Netns, timeText } from '../kernel/index.ts';

/** The network namespace that something is read in. */
export type Place = Pick<Netns, 'inode' | 'path' | 'name'>;

/** A value with where and when it was read. */
export interface Reading<T> {
  readonly value: T;
  /** The file or command, as a user would type it. */
  readonly source: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** Inode of the namespace it was read in. */
  readonly netns: number;
  readonly netnsName: string;
}

/** A reading, or why there is none. */
export type Read<T> = Reading<T> | Unavailable;

/** A value just read from `source`. */
export function readingOf<T>(place: Place, source: string, value: T): Reading<T> {
  return { value, source, time: timeText(Date.now()), netns: place.inode, netnsName: place.name };
}
