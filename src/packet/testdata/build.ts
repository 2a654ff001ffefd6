/** Bytes of headers, written as hex with spaces; the checksum fields are left as they come. */
export function hex(...parts: readonly string[]): Uint8Array {
  const digits = parts.join('').replace(/\s/g, '');
  return Uint8Array.from(digits.match(/../g) ?? [], pair => Number.parseInt(pair, 16));
}

export const ETHERNET_IPV4 = '020000000002 020000000001 0800';
export const ETHERNET_IPV6 = '020000000002 020000000001 86dd';

export function ipv4(protocol: string, payload: string, place = '4000'): string {
  const length = (20 + payload.replace(/\s/g, '').length / 2).toString(16).padStart(4, '0');
  return `4500 ${length} 1234 ${place} 40 ${protocol} 0000 0a000001 0a000002 ${payload}`;
}

export function ipv6(next: string, payload: string): string {
  const length = (payload.replace(/\s/g, '').length / 2).toString(16).padStart(4, '0');
  const [from, to] = ['20010db8000000000000000000000001', 'fe800000000000000000000000000002'];
  return `60000000 ${length} ${next} 40 ${from} ${to} ${payload}`;
}
