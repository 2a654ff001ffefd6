import { type Cbpf, parseCbpf } from '../../filter/index.ts';
import type { Libpcap } from './library.ts';

/** What the first byte of a packet belongs to (pcap/dlt.h). DLT_RAW is Linux' own number of LINKTYPE_RAW. */
export const LINK = { ethernet: 1, rawIp: 12 } as const;
export type LinkName = keyof typeof LINK;

/** A program, or what libpcap says against the text. */
export type Compiled =
  | { readonly insns: Cbpf; readonly error?: undefined }
  | { readonly insns?: undefined; readonly error: string };

const SNAP_LENGTH = 65_535;
const NETMASK_UNKNOWN = 0xffff_ffff;
const PROGRAM_BYTES = 16;

/**
 * Compiles one expression for one link type, without libpcap's optimizer (see the filter room's `simplify`). Host names are looked up by
 * libpcap, which may ask DNS.
 */
export function compileFor(library: Libpcap, link: LinkName, text: string): Compiled {
  const pcap = library.openDead(LINK[link], SNAP_LENGTH);
  const program = new Uint8Array(PROGRAM_BYTES);
  try {
    if (library.compile(pcap, program, text, 0, NETMASK_UNKNOWN) < 0) return { error: library.errorOf(pcap) };
    const insns = parseCbpf(library.insnsOf(program));
    library.freeCode(program);
    return { insns };
  } finally {
    library.close(pcap);
  }
}
