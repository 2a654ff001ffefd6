import { IP_PROTOCOLS } from '../../abi/index.ts';
import { type Address, hasHostBits, maskedWords, parseAddress } from './addresses.ts';
import { protocolNumberOf, type Qualifiers, type ValueKind } from './qualifiers.ts';
import type { Reader } from './reader.ts';
import type { AddressWord, Carrier, Primitive } from './syntax.ts';

type Read = (reader: Reader, qualifiers: Qualifiers) => Primitive;

const READ: Readonly<Record<ValueKind, Read>> = {
  host: readHost,
  net: readNet,
  port: readPort,
  portrange: readPortRange,
  proto: readProtocol,
};

/** One value behind its qualifiers: "192.0.2.7" after "src host". Throws FilterSyntaxError. */
export function readValue(reader: Reader, qualifiers: Qualifiers): Primitive {
  return READ[qualifiers.kind](reader, qualifiers);
}

const ADDRESS = 'an IPv4 or IPv6 address';

function readHost(reader: Reader, qualifiers: Qualifiers): Primitive {
  const at = reader.position;
  const text = reader.peek();
  const address = text === undefined || /^\d+$/.test(text) ? undefined : parseAddress(text);
  if (!address) throw reader.expected(ADDRESS);
  reader.skip();
  return addressPrimitive(reader, qualifiers, address, maskedWords(address, address.bits), at);
}

function readNet(reader: Reader, qualifiers: Qualifiers): Primitive {
  const at = reader.position;
  const [text, length] = (reader.peek() ?? '').split('/', 2);
  const address = parseAddress(text!);
  if (!address) throw reader.expected('a network ("10.0.0.0/8", "10.1", "2001:db8::/32")');
  const bits = length === undefined ? address.bits : prefixLength(reader, address, length);
  reader.skip();
  const words = reader.take('mask') ? wordsUnderMask(reader, address) : maskedWords(address, bits);
  if (hasHostBits(words)) throw reader.wrong('the network has bits set outside its mask', at);
  return addressPrimitive(reader, qualifiers, address, words, at);
}

function prefixLength(reader: Reader, address: Address, text: string): number {
  const most = address.version === 4 ? 32 : 128;
  const bits = /^\d{1,3}$/.test(text) ? Number(text) : most + 1;
  if (bits > most) throw reader.expected(`a prefix length of at most ${most}`);
  return bits;
}

function wordsUnderMask(reader: Reader, address: Address): AddressWord[] {
  const mask = parseAddress(reader.peek() ?? '');
  if (address.version !== 4 || mask?.version !== 4) throw reader.expected('an IPv4 netmask');
  reader.skip();
  return [{ value: address.words[0]!, mask: mask.words[0]! }];
}

const CARRIERS_OF: Readonly<Record<4 | 6, readonly Carrier[]>> = { 4: ['ip', 'arp', 'rarp'], 6: ['ip6'] };

function addressPrimitive(
  reader: Reader,
  { protocol, direction, kind }: Qualifiers,
  { version }: Address,
  words: readonly AddressWord[],
  at: number,
): Primitive {
  const carriers = CARRIERS_OF[version].filter(carrier => protocol === undefined || carrier === protocol);
  if (carriers.length === 0) throw reader.wrong(`"${protocol} ${kind}" does not go with this address`, at);
  return { kind: 'address', carriers, direction, networks: [words] };
}

const HIGHEST_PORT = 65_535;
const WITH_PORTS: readonly number[] = [IP_PROTOCOLS.tcp, IP_PROTOCOLS.udp, IP_PROTOCOLS.sctp];

function readPort(reader: Reader, qualifiers: Qualifiers): Primitive {
  const port = portOf(reader.peek() ?? '');
  if (port === undefined) throw reader.expected('a port number');
  reader.skip();
  return portPrimitive(reader, qualifiers, port, port);
}

function readPortRange(reader: Reader, qualifiers: Qualifiers): Primitive {
  const [from, to] = (reader.peek() ?? '').split('-', 2);
  const low = portOf(from!);
  const high = to === undefined ? low : portOf(to);
  if (low === undefined || high === undefined) throw reader.expected('two port numbers ("8000-8099")');
  reader.skip();
  return portPrimitive(reader, qualifiers, Math.min(low, high), Math.max(low, high));
}

function portOf(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= HIGHEST_PORT ? Number(text) : undefined;
}

function portPrimitive(
  reader: Reader,
  { protocol, direction, at }: Qualifiers,
  low: number,
  high: number,
): Primitive {
  const number = protocol === undefined ? undefined : protocolNumberOf(protocol);
  const protocols = WITH_PORTS.filter(known => protocol === undefined || known === number);
  if (protocols.length === 0) throw reader.wrong(`"${protocol}" has no ports`, at);
  return { kind: 'ports', protocols, direction, ranges: [{ low, high }] };
}

/** A number, or a protocol's name behind a backslash, as pcap-filter(7) wants it. */
function readProtocol(reader: Reader, { protocol, direction, at }: Qualifiers): Primitive {
  const text = reader.peek() ?? '';
  const number = text.startsWith('\\') ? protocolNumberOf(text.slice(1)) : numberOf(text);
  if (number === undefined) throw reader.expected('a protocol number, or a name as in "proto \\tcp"');
  const carriers = (['ip', 'ip6'] as const).filter(carrier => protocol === undefined || carrier === protocol);
  if (carriers.length === 0 || direction !== 'either')
    throw reader.wrong('"proto" goes with "ip" or "ip6" only', at);
  reader.skip();
  return { kind: 'protocol', carriers, number };
}

function numberOf(text: string): number | undefined {
  return /^\d{1,3}$/.test(text) && Number(text) < 256 ? Number(text) : undefined;
}
