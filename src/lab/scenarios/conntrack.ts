import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sysctlNumber } from '../../kernel/index.ts';
import type { Scenario } from '../scenario.ts';
import { routed, type Stage } from '../stage.ts';
import type { Host } from '../world.ts';
import { serveTcp, tcpEcho, tcpFilter } from './services.ts';

/** Counting rules: they make the router track connections. */
const TRACKED = `table inet lab {
  chain forward { type filter hook forward priority 0; ct state new counter; }
}`;

/** More than this takes too long, and too much memory, for a demonstration. */
const MOST = 1 << 20;

/** Assured entries, which the kernel does not evict, until the namespace has no room. */
function fill(router: Host, count: number): void {
  const folder = mkdtempSync(join(tmpdir(), 'netwhy-lab-'));
  const file = join(folder, 'entries');
  writeFileSync(file, entriesOf(count));
  // It ends with an error when there is no more room: that is what it is for.
  router.try('conntrack', '-R', file);
  rmSync(folder, { recursive: true });
}

/** Sixteen clients, of which the first has three shares. */
function entriesOf(count: number): string {
  const lines: string[] = [];
  for (let i = 0; i < count; i++) {
    const [share, target, port] = [i & 15, i >> 18, 1024 + ((i >> 4) & 16_383)];
    const source = share < SHARES_OF_FIRST ? 1 : share;
    lines.push(
      `-A -p tcp -s 10.200.0.${source} -d 10.201.${share}.${1 + target} --sport ${port} --dport 443 --state ESTABLISHED -t 300 -u ASSURED,SEEN_REPLY`,
    );
  }
  return `${lines.join('\n')}\n`;
}

const SHARES_OF_FIRST = 3;

function maximum({ router }: Stage): number {
  return router.inside(() => sysctlNumber('net.netfilter.nf_conntrack_max')) ?? 0;
}

export const conntrackTableFull: Scenario = {
  id: 'conntrack-table-full',
  tools: ['nft', 'conntrack'],
  aliases: ['conntrack-full'],
  families: ['ipv4', 'ipv6'],
  build: routed,
  setUp: async stage => {
    stage.router.nft(TRACKED);
    await serveTcp(stage);
  },
  impossible: stage => {
    const max = maximum(stage);
    if (max === 0) return 'this kernel has no conntrack, or its table has no limit';
    return max > MOST ? `nf_conntrack_max is ${max}: filling it would take too long` : undefined;
  },
  exchange: stage => tcpEcho(stage),
  breaks: 'the router’s connection table is filled with established connections (conntrack -R)',
  breakIt: stage => fill(stage.router, maximum(stage) + 64),
  filter: tcpFilter,
};
