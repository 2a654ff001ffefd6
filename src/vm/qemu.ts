import type { RootShare } from './guest.ts';

/** The machine of one run; paths are absolute, except the sockets', which are in the folder QEMU starts in. */
export interface Machine {
  readonly kernelImage: string;
  readonly initramfs: string;
  readonly memoryMb: number;
  readonly cpus: number;
  readonly rootShare: RootShare;
  readonly shares: readonly string[];
  readonly consoleFile: string;
  readonly append: string;
  /** TCP port on 127.0.0.1 for gdb. */
  readonly gdbPort?: number;
  /** Whether QEMU runs as root and may give files their true owners. */
  readonly privileged: boolean;
}

/** The guest's output streams and its status line, each a socket of this name. */
export const PORTS = ['out', 'err', 'status'] as const;

/** The socket between QEMU and virtiofsd. */
export const VIRTIOFS_SOCKET = 'virtiofs';

const KERNEL_ARGUMENTS = [
  'console=ttyS0',
  'panic=-1',
  'quiet',
  'loglevel=4',
  'mitigations=off',
  'rcupdate.rcu_expedited=1',
  'random.trust_cpu=on',
  'no_timer_check',
  'tsc=reliable',
  'net.ifnames=0',
];

function shareArguments(id: string, path: string, options: string): string[] {
  return [
    ...['-fsdev', `local,id=${id},path=${path.replaceAll(',', ',,')},multidevs=remap,${options}`],
    ...['-device', `virtio-9p-pci,fsdev=${id},mount_tag=${id}`],
  ];
}

function rootArguments({ rootShare, memoryMb, privileged }: Machine): string[] {
  if (rootShare === '9p') return shareArguments('root', '/', `${securityOf(privileged)},readonly=on`);
  // vhost-user daemons see the guest's memory, so it must be shared.
  return [
    ...[
      '-object',
      `memory-backend-memfd,id=memory,size=${memoryMb}M,share=on`,
      '-numa',
      'node,memdev=memory',
    ],
    ...['-chardev', `socket,id=virtiofs,path=${VIRTIOFS_SOCKET}`],
    ...['-device', 'vhost-user-fs-pci,chardev=virtiofs,tag=root'],
  ];
}

function securityOf(privileged: boolean): string {
  return `security_model=${privileged ? 'passthrough' : 'none'}`;
}

function portArguments(name: string): string[] {
  const chardev = ['-chardev', `socket,id=${name},path=${name}`];
  return [...chardev, '-device', `virtserialport,chardev=${name},name=${name}`];
}

/** QEMU's argument vector. */
export function qemuArguments(machine: Machine): string[] {
  const append = [...KERNEL_ARGUMENTS, machine.append].join(' ').trim();
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-machine', 'pc'],
    ...['-accel', 'tcg,thread=multi', '-cpu', 'max'],
    ...['-m', String(machine.memoryMb), '-smp', String(machine.cpus)],
    ...['-kernel', machine.kernelImage, '-initrd', machine.initramfs, '-append', append],
    ...['-chardev', `file,id=console,path=${machine.consoleFile}`, '-serial', 'chardev:console'],
    ...['-device', 'virtio-rng-pci', '-device', 'virtio-serial-pci', ...PORTS.flatMap(portArguments)],
    ...rootArguments(machine),
    ...machine.shares.flatMap((path, i) => shareArguments(`share${i}`, path, securityOf(machine.privileged))),
    ...(machine.gdbPort ? ['-gdb', `tcp:127.0.0.1:${machine.gdbPort}`] : []),
  ];
}
