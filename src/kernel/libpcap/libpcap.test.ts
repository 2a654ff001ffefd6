import { describe, expect, it } from 'vitest';
import { FilterSyntaxError } from '../../base/index.ts';
import { compilePlain, encodeCbpf, REJECT_ALL, simplify } from '../../filter/index.ts';
import { randomExpression, randomPlainExpression } from '../../filter/testdata/generate-expression.ts';
import { randomFrame } from '../../filter/testdata/generate-packet.ts';
import { judge } from '../../filter/testdata/interpret.ts';
import { Random } from '../../filter/testdata/random.ts';
import { compileFor } from './dead-capture.ts';
import { compileFilter, compileWithLibpcap, libpcap } from './index.ts';

const pcap = libpcap()!;
const SEED = Date.now() % 2 ** 31;

function errorOf(text: string, library: typeof pcap | null = pcap): FilterSyntaxError {
  try {
    compileFilter(text, library);
  } catch (error) {
    if (error instanceof FilterSyntaxError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

describe(`the plain forms mean what they mean to libpcap (seed ${SEED})`, () => {
  it('on packets that are long enough to tell', { timeout: 60_000 }, () => {
    const random = new Random(SEED);
    const frames = Array.from({ length: 300 }, () => randomFrame(random));
    let told = 0;
    for (let count = 0; count < 2000; count++) {
      const text = randomPlainExpression(random);
      const ours = compilePlain(text);
      const theirs = theirsOf(text);
      for (let turn = 0; turn < 20; turn++) {
        const { bytes, linkBytes } = random.of(frames);
        for (const link of ['ethernet', 'rawIp'] as const) {
          const seen = link === 'ethernet' ? bytes : bytes.subarray(linkBytes);
          const [a, b] = [judge(ours[link], seen, seen.length), judge(theirs[link], seen, seen.length)];
          if (a === undefined || b === undefined) continue;
          told++;
          if ((a !== 0) !== (b !== 0))
            expect.fail(`${text} on ${link}: ${Buffer.from(seen).toString('hex')}`);
        }
      }
    }
    expect(told).toBeGreaterThan(2000 * 20);
  });
});

describe(`simplified programs mean what libpcap wrote (seed ${SEED})`, () => {
  it('on packets of every length', { timeout: 60_000 }, () => {
    const random = new Random(SEED + 1);
    const frames = Array.from({ length: 300 }, () => randomFrame(random).bytes);
    let [compared, matches] = [0, 0];
    while (compared < 1500) {
      const text = randomExpression(random);
      const { insns } = compileFor(pcap, 'ethernet', text);
      // Its interpreter never comes back from some packets with protochain.
      if (!insns || text.includes('protochain')) continue;
      compared++;
      const [theirs, ours] = [encodeCbpf(insns), encodeCbpf(simplify(insns))];
      for (let turn = 0; turn < 25; turn++) {
        const bytes = random.of(frames);
        const packet = bytes.subarray(0, random.chance(30) ? random.below(bytes.length) : bytes.length);
        const should = pcap.run(theirs, packet, packet.length) !== 0;
        if (should) matches++;
        if ((pcap.run(ours, packet, packet.length) !== 0) !== should)
          expect.fail(`${should}: ${text} on ${Buffer.from(packet).toString('hex')}`);
      }
    }
    expect(matches).toBeGreaterThan(1500);
  });

  it('where its optimizer loses a comparison', () => {
    const text = 'host 10.0.0.2 or 10.0.0.1 and dst net 10 or (host 10.0.0.2 or 255.255.255.255)';
    const packet = new Uint8Array(60);
    packet.set([8, 0, 0x45], 12);
    packet.set([255, 255, 255, 255, 192, 0, 2, 7], 26);
    const { ethernet } = compileWithLibpcap(text, pcap);
    expect(pcap.run(encodeCbpf(ethernet), packet, packet.length)).not.toBe(0);
  });
});

/** What libpcap knows to match nothing is no error here. */
function theirsOf(text: string): Pick<ReturnType<typeof compilePlain>, 'ethernet' | 'rawIp'> {
  try {
    return compileWithLibpcap(text, pcap);
  } catch (error) {
    if (error instanceof FilterSyntaxError && /no packet can match/.test(error.message))
      return { ethernet: REJECT_ALL, rawIp: REJECT_ALL };
    throw error;
  }
}

describe('errors of libpcap get a place', () => {
  const wrong: readonly [text: string, position: number | undefined, says: RegExp][] = [
    ['tcp and prt 80', 8, /syntax error at character 9/],
    ['port', 4, /syntax error at the end/],
    ['(tcp or udp', 11, /at the end/],
    ['tcp or or udp', 7, /syntax error/],
    ['tcp) or udp', 3, /syntax error/],
    ['tcp[tcpflags] & tcp-syn != 0 and )', 33, /syntax error/],
    ['tcp[13 = 2', 7, /syntax error/],
    ['ether host zz', 11, /unknown ether host/],
    ['tcp port 99999', 9, /illegal port number 99999/],
    ['vlan 99999', 5, /VLAN tag 99999/],
    ['tcp host 1.2.3.4', undefined, /'tcp' modifier applied to host/],
    ['net 1.2.3.4/8', 4, /non-network bits/],
    ['udp and net 1.2.3.4/8', 12, /non-network bits/],
    ['port 80 and port nosuchservice', 17, /unknown port/],
    ['ip[0:3] = 1', undefined, /data size must be 1, 2, or 4/],
    ['tcp and udp', undefined, /no packet can match/],
  ];
  it.each(wrong)('%s', (text, position, says) => {
    const error = errorOf(text);
    expect(error.message).toMatch(says);
    expect(error.text).toBe(text);
    if (position === undefined) return;
    expect(error.position).toBe(position);
    expect(error.message).toContain(`\n  ${text}\n  ${' '.repeat(position)}^`);
  });
});

describe('compiled filters', () => {
  it('say where they cannot match', () => {
    expect(compileFilter('tcp port 80')).toMatchObject({ by: 'libpcap' });
    expect(compileFilter('tcp port 80').note).toBeUndefined();
    for (const text of ['ether host 02:00:00:00:00:01', 'arp', 'vlan 100']) {
      const { filter, note } = compileFilter(text);
      expect(note).toMatch(/Ethernet header/);
      expect(filter.rawIp).toEqual(REJECT_ALL);
    }
  });

  it('see tags put back when the expression speaks of them', () => {
    expect(compileFilter('vlan 100 and tcp').filter.tags).toBe('inline');
    expect(compileFilter('not vlan').filter).toMatchObject({ tags: 'inline' });
    expect(compileFilter('not vlan').note).toBeUndefined();
    expect(compileFilter('tcp').filter.tags).toBe('hidden');
  });

  it('of very many hosts are still short enough', () => {
    const hosts = Array.from({ length: 400 }, (_, index) => `10.1.${index >> 8}.${index & 255}`);
    const { filter, by } = compileFilter(`host ${hosts.join(' or ')}`);
    expect(by).toBe('plain');
    expect(filter.ethernet.length).toBeLessThan(4096);
    expect(compileFilter(`host ${hosts.slice(0, 50).join(' or ')}`).by).toBe('libpcap');
  });

  it('of nothing match everything', () => {
    expect(compileFilter('  ').filter.ethernet).toHaveLength(1);
  });

  it('without libpcap take the plain forms and say what brings the rest', () => {
    expect(compileFilter('host 10.0.0.1', null)).toMatchObject({ by: 'plain' });
    expect(compileFilter('arp', null).note).toMatch(/Ethernet header/);
    const error = errorOf('tcp[13] = 2', null);
    expect(error.position).toBe(0);
    expect(error.hint).toMatch(/libpcap is not installed.*libpcap/);
  });
});
