import { addressOf, dlopen } from '../../sys/index.ts';

type Pointer = number | bigint;

/** libpcap's functions, as far as filters need them. Pointers are addresses. Not for use from several threads. */
export interface Libpcap {
  /** "libpcap version 1.10.3 (with TPACKET_V3)". */
  readonly version: string;
  openDead(linkType: number, snapLength: number): Pointer;
  close(pcap: Pointer): void;
  /** Fills `program` (struct bpf_program, 16 bytes); negative on failure. */
  compile(pcap: Pointer, program: Uint8Array, text: string, optimize: number, netmask: number): number;
  errorOf(pcap: Pointer): string;
  /** Copies the instructions of a compiled program. */
  insnsOf(program: Uint8Array): Uint8Array;
  freeCode(program: Uint8Array): void;
  /** libpcap's interpreter: bytes to keep, 0 when the packet does not match. Instructions are 8 bytes each. */
  run(insns: Uint8Array, packet: Uint8Array, wireLength: number): number;
}

const NAMES = ['libpcap.so.1', 'libpcap.so.0.8', 'libpcap.so'];
const INSN_BYTES = 8;

let known: Libpcap | null | undefined;

/** The machine's libpcap, bound once; undefined when it is not installed. */
export function libpcap(): Libpcap | undefined {
  known ??= bind() ?? null;
  return known ?? undefined;
}

function bind(): Libpcap | undefined {
  const library = dlopen(NAMES);
  if (!library) return undefined;
  const openDead = library.func('pcap_open_dead', 'uintptr_t', ['int', 'int']);
  const compile = library.func('pcap_compile', 'int', ['uintptr_t', 'uintptr_t', 'str', 'int', 'uint32_t']);
  const freeCode = library.func('pcap_freecode', 'void', ['uintptr_t']);
  const run = library.func('bpf_filter', 'uint32_t', ['uintptr_t', 'uintptr_t', 'uint32_t', 'uint32_t']);
  // Found through libpcap's own dependencies, whatever the C library is called here.
  const copy = library.func('memcpy', 'uintptr_t', ['uintptr_t', 'uintptr_t', 'size_t']);
  return {
    version: library.func('pcap_lib_version', 'str', [])() as string,
    openDead: (linkType, snapLength) => openDead(linkType, snapLength) as Pointer,
    close: library.func('pcap_close', 'void', ['uintptr_t']) as Libpcap['close'],
    compile: (pcap, program, text, optimize, netmask) =>
      compile(pcap, addressOf(program), text, optimize, netmask) as number,
    errorOf: library.func('pcap_geterr', 'str', ['uintptr_t']) as Libpcap['errorOf'],
    insnsOf: program => insnsOf(program, copy as Copy),
    freeCode: program => freeCode(addressOf(program)),
    run: (insns, packet, wireLength) =>
      run(addressOf(insns), addressOf(packet), wireLength, packet.byteLength) as number,
  };
}

type Copy = (to: Pointer, from: Pointer, bytes: number) => Pointer;

function insnsOf(program: Uint8Array, copy: Copy): Uint8Array {
  const view = new DataView(program.buffer, program.byteOffset);
  const insns = new Uint8Array(view.getUint32(0, true) * INSN_BYTES);
  copy(addressOf(insns), view.getBigUint64(8, true), insns.byteLength);
  return insns;
}
