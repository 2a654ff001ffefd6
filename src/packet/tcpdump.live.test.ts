import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { randomFrame } from '../filter/testdata/generate-packet.ts';
import { Random } from '../filter/testdata/random.ts';
import { decodePacket, type Packet } from './index.ts';

const SEED = Date.now() % 2 ** 31;
const FRAMES = 3000;

/** A capture file (pcap, Ethernet) of these frames. */
function pcapOf(frames: readonly Uint8Array[]): Uint8Array {
  const header = new Uint8Array(24);
  const view = new DataView(header.buffer);
  view.setUint32(0, 0xa1b2c3d4, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, 65535, true);
  view.setUint32(20, 1, true);
  const parts = frames.flatMap(bytes => {
    const record = new Uint32Array([0, 0, bytes.length, bytes.length]);
    return [new Uint8Array(record.buffer), bytes];
  });
  return Uint8Array.from(Buffer.concat([header, ...parts]));
}

function tcpdump(frames: readonly Uint8Array[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'netwhy-packet-'));
  try {
    const file = join(folder, 'frames.pcap');
    writeFileSync(file, pcapOf(frames));
    // It gives up root's rights to read the file: keep them.
    const words = ['-Z', 'root', '-nn', '-t', '-#', '-r', file];
    return execFileSync('tcpdump', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .split(/^ *\d+ +/m)
      .slice(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** "10.0.0.1.5000 > 10.0.0.2.80" where tcpdump says ports, else without them. */
function endsOf(packet: Packet): string {
  const { src, dst, sport, dport } = packet;
  return sport === undefined ? `${src} > ${dst}` : `${src}.${sport} > ${dst}.${dport}`;
}

const ENDS = /^IP6? (\S+) > (\S+): /;
const FLAGS = /^IP6? \S+ > \S+: (?:tcp )?Flags \[([^\]]*)\], (?:cksum \S+ \([^)]*\), )?(?:seq (\d+))?/;
const LETTERS: Record<string, string> = { '.': 'A' };

describe(`decoding agrees with tcpdump (seed ${SEED})`, () => {
  it(`about the ends and TCP flags of ${FRAMES} frames`, () => {
    const random = new Random(SEED);
    const frames = Array.from({ length: FRAMES }, () => randomFrame(random).bytes);
    const lines = tcpdump(frames);
    expect(lines.length).toBe(FRAMES);
    const tally = { ends: 0, ports: 0, flags: 0 };
    lines.forEach((line, index) => {
      const ends = ENDS.exec(line);
      if (!ends) return;
      const packet = decodePacket(frames[index]!, 'ethernet');
      const theirs = `${ends[1]} > ${ends[2]}`;
      const ours = endsOf(packet);
      // It leaves ports out behind extension headers, in fragments and in cut packets.
      const same = theirs === ours || theirs === `${packet.src} > ${packet.dst}`;
      if (!same) expect.fail(`${theirs} but ${ours}: ${Buffer.from(frames[index]!).toString('hex')}`);
      tally.ends++;
      if (packet.sport !== undefined && theirs === ours) tally.ports++;
      const flags = FLAGS.exec(line);
      if (!flags || packet.tcpFlags === undefined) return;
      const letters = [...flags[1]!].map(letter => LETTERS[letter] ?? letter).join('');
      expect([...packet.tcpFlags].sort()).toEqual([...letters.replace('none', '')].sort());
      tally.flags++;
    });
    expect(tally.ends).toBeGreaterThan(FRAMES / 2);
    expect(tally.ports).toBeGreaterThan(FRAMES / 5);
    expect(tally.flags).toBeGreaterThan(FRAMES / 20);
  });
});
