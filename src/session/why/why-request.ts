import type { PacketFilter } from '../../filter/index.ts';
import type { DropConditions } from '../../probes/index.ts';

/** What a watch for a verdict is told. */
export interface WhyRequest {
  /** Absent: the whole machine. */
  readonly filter?: PacketFilter;
  readonly filterText: string | null;
  readonly durationMs: number;
  /** Inodes of the namespaces to look at; absent: all. */
  readonly namespaces?: readonly number[];
  /** Rules may be added to legacy iptables for the time of the watch. */
  readonly allowChanges?: boolean;
}

/** The request as conditions that the probes check. */
export function conditionsOf({ namespaces }: WhyRequest): Pick<DropConditions, 'namespaces'> {
  return namespaces ? { namespaces } : {};
}
