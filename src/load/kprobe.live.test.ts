import { describe, expect, type TestContext, test } from 'vitest';
import { isUnavailable } from '../base/index.ts';
import { Kallsyms } from '../kernel/index.ts';
import { failOnLeaks } from '../sys/leak-test.ts';
import { load, probeFeature } from './index.ts';
import { openKprobe } from './open-perf.ts';
import { EVENTS, kprobeRecorder, recorded, recorderSpec } from './testdata/recorder.ts';
import { closedPort, kernelBtf, sendUdp } from './testdata/udp.ts';

failOnLeaks();

// The calls of one sent datagram, in order; all in the sender's own context.
const FUNCTIONS = ['udp_sendmsg', 'ip_make_skb', 'ip_send_skb'] as const;
const LENGTH = 23n;

function needs(context: TestContext, what: string): void {
  const answer = probeFeature(what, { btf: kernelBtf });
  if (isUnavailable(answer)) context.skip(`${what}: ${answer.why}`);
}

async function sendThree(): Promise<void> {
  await sendUdp(await closedPort(), 3, Number(LENGTH));
}

function addressesOf(names: readonly string[]): readonly [bigint, ...bigint[]] {
  const found = new Kallsyms().symbolAddresses(names);
  return names.map(name => found.get(name)![0]!) as [bigint, ...bigint[]];
}

function times<T>(count: number, values: readonly T[]): readonly T[] {
  return Array.from({ length: count }, () => values).flat();
}

describe('kprobe', () => {
  test('sees arguments and its cookie; one program serves several functions', async context => {
    needs(context, 'kprobe_cookie');
    const attach = { kind: 'kprobe', function: FUNCTIONS[0], cookie: 0xfeed_0000_0000_0001n } as const;
    using loaded = load({ maps: [EVENTS], programs: [recorderSpec(kprobeRecorder(), attach)] });
    loaded.attachAll();
    const other = loaded.attach('record', { kind: 'kprobe', function: FUNCTIONS[2], cookie: 2n });
    await sendThree();
    const both = recorded(loaded.map('events'));
    expect(both.map(({ cookie }) => cookie)).toEqual(times(3, [0xfeed_0000_0000_0001n, 2n]));
    expect(both.filter(({ cookie }) => cookie !== 2n).map(({ argument }) => argument)).toEqual(
      times(3, [LENGTH]),
    );
    other[Symbol.dispose]();
    await sendThree();
    expect(recorded(loaded.map('events'))).toHaveLength(3);
  });

  test('attaches by address', async context => {
    needs(context, 'kprobe');
    const [address] = addressesOf([FUNCTIONS[1]]);
    const attach = { kind: 'kprobe', function: FUNCTIONS[1], address } as const;
    using loaded = load({ maps: [EVENTS], programs: [recorderSpec(kprobeRecorder(), attach)] });
    loaded.attachAll();
    await sendThree();
    expect(recorded(loaded.map('events'))).toHaveLength(3);
  });

  test('on return sees the result', async context => {
    needs(context, 'kretprobe');
    const attach = { kind: 'kprobe', function: FUNCTIONS[0], return: true, cookie: 9n } as const;
    using loaded = load({ maps: [EVENTS], programs: [recorderSpec(kprobeRecorder(), attach)] });
    loaded.attachAll();
    await sendThree();
    const seen = recorded(loaded.map('events'));
    expect(seen.map(({ cookie, result }) => [cookie, result])).toEqual(times(3, [[9n, LENGTH]]));
  });

  test('on kernels before 5.15 is held by the event, without a cookie', async context => {
    needs(context, 'kprobe');
    const attach = { kind: 'kprobe', function: FUNCTIONS[0] } as const;
    using loaded = load({ maps: [EVENTS], programs: [recorderSpec(kprobeRecorder(), attach)] });
    const { fd } = loaded.program('record');
    {
      using _link = openKprobe(fd, attach, false);
      await sendThree();
    }
    await sendThree();
    expect(recorded(loaded.map('events')).map(({ argument }) => argument)).toEqual(times(3, [LENGTH]));
    expect(() => openKprobe(fd, { ...attach, cookie: 1n }, false)).toThrow('attach cookies need Linux 5.15');
  });

  test('of a function that does not exist says so', context => {
    needs(context, 'kprobe');
    const attach = { kind: 'kprobe', function: 'no_such_function' } as const;
    using loaded = load({ maps: [EVENTS], programs: [recorderSpec(kprobeRecorder(), attach)] });
    expect(() => loaded.attachAll()).toThrow('perf_event_open(kprobe no_such_function): ENOENT');
  });
});

describe('kprobe-multi', () => {
  test.for([false, true])('one link, a cookie per function, on return: %s', async (onReturn, context) => {
    needs(context, 'kprobe_multi');
    const attach = {
      kind: 'kprobe-multi',
      functions: FUNCTIONS,
      cookies: [10n, 20n, 30n],
      return: onReturn,
    } as const;
    using loaded = load({ maps: [EVENTS], programs: [recorderSpec(kprobeRecorder(), attach)] });
    loaded.attachAll();
    await sendThree();
    const seen = recorded(loaded.map('events')).map(({ cookie }) => cookie);
    expect(seen).toEqual(times(3, onReturn ? [20n, 30n, 10n] : [10n, 20n, 30n]));
  });

  test('by address', async context => {
    needs(context, 'kprobe_multi');
    const addresses = addressesOf(FUNCTIONS);
    const attach = { kind: 'kprobe-multi', functions: FUNCTIONS, addresses, cookies: [1n, 2n, 3n] } as const;
    using loaded = load({ maps: [EVENTS], programs: [recorderSpec(kprobeRecorder(), attach)] });
    loaded.attachAll();
    await sendThree();
    expect(recorded(loaded.map('events')).map(({ cookie }) => cookie)).toEqual(times(3, [1n, 2n, 3n]));
  });

  test('where the kernel has none, the error says which build option', context => {
    if (!isUnavailable(probeFeature('kprobe_multi'))) context.skip('this kernel has kprobe_multi');
    const attach = { kind: 'kprobe-multi', functions: FUNCTIONS } as const;
    using loaded = load({ maps: [EVENTS], programs: [recorderSpec(kprobeRecorder(), attach)] });
    expect(() => loaded.attachAll()).toThrow(
      expect.objectContaining({ errno: 95, hint: expect.stringContaining('CONFIG_FPROBE') }),
    );
  });

  test('counts cookies before it asks the kernel', context => {
    const attach = { kind: 'kprobe-multi', functions: FUNCTIONS, cookies: [1n] } as const;
    needs(context, 'helper get_attach_cookie in kprobe');
    using loaded = load({ maps: [EVENTS], programs: [recorderSpec(kprobeRecorder(), attach)] });
    expect(() => loaded.attachAll()).toThrow('kprobe-multi of 3 functions: 1 cookies');
  });
});
