import { describe, expect, it } from 'vitest';
import type { ModulePresence } from '../../kernel/index.ts';
import type { LogModule } from './log-modules.ts';
import { type LogSetting, logRulesCheck, traceRulesCheck } from './log-rules.ts';

const module = (name: string, presence: ModulePresence): LogModule => ({
  ...{ name, alias: name, symbol: name, config: `CONFIG_${name}`, presence },
});
const THERE: ModulePresence = { is: 'loaded' };

function setting(
  change: Partial<LogSetting> = {},
  presence: Record<string, ModulePresence> = {},
): LogSetting {
  const of = (name: string): LogModule => module(name, presence[name] ?? THERE);
  const logger = of('nf_log_syslog');
  return {
    ...{ backend: 'nf_tables', hasLegacy: false, muted: false },
    modules: {
      log: [logger, of('xt_LOG'), of('nft_compat')],
      trace: [logger, of('xt_TRACE')],
      nft: [logger, of('nft_log')],
      match: [of('xt_conntrack'), of('nf_conntrack')],
    },
    bindings: [
      { family: 2, bound: 'nf_log_ipv4', available: ['nf_log_ipv4'] },
      { family: 10, bound: 'nf_log_ipv6', available: ['nf_log_ipv6'] },
    ],
    ...change,
  };
}

describe('LOG rules', () => {
  it('says what they take, and what iptables says without it', () => {
    expect(logRulesCheck(setting())).toMatchObject({
      ok: 'yes',
      found: expect.stringMatching(
        /nf_log_syslog, xt_LOG, nft_compat, nft_log, xt_conntrack, nf_conntrack loaded; .*RULE_APPEND failed/,
      ),
    });
  });

  it('names the module that is kept out, by whom, and the way out', () => {
    const by = '"install xt_LOG /bin/false" in /etc/modprobe.d/local.conf';
    expect(logRulesCheck(setting({}, { xt_LOG: { is: 'blocked', by } }))).toMatchObject({
      ok: 'degraded',
      found: `xt_LOG is kept out by ${by}`,
      costs:
        'iptables -j LOG is refused with "RULE_APPEND failed (No such file or directory): rule in chain …"',
      do: 'take that line out, then modprobe xt_LOG',
    });
  });

  it('a missing logger stops all of them, said once', () => {
    const check = logRulesCheck(setting({}, { nf_log_syslog: { is: 'missing' } }));
    expect(check.found).toBe('nf_log_syslog is not on this machine (CONFIG_nf_log_syslog)');
    expect(check.costs).toMatch(/iptables -j LOG is refused.*; nft refuses log/);
  });

  it('a match can be the one that is missing', () => {
    expect(logRulesCheck(setting({}, { xt_conntrack: { is: 'missing' } }))).toMatchObject({
      found: 'xt_conntrack is not on this machine (CONFIG_xt_conntrack)',
      costs: expect.stringMatching(/^-m conntrack is refused with "RULE_APPEND/),
    });
  });

  it('cannot tell is no alarm', () => {
    expect(logRulesCheck(setting({}, { xt_LOG: { is: 'unknown' } })).ok).toBe('yes');
  });
});

describe('TRACE rules', () => {
  it('on nf_tables never show in dmesg', () => {
    expect(traceRulesCheck(setting())).toMatchObject({
      ok: 'yes',
      found: expect.stringMatching(/nf_tables.*never shows in dmesg.*xtables-monitor --trace/),
    });
    expect(traceRulesCheck(setting({ backend: undefined })).found).toMatch(/nft monitor trace/);
  });

  it('of legacy iptables do, when nothing is in the way', () => {
    const legacy = { backend: 'legacy', hasLegacy: true } as const;
    expect(traceRulesCheck(setting(legacy))).toMatchObject({
      ok: 'yes',
      found: expect.stringContaining('show in dmesg'),
    });
    const unbound = [{ family: 2, bound: null, available: [] }];
    expect(traceRulesCheck(setting({ ...legacy, bindings: unbound }))).toMatchObject({
      ok: 'degraded',
      found: expect.stringContaining('nobody to net.netfilter.nf_log.2'),
      do: 'sysctl -w net.netfilter.nf_log.2=nf_log_ipv4',
    });
    expect(traceRulesCheck(setting({ ...legacy, muted: true })).do).toContain('nf_log_all_netns=1');
    expect(traceRulesCheck(setting(legacy, { xt_TRACE: { is: 'missing' } })).found).toMatch(
      /No chain\/target\/match by that name.*xt_TRACE/,
    );
  });

  it('of both backends are told apart', () => {
    expect(traceRulesCheck(setting({ hasLegacy: true })).found).toMatch(
      /legacy.*show in dmesg; .*nf_tables.*never/,
    );
  });
});
