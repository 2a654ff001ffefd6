import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeSignal,
  SIGNAL_AT,
  SIGNAL_RECORD,
  type SignalField,
  type SignalKind,
  type SignalNames,
} from './index.ts';

const names = (kind: SignalKind): SignalNames => ({
  timeOf: ns => `t${ns}`,
  netnsNameOf: inode => `n${inode}`,
  resetReasonOf: value => (value === 1 ? 'NO_SOCKET' : null),
  stackOf: id => (id < 0 ? [] : [`frame${id}+0x1`]),
  originOf: () => ({ kind, name: 'somewhere' }),
});

function record(values: Partial<Record<SignalField, number | readonly number[]>>): Uint8Array {
  const bytes = new Uint8Array(SIGNAL_RECORD.size);
  const view = new DataView(bytes.buffer);
  for (const [name, value] of Object.entries(values)) {
    const { offset, size } = SIGNAL_AT[name as SignalField];
    if (typeof value !== 'number') bytes.set(value, offset);
    else if (size === 1) view.setUint8(offset, value);
    else if (size === 2) view.setUint16(offset, value, true);
    else if (size === 4) view.setInt32(offset, value | 0, true);
    else view.setBigUint64(offset, BigInt(value), true);
  }
  return bytes;
}
const decoded = (kind: SignalKind, values: Parameters<typeof record>[0]): ReturnType<typeof decodeSignal> => {
  const bytes = record(values);
  return decodeSignal(new DataView(bytes.buffer), bytes, 0, names(kind));
};

describe('decodeSignal', () => {
  it('gives the socket, its peer, its state and the reason', () => {
    const values = {
      ...{ time: 5000, netns: 4026531840, family: 2, protocol: 6, state: 1, hasSocket: 1, reason: 1 },
      ...{ sport: 8100, dport: 0x5000, src: [10, 0, 0, 1], dst: [10, 0, 0, 2], comm: [0x6e, 0x63, 0] },
    };
    expect(decoded('reset-sent', values)).toMatchObject({
      ...{ kind: 'reset-sent', time: 't5000', netns: 4026531840, netnsName: 'n4026531840', family: 'ipv4' },
      ...{ protocol: 'tcp', src: '10.0.0.1', sport: 8100, dst: '10.0.0.2', dport: 80, state: 'ESTABLISHED' },
      ...{
        reason: 'NO_SOCKET',
        error: null,
        icmp: null,
        table: null,
        oldState: null,
        packet: null,
        skb: null,
      },
      process: { comm: 'nc' },
    });
  });

  it('says that a reset had no socket, and nothing of a state elsewhere', () => {
    expect(decoded('reset-sent', {})).toMatchObject({ state: 'NONE', family: null, src: null, netns: null });
    expect(decoded('icmp-sent', { icmpType: 3, icmpCode: 1 })).toMatchObject({
      state: null,
      icmp: { type: 3, code: 1 },
    });
  });

  it('makes the error of a lookup what its caller gets', () => {
    expect(decoded('lookup-failed', { error: -11, table: 254 })).toMatchObject({
      error: 'ENETUNREACH',
      table: 254,
    });
    expect(decoded('lookup-failed', { error: -13 }).error).toBe('EACCES');
    expect(decoded('udp-refused', { error: -11 }).error).toBe('EAGAIN');
  });

  it('reads the packet by its own version', () => {
    const header = [0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x10, 0, 0, 80];
    const tcp = [...header, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0, 0, 0, 0, 0, 0];
    expect(decoded('reset-sent', { captured: tcp.length, packet: tcp }).packet).toMatchObject({
      ...{ family: 'ipv4', src: '10.0.0.1', dport: 80, tcpFlags: 'S' },
    });
    expect(decoded('reset-sent', { captured: 20, packet: Array(20).fill(0xff) }).packet).toBeNull();
  });

  it('never fails, whatever the bytes', () => {
    const bytes = fc.uint8Array({ minLength: SIGNAL_RECORD.size, maxLength: SIGNAL_RECORD.size });
    fc.assert(
      fc.property(bytes, any => void decodeSignal(new DataView(any.slice().buffer), any, 0, names('state'))),
    );
  });
});
