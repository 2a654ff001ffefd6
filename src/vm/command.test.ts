import { describe, expect, it } from 'vitest';
import { UsageError } from '../base/index.ts';
import { optionsOf } from './command.ts';
import { qemuArguments } from './qemu.ts';

describe('optionsOf', () => {
  it('keeps the command as it is, options of its own included', () => {
    const { kernel, command } = optionsOf(['6.12', '--', 'ls', '--', '--memory', '5']);
    expect({ kernel, command }).toEqual({ kernel: '6.12', command: ['ls', '--', '--memory', '5'] });
  });

  it('reads every option', () => {
    process.env.NETWHY_TEST_PASSED = 'passed on';
    const line =
      '--memory 512 --cpus 1 --env A=b=c --env NETWHY_TEST_PASSED --share /a --share /b --timeout 1.5 --console c ' +
      '--kaslr --gdb 1234 --root 9p 6.1 -- true';
    expect(optionsOf(line.split(' '))).toEqual({
      kernel: '6.1',
      command: ['true'],
      memoryMb: 512,
      cpus: 1,
      env: { A: 'b=c', NETWHY_TEST_PASSED: 'passed on' },
      shares: ['/a', '/b'],
      timeoutSeconds: 1.5,
      consoleFile: 'c',
      kaslr: true,
      gdbPort: 1234,
      rootShare: '9p',
    });
  });

  it.each([
    ['6.1', 'no command'],
    ['6.1 --', 'nothing after --'],
    ['-- true', 'one KERNEL comes before --, not 0'],
    ['6.1 6.12 -- true', 'one KERNEL comes before --, not 2'],
    ['--memory lots 6.1 -- true', '--memory: not a number above 0: lots'],
    ['--root nfs 6.1 -- true', '--root: virtiofs or 9p, not nfs'],
    ['--env 1=2 6.1 -- true', '--env: not a variable name: 1'],
  ])('refuses %s', (line, message) => {
    expect(() => optionsOf(line.split(' '))).toThrow(UsageError);
    expect(() => optionsOf(line.split(' '))).toThrow(message);
  });
});

describe('qemuArguments', () => {
  const machine = {
    kernelImage: '/k',
    initramfs: '/i',
    memoryMb: 512,
    cpus: 2,
    rootShare: '9p',
    shares: ['/with,comma'],
    consoleFile: '/c',
    append: 'extra=1',
    privileged: false,
  } as const;

  it('doubles commas in paths, where QEMU would end the option', () => {
    expect(qemuArguments(machine)).toContain(
      'local,id=share0,path=/with,,comma,multidevs=remap,security_model=none',
    );
  });

  it('gives a gdb stub only when asked for one', () => {
    expect(qemuArguments(machine)).not.toContain('-gdb');
    expect(qemuArguments({ ...machine, gdbPort: 1234 })).toContain('tcp:127.0.0.1:1234');
  });

  it('takes the root from one place', () => {
    const tags = (text: readonly string[]): number => text.filter(word => /tag=root$/.test(word)).length;
    expect(tags(qemuArguments(machine))).toBe(1);
    expect(tags(qemuArguments({ ...machine, rootShare: 'virtiofs' }))).toBe(1);
  });
});
