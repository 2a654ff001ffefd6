/** zero, loopback, linklocal, multicast, broadcast (255.255.255.255), unicast. */
export function addressKindOf(address: string): string {
  return address.includes(':') ? ipv6Kind(address) : ipv4Kind(address);
}

function ipv4Kind(address: string): string {
  if (address === '255.255.255.255') return 'broadcast';
  const [first = 0, second = 0] = address.split('.').map(Number);
  if (first === 0) return 'zero';
  if (first === 127) return 'loopback';
  if (first === 169 && second === 254) return 'linklocal';
  return first >= 224 && first < 240 ? 'multicast' : 'unicast';
}

function ipv6Kind(address: string): string {
  const lower = address.toLowerCase();
  if (lower === '::') return 'zero';
  if (lower === '::1') return 'loopback';
  if (lower.startsWith('ff')) return 'multicast';
  return /^fe[89ab]/.test(lower) ? 'linklocal' : 'unicast';
}
