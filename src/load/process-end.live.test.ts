import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Attr, bpf, Fd, tryBpf } from '../sys/index.ts';
import { failOnLeaks } from '../sys/leak-test.ts';
import { standalone } from './testdata/standalone.ts';

failOnLeaks();

/** Names of all programs in the kernel (struct bpf_prog_info: name at 64). */
function programNames(): readonly string[] {
  const names: string[] = [];
  const next = new Attr(12);
  while (tryBpf('prog_get_next_id', next.bytes) === 0) {
    next.u32(0, next.readU32(4));
    const fd = tryBpf('prog_get_fd_by_id', new Attr(12).u32(0, next.readU32(4)).bytes);
    if (fd < 0) continue;
    using program = new Fd(fd, 'some program');
    const info = new Attr(80);
    bpf('obj_get_info_by_fd', new Attr(16).u32(0, program.fd).u32(4, 80).pointer(8, info.bytes).bytes);
    names.push(Buffer.from(info.bytes.subarray(64, 80)).toString().replace(/\0.*/s, ''));
  }
  return names;
}

test('a killed process leaves no program behind', async () => {
  using program = standalone('attach-and-wait');
  const name = `nw${process.pid}`;
  const child = spawn(process.execPath, [program.path, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(child.stdout, 'data');
    expect(programNames()).toContain(name);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  for (let i = 0; i < 100 && programNames().includes(name); i++) await sleep(50);
  expect(programNames()).not.toContain(name);
});
