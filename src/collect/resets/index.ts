/**
 * collect/resets: what the stack does and notices beside dropping: RSTs with their reasons, ICMP errors, retransmits,
 * socket states, datagrams that no buffer took, next hops that do not answer, lookups without a route.
 *
 * Promises: one ring for all of it, small records, nothing per packet; a source that this kernel lacks is named.
 * Before 6.10 the functions that answer a segment are watched too, because the tracepoint leaves most of them out.
 */
export {
  type ResetsTotals,
  ResetsWatch,
  type ResetsWatchOptions,
  SIGNAL_KINDS,
} from './resets-watch.ts';
export { isAskedFor } from './signal-filter.ts';
