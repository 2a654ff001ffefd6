import type { Unavailable } from '../../base/index.ts';
import type { FactName } from './catalogue.ts';

/** null: it was looked for and is not there. What nobody looked for is no fact but a Gap. */
export type FactValue = string | number | boolean | null | readonly string[];

/** What a fact holds for. The catalogue says per fact which keys it must have. */
export interface About {
  /** Key of an Incident. */
  readonly incident?: string;
  /** Inode of the network namespace. */
  readonly netns?: number;
  readonly ifname?: string;
}

/** Something read or counted. For each name and subject the latest one holds. */
export interface Fact {
  readonly name: FactName;
  readonly value: FactValue;
  readonly about: About;
  /** What was read, for a person: "/proc/net/stat/nf_conntrack in netns web". */
  readonly source: string;
  /** Wall time, ISO 8601, UTC: when it was read; of a delta, when the later reading was made. */
  readonly time: string;
}

/** Facts that nobody could collect, and why. */
export interface Gap {
  readonly names: readonly FactName[];
  /** Where it holds; {} everywhere. */
  readonly about: About;
  readonly why: Unavailable;
}
