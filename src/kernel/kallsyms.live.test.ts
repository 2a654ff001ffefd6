import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Kallsyms } from './kallsyms.ts';

/** The plain way: every text symbol of /proc/kallsyms, by address. */
function plainReading(): { address: bigint; names: Set<string> }[] {
  const byAddress = new Map<bigint, Set<string>>();
  for (const line of readFileSync('/proc/kallsyms', 'latin1').split('\n')) {
    const [hex, type, name] = line.split(/[ \t]/);
    if (type === undefined || name === undefined || !'tTwW'.includes(type)) continue;
    const address = BigInt(`0x${hex}`);
    byAddress.set(address, (byAddress.get(address) ?? new Set()).add(name));
  }
  return [...byAddress]
    .map(([address, names]) => ({ address, names }))
    .sort((a, b) => (a.address < b.address ? -1 : 1));
}

describe('Kallsyms on this kernel', () => {
  let plain: ReturnType<typeof plainReading>;
  const kallsyms = new Kallsyms();

  beforeAll(() => {
    plain = plainReading();
    expect(plain.length).toBeGreaterThan(10_000);
  });

  it('agrees with a plain reading at 1000 random places', () => {
    for (let i = 0; i < 1000; i++) {
      const at = Math.floor(Math.random() * (plain.length - 1));
      const { address, names } = plain[at]!;
      const room = Number(plain[at + 1]!.address - address);
      const offset = Math.floor(Math.random() * Math.min(room, 4096));
      const symbol = kallsyms.lookup(address + BigInt(offset));
      expect(names).toContain(symbol?.name);
      expect(symbol?.offset).toBe(offset);
    }
  });

  it('finds the addresses of names that every kernel here has', () => {
    const names = ['tcp_v4_rcv', 'ip_rcv', 'udp_rcv', '__kfree_skb'];
    const found = kallsyms.symbolAddresses(names);
    for (const name of names)
      for (const address of found.get(name)!)
        expect(kallsyms.lookup(address)).toMatchObject({ name, offset: 0 });
  });

  it('counts what the plain reading counts', () => {
    const symbols = readFileSync('/proc/kallsyms', 'latin1').match(/^[0-9a-f]{16} [tTwW] /gm) ?? [];
    expect(Math.abs(kallsyms.count - symbols.length)).toBeLessThan(50);
  });
});
