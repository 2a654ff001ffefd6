import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, type TestContext, test } from 'vitest';
import { Assembler, label } from '../asm/index.ts';
import { BtfNotFoundError, isUnavailable } from '../base/index.ts';
import { failOnLeaks } from '../sys/leak-test.ts';
import { load, probeFeature } from './index.ts';
import { EVENTS, recorded, recorderSpec, reserve, submit, tracingRecorder } from './testdata/recorder.ts';
import { closedPort, kernelBtf, onlyUdpTo, sendUdp } from './testdata/udp.ts';

failOnLeaks();

const LENGTH = 31n;
const LOOPBACK_INDEX = 1n;

function needs(context: TestContext, what: string): void {
  const answer = probeFeature(what, { btf: kernelBtf });
  if (isUnavailable(answer)) context.skip(`${what}: ${answer.why}`);
}

test('tp_btf follows the fields of the skb by plain loads', async context => {
  needs(context, 'tp_btf');
  const btf = kernelBtf();
  const port = await closedPort();
  const done = label('done');
  const code = new Assembler('tp_btf')
    .load('u64', 'r8', 'r1', 16)
    .load('u64', 'r6', 'r1', 0)
    .with(asm => onlyUdpTo(asm, port, done))
    .with(asm => reserve(asm, done))
    .comment('skb->dev->ifindex, skb->len, reason')
    .load('u64', 'r1', 'r6', btf.field('sk_buff', 'dev').offset)
    .load('u32', 'r1', 'r1', btf.field('net_device', 'ifindex').offset)
    .store('u64', 'r7', 0, 'r1')
    .load('u32', 'r1', 'r6', btf.field('sk_buff', 'len').offset)
    .store('u64', 'r7', 8, 'r1')
    .store('u64', 'r7', 16, 'r8')
    .with(asm => submit(asm, done))
    .build();
  const attach = { kind: 'tp-btf', tracepoint: 'kfree_skb' } as const;
  using loaded = load({ maps: [EVENTS], programs: [recorderSpec(code, attach)] }, { btf });
  loaded.attachAll();
  await sendUdp(port, 4, Number(LENGTH));
  const seen = recorded(loaded.map('events'));
  expect(seen).toHaveLength(4);
  for (const { cookie: ifindex, argument: length, result: reason } of seen) {
    expect(ifindex).toBe(LOOPBACK_INDEX);
    expect(length).toBe(8n + LENGTH);
    expect(btf.enumNames('skb_drop_reason').get(Number(reason))).toBe('SKB_DROP_REASON_NO_SOCKET');
  }
});

test('a classic tracepoint sees its record', async context => {
  needs(context, 'tracepoint');
  const port = await closedPort();
  const done = label('done');
  const code = new Assembler('tracepoint')
    .comment('struct trace_event_raw_kfree_skb: skbaddr follows the 8 common bytes')
    .load('u64', 'r6', 'r1', 8)
    .with(asm => onlyUdpTo(asm, port, done))
    .with(asm => reserve(asm, done))
    .store('u64', 'r7', 0, 1)
    .store('u64', 'r7', 8, 2)
    .store('u64', 'r7', 16, 3)
    .with(asm => submit(asm, done))
    .build();
  const attach = { kind: 'tracepoint', event: 'skb:kfree_skb' } as const;
  using loaded = load({ maps: [EVENTS], programs: [recorderSpec(code, attach)] });
  loaded.attachAll();
  await sendUdp(port, 6);
  expect(recorded(loaded.map('events'))).toHaveLength(6);
});

test('BTF is read from the running kernel when none is given', () => {
  const attach = { kind: 'tp-btf', tracepoint: 'no_such_tracepoint' } as const;
  const program = recorderSpec(new Assembler('x').mov('r0', 0).exit().build(), attach);
  expect(() => load({ maps: [], programs: [program] })).toThrow(BtfNotFoundError);
});

describe('fentry and fexit', () => {
  test('see arguments and the result', async context => {
    needs(context, 'fexit');
    for (const kind of ['fentry', 'fexit'] as const) {
      const attach = { kind, function: 'udp_sendmsg' } as const;
      const code = tracingRecorder(2, kind === 'fexit' ? 3 : 2);
      using loaded = load({ maps: [EVENTS], programs: [recorderSpec(code, attach)] }, { btf: kernelBtf });
      loaded.attachAll();
      await sendUdp(await closedPort(), 3, Number(LENGTH));
      const seen = recorded(loaded.map('events')).map(({ argument, result }) => [argument, result]);
      expect(seen).toEqual([1, 2, 3].map(() => [LENGTH, LENGTH]));
    }
  });

  test('reach into modules', context => {
    needs(context, 'fentry');
    if (!hasDummyModule()) context.skip('the dummy module is not there or has no BTF');
    const device = `nw${process.pid}`;
    using _device = dummyDevice(device);
    const done = label('done');
    const btf = kernelBtf();
    const code = new Assembler('dummy')
      .load('u64', 'r6', 'r1', 0)
      .load('u16', 'r1', 'r6', btf.field('sk_buff', 'protocol').offset)
      .toBigEndian('r1', 16)
      .jumpIf('r1', '!=', 0x0800, done)
      .with(asm => reserve(asm, done))
      .store('u64', 'r7', 0, 0)
      .store('u64', 'r7', 8, 0)
      .store('u64', 'r7', 16, 0)
      .with(asm => submit(asm, done))
      .build();
    const attach = { kind: 'fentry', function: 'dummy_xmit', module: 'dummy' } as const;
    using loaded = load({ maps: [EVENTS], programs: [recorderSpec(code, attach)] }, { btf });
    sendThrough(device, 2);
    expect(recorded(loaded.map('events'))).toHaveLength(0);
    loaded.attachAll();
    sendThrough(device, 5);
    expect(recorded(loaded.map('events'))).toHaveLength(5);
  });

  test('of a function that BTF does not have', () => {
    const attach = { kind: 'fentry', function: 'no_such_function' } as const;
    const load1 = (): void =>
      load({ maps: [EVENTS], programs: [recorderSpec(tracingRecorder(0), attach)] }, { btf: kernelBtf })[
        Symbol.dispose
      ]();
    expect(load1).toThrow("not in this kernel's BTF: function no_such_function");
  });
});

function hasDummyModule(): boolean {
  try {
    execFileSync('modprobe', ['dummy', 'numdummies=0'], { stdio: 'ignore' });
  } catch {
    return false;
  }
  return existsSync('/sys/kernel/btf/dummy');
}

/** A namespace of the same name with a dummy device that 192.0.2.0/24 is reached through. */
function dummyDevice(name: string): Disposable {
  const ip = (...args: string[]): void => void execFileSync('ip', args);
  ip('netns', 'add', name);
  ip('-n', name, 'link', 'add', name, 'type', 'dummy');
  ip('-n', name, 'addr', 'add', '192.0.2.1/24', 'dev', name);
  ip('-n', name, 'link', 'set', name, 'up');
  return { [Symbol.dispose]: () => ip('netns', 'del', name) };
}

function sendThrough(namespace: string, count: number): void {
  const script = `for i in $(seq ${count}); do echo x >/dev/udp/192.0.2.2/9; done`;
  execFileSync('ip', ['netns', 'exec', namespace, 'bash', '-c', script]);
}
