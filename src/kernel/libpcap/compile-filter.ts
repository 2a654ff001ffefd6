import { FilterSyntaxError } from '../../base/index.ts';
import { type Cbpf, compilePlain, everyPacket, type PacketFilter } from '../../filter/index.ts';
import { installCommand } from '../tool-packages.ts';
import { compileWithLibpcap } from './compile-with-libpcap.ts';
import { type Libpcap, libpcap } from './library.ts';

export interface CompiledFilter {
  readonly filter: PacketFilter;
  readonly by: 'libpcap' | 'plain';
  /** Where the filter cannot match, in words to print. */
  readonly note?: string;
}

/**
 * Compiles pcap-filter(7) text with libpcap, or the plain forms without it. Empty text matches everything.
 * Throws FilterSyntaxError; without libpcap (`null`) its hint says what brings the whole language.
 */
export function compileFilter(text: string, library: Libpcap | null = libpcap() ?? null): CompiledFilter {
  if (text.trim() === '') return { filter: everyPacket(text), by: 'plain' };
  const filter = library ? compileWithLibpcap(text, library) : plainOrHint(text);
  const by = library ? 'libpcap' : 'plain';
  return matchesNothing(filter.rawIp) ? { filter, by, note: ONLY_WITH_ETHERNET } : { filter, by };
}

const ONLY_WITH_ETHERNET =
  'asks for the Ethernet header: packets are found only where it is there, not on local output before it is written';

function matchesNothing(program: Cbpf): boolean {
  return program.length === 1 && program[0]!.k === 0;
}

function plainOrHint(text: string): PacketFilter {
  try {
    return compilePlain(text);
  } catch (error) {
    if (!(error instanceof FilterSyntaxError)) throw error;
    const hint =
      'libpcap is not installed: only host, net, port, portrange and protocol names with src, dst, and, or, not ' +
      `are understood. For the whole pcap-filter(7) language: ${installCommand(['libpcap'])}`;
    throw new FilterSyntaxError(error.message, text, error.position, hint);
  }
}
