import { describe, expect, it } from 'vitest';
import { blockingLine, modulePresence, parseShowDepends } from './modules.ts';

const NF = '/lib/modules/6.12.117+deb12-amd64/kernel/net/netfilter';

describe('modprobe --show-depends', () => {
  it('inserts the module last', () => {
    expect(parseShowDepends(`insmod ${NF}/x_tables.ko.xz \ninsmod ${NF}/xt_LOG.ko.xz \n`)).toBe('loadable');
    expect(parseShowDepends('builtin xt_LOG\n')).toBe('built in');
  });

  it('says nothing of an alias whose module is blacklisted', () => {
    expect(parseShowDepends('')).toBe('blocked');
  });

  it('names the command that stands for the module, which is not one for what it needs', () => {
    expect(parseShowDepends('install /bin/false \n')).toBe('blocked');
    expect(parseShowDepends(`install /bin/true \ninsmod ${NF}/xt_LOG.ko.xz \n`)).toBe('loadable');
  });
});

describe('modprobe.d', () => {
  it('finds the line that keeps a module out', () => {
    const text = '# not this: blacklist nf_log_syslog2\noptions x a=1\n  install nf-log-syslog /bin/true\n';
    expect(blockingLine(text, 'nf_log_syslog')?.trim()).toBe('install nf-log-syslog /bin/true');
    expect(blockingLine('blacklist xt_LOG\n', 'xt_LOG')).toBe('blacklist xt_LOG');
    expect(blockingLine('#blacklist xt_LOG\nblacklist xt_LOGMARK\n', 'xt_LOG')).toBeUndefined();
  });
});

describe('a module on this machine', () => {
  it('is there when its function is, and missing when nobody knows it', () => {
    const row = { name: 'no_such_module', alias: 'no-such-alias', symbol: 'no_such_function' };
    expect(modulePresence(row, () => true)).toEqual({ is: 'built in' });
    expect(modulePresence(row, () => false)).toEqual({ is: 'missing' });
    expect(modulePresence(row, () => undefined)).toEqual({ is: 'unknown' });
  });
});
