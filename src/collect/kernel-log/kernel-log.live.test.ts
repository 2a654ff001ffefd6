import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isUnavailable } from '../../base/index.ts';
import { KernelLog, type LogLine } from './index.ts';

it('follows the kernel log from now on, beside other readers', () => {
  const [log, other] = [KernelLog.follow(), KernelLog.follow()];
  if (isUnavailable(log) || isUnavailable(other)) throw new Error('the kernel log cannot be read');
  try {
    const mark = `nwtest${process.pid}`;
    writeFileSync(
      '/dev/kmsg',
      `<5>${mark} IN=eth0 OUT= SRC=192.0.2.1 DST=192.0.2.2 LEN=40 PROTO=TCP SPT=1 DPT=2 `,
    );
    writeFileSync('/dev/kmsg', `<5>${mark} something else`);
    for (const reader of [log, other]) {
      const lines: LogLine[] = [];
      reader.poll(line => lines.push(line));
      const ours = lines.filter(line => line.text.includes(mark));
      expect(ours).toHaveLength(1);
      expect(ours[0]!.event).toMatchObject({
        kind: 'log',
        prefix: mark,
        packet: { src: '192.0.2.1', dport: 2 },
      });
      expect(Math.abs(Date.parse(ours[0]!.time) - Date.now())).toBeLessThan(2000);
      expect(reader.poll(() => undefined)).toBe(0);
    }
  } finally {
    for (const reader of [log, other]) reader[Symbol.dispose]();
  }
});
