import { FilterSyntaxError } from '../../base/index.ts';
import {
  compilePlain,
  everyPacket,
  MOST_INSNS,
  matchesNothing,
  type PacketFilter,
} from '../../filter/index.ts';
import { installCommand } from '../tool-packages.ts';
import { compileWithLibpcap } from './compile-with-libpcap.ts';
import { type Libpcap, libpcap } from './library.ts';

export interface CompiledFilter {
  readonly filter: PacketFilter;
  readonly by: 'libpcap' | 'plain';
  /** Where the filter cannot match, in words to print. */
  readonly note?: string;
}

const ONLY_WITH_ETHERNET =
  'asks for the Ethernet header: packets are found only where it is there, not on local output before it is written';

/**
 * Compiles pcap-filter(7) text with libpcap, or the plain forms without it. Empty text matches everything.
 * Throws FilterSyntaxError; without libpcap (`null`) its hint says what brings the whole language.
 */
export function compileFilter(text: string, library: Libpcap | null = libpcap() ?? null): CompiledFilter {
  if (text.trim() === '') return { filter: everyPacket(text), by: 'plain' };
  const made = library ? shorter(text, compileWithLibpcap(text, library)) : plainOrHint(text);
  return matchesNothing(made.filter.rawIp) ? { ...made, note: ONLY_WITH_ETHERNET } : made;
}

/** Long lists of hosts and ports come out much shorter from our own compiler, with the same meaning. */
function shorter(text: string, filter: PacketFilter): CompiledFilter {
  if (Math.max(filter.ethernet.length, filter.rawIp.length) <= MOST_INSNS) return { filter, by: 'libpcap' };
  try {
    return { filter: compilePlain(text), by: 'plain' };
  } catch {
    return { filter, by: 'libpcap' };
  }
}

function plainOrHint(text: string): CompiledFilter {
  try {
    return { filter: compilePlain(text), by: 'plain' };
  } catch (error) {
    if (!(error instanceof FilterSyntaxError)) throw error;
    const hint =
      'libpcap is not installed: only host, net, port, portrange and protocol names with src, dst, and, or, not ' +
      `are understood. For the whole pcap-filter(7) language: ${installCommand(['libpcap'])}`;
    throw new FilterSyntaxError(error.message, text, error.position, hint);
  }
}
