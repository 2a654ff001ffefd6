import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isUnavailable } from '../../base/index.ts';
import { KernelLog } from '../../collect/index.ts';
import { Kallsyms, NetnsNames, toolPath } from '../../kernel/index.ts';
import type { Check } from '../../render/index.ts';
import { inNamespace } from '../../sys/index.ts';
import { loggingChecks } from './logging.ts';

const NETNS = `nw${process.pid}g`;
const PATH = `/run/netns/${NETNS}`;
const run = (program: string, ...args: string[]): string => execFileSync(program, args, { encoding: 'utf8' });
const inside = (...words: string[]): ReturnType<typeof spawnSync> =>
  spawnSync('ip', ['netns', 'exec', NETNS, ...words], { encoding: 'utf8' });
const hasLegacy = toolPath('iptables-legacy') !== undefined;

function rows(): Map<string, Check> {
  const namespaces = new NetnsNames().all();
  const checks = inNamespace(PATH, () => loggingChecks(namespaces, new Kallsyms()));
  return new Map(checks.map(check => [check.id, check]));
}

beforeAll(() => {
  run('ip', 'netns', 'add', NETNS);
  run('ip', '-n', NETNS, 'link', 'set', 'lo', 'up');
});
afterAll(() => {
  run('ip', 'netns', 'del', NETNS);
});

describe.skipIf(!hasLegacy)('TRACE of legacy iptables in a namespace', () => {
  const KNOB = '/proc/sys/net/netfilter/nf_log_all_netns';
  const before = readFileSync(KNOB, 'utf8');
  beforeAll(() => {
    expect(inside('iptables-legacy', '-t', 'raw', '-A', 'OUTPUT', '-p', 'udp', '-j', 'TRACE').stderr).toBe(
      '',
    );
  });
  afterAll(() => {
    writeFileSync(KNOB, before);
  });

  /** Whether the kernel log shows a packet that the rule meets. */
  function isHeard(): boolean {
    const log = KernelLog.follow();
    if (isUnavailable(log)) throw new Error(log.why);
    using following = log;
    inside('bash', '-c', 'echo x > /dev/udp/127.0.0.1/4207');
    let heard = false;
    following.poll(({ event }) => {
      heard ||= event.kind === 'trace' && event.packet.dport === 4207;
    });
    return heard;
  }
  const verdict = (): Check => rows().get('trace-rules')!;

  it('is silent for the reason that doctor tells, and heard when it is gone', () => {
    writeFileSync(KNOB, '0');
    expect(isHeard()).toBe(false);
    expect(verdict()).toMatchObject({ ok: 'degraded', do: expect.stringContaining('nf_log_all_netns=1') });
    writeFileSync(KNOB, '1');
    expect(verdict().ok).toBe('yes');
    expect(isHeard()).toBe(true);
  });

  it('is seen from outside where another namespace has no logger, with the command for it', () => {
    inside('sysctl', '-w', 'net.netfilter.nf_log.2=NONE');
    const outside = (): Check | undefined =>
      loggingChecks(new NetnsNames().all(), new Kallsyms()).find(({ id }) => id === 'nf-log-ipv4');
    const check = outside();
    expect(check).toMatchObject({ ok: 'degraded', found: expect.stringMatching(/is bound: .*not in /) });
    expect(check!.found).toContain(NETNS);
    expect(check!.do).toBe(`ip netns exec ${NETNS} sysctl -w net.netfilter.nf_log.2=nf_log_ipv4`);
    run('sh', '-c', check!.do!);
    expect(outside()?.found).not.toContain(NETNS);
  });

  it('is silent without a logger, and heard after the printed command', () => {
    writeFileSync(KNOB, '1');
    inside('sysctl', '-w', 'net.netfilter.nf_log.2=NONE');
    expect(isHeard()).toBe(false);
    expect(rows().get('nf-log-ipv4')).toMatchObject({ ok: 'degraded', found: 'nobody is bound' });
    const check = verdict();
    expect(check).toMatchObject({ ok: 'degraded', found: expect.stringContaining('nf_log.2') });
    inside('sh', '-c', check.do!);
    expect(isHeard()).toBe(true);
    expect(verdict().ok).toBe('yes');
  });
});

/** Modules are taken out for good: in a throw-away machine only. */
describe.skipIf(!existsSync('/run/netwhy-vm'))('modules that somebody keeps out', () => {
  const CONFIGURATION = '/etc/modprobe.d/zz-netwhy-test.conf';
  const MODULES = ['xt_LOG', 'nft_log', 'nft_compat', 'xt_TRACE', 'nf_log_syslog', 'xt_conntrack'];

  /** Rules let go of their modules a little after they are gone. */
  function takeOut(): void {
    inside('sh', '-c', 'iptables-legacy -F; iptables-legacy -t raw -F; nft flush ruleset');
    for (let tries = 0; tries < 50; tries++) {
      for (const module of MODULES) spawnSync('rmmod', [module]);
      const left = MODULES.filter(module => existsSync(`/sys/module/${module}`));
      if (left.length === 0) return;
      spawnSync('sleep', ['0.1']);
    }
    throw new Error('modules stay');
  }
  beforeAll(() => mkdirSync('/etc/modprobe.d', { recursive: true }));
  afterEach(() => rmSync(CONFIGURATION, { force: true }));

  it.each([
    ['nothing', '# nothing', true, true],
    ['the target', 'blacklist xt_LOG', false, true],
    ['the logger', 'install nf_log_syslog /bin/true', false, false],
    ['the bridge between backends', 'install nft_compat /bin/false', false, true],
    ['nft’s own', 'install nft_log /bin/false', true, false],
  ])('%s: doctor says what iptables and nft will say', (_, line, iptablesLogs, nftLogs) => {
    takeOut();
    writeFileSync(CONFIGURATION, `${line}\n`);
    const check = rows().get('log-rules')!;
    expect(check.ok).toBe(iptablesLogs && nftLogs ? 'yes' : 'degraded');
    const iptables = inside('iptables-nft', '-A', 'INPUT', '-p', 'udp', '-j', 'LOG');
    expect(iptables.status === 0).toBe(iptablesLogs);
    if (!iptablesLogs) {
      const said = 'RULE_APPEND failed (No such file or directory)';
      expect(iptables.stderr).toContain(said);
      expect(check.costs).toContain(said);
    }
    const nft = inside('nft', 'add table inet t; add chain inet t c; add rule inet t c log');
    expect(nft.status === 0).toBe(nftLogs);
    expect(check.costs?.includes('nft refuses') ?? false).toBe(!nftLogs);
    if (check.ok !== 'yes') expect(check.found).toContain(`"${line}" in ${CONFIGURATION}`);
  });

  it('a match that is kept out refuses the rule in the same words', () => {
    takeOut();
    writeFileSync(CONFIGURATION, 'blacklist xt_conntrack\n');
    const check = rows().get('log-rules')!;
    expect(check.found).toBe(`xt_conntrack is kept out by "blacklist xt_conntrack" in ${CONFIGURATION}`);
    const rule = ['-m', 'conntrack', '--ctstate', 'INVALID', '-j', 'LOG'];
    const { stderr } = inside('iptables-nft', '-A', 'INPUT', ...rule);
    const said = 'RULE_APPEND failed (No such file or directory)';
    expect([stderr, check.costs]).toEqual([expect.stringContaining(said), expect.stringContaining(said)]);
  });
});
