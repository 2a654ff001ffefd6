import { expect, it } from 'vitest';
import { loadOrder } from './modules.ts';

const DEP = `kernel/drivers/virtio/virtio.ko:
kernel/drivers/virtio/virtio_ring.ko: kernel/drivers/virtio/virtio.ko
kernel/drivers/char/hw_random/virtio-rng.ko.xz: kernel/drivers/virtio/virtio_ring.ko kernel/drivers/virtio/virtio.ko
kernel/net/9p/9pnet.ko: kernel/fs/netfs/netfs.ko
kernel/fs/netfs/netfs.ko:
kernel/fs/9p/9p.ko: kernel/net/9p/9pnet.ko kernel/fs/netfs/netfs.ko
`;
const BUILTIN = 'kernel/fs/fuse/virtiofs.ko\nkernel/drivers/virtio/virtio_pci.ko\n';

it('puts what a module needs before it, and nothing twice', () => {
  expect(loadOrder(DEP, BUILTIN, ['virtio_rng', 'virtio_ring', '9p'])).toEqual([
    'kernel/drivers/virtio/virtio.ko',
    'kernel/drivers/virtio/virtio_ring.ko',
    'kernel/drivers/char/hw_random/virtio-rng.ko.xz',
    'kernel/fs/netfs/netfs.ko',
    'kernel/net/9p/9pnet.ko',
    'kernel/fs/9p/9p.ko',
  ]);
});

it('leaves out what is in the kernel already', () => {
  expect(loadOrder(DEP, BUILTIN, ['virtiofs', 'virtio-pci'])).toEqual([]);
});

it('says which module a kernel does not have', () => {
  expect(() => loadOrder(DEP, BUILTIN, ['overlay'])).toThrow('no module overlay');
});
