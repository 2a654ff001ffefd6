import { ETHERTYPES, IP_PROTOCOLS } from '../abi/index.ts';

const ETHERTYPE_NAMES: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(ETHERTYPES).map(([name, number]) => [number, name]),
);

const PROTOCOL_NAMES: readonly string[] = Array.from({ length: 256 }, (_, number) => `proto-${number}`);
for (const [name, number] of Object.entries(IP_PROTOCOLS)) (PROTOCOL_NAMES as string[])[number] = name;
(PROTOCOL_NAMES as string[])[112] = 'vrrp';
(PROTOCOL_NAMES as string[])[89] = 'ospf';

/** "lldp"; "0x88b5" for ethertypes without a name here. */
export function ethertypeName(type: number): string {
  return ETHERTYPE_NAMES[type] ?? `0x${type.toString(16).padStart(4, '0')}`;
}

/** "tcp"; "proto-253" for numbers without a name here. */
export function protocolName(number: number): string {
  return PROTOCOL_NAMES[number]!;
}

const FLAG_LETTERS = 'FSRPAUEW';
/** TCP's flag bits in the header's order are F S R P A U E W from the lowest up. */
const FLAG_TEXTS: readonly string[] = Array.from({ length: 256 }, (_, bits) =>
  [...FLAG_LETTERS].filter((_, bit) => bits & (1 << bit)).join(''),
);

/** "SA" for 0x12. */
export function tcpFlagsText(bits: number): string {
  return FLAG_TEXTS[bits]!;
}
