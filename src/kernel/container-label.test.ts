import { describe, expect, it } from 'vitest';
import { containerLabelOf } from './container-label.ts';

const ID = '3f2a8c0d9e1b47568a90c1d2e3f405162738495a6b7c8d9e0f1a2b3c4d5e6f70';

describe('containerLabelOf', () => {
  it.each([
    ['docker, cgroup2, systemd', `0::/system.slice/docker-${ID}.scope`, 'docker:3f2a8c0d9e1b'],
    ['docker, cgroupfs', `4:memory:/docker/${ID}\n0::/docker/${ID}`, 'docker:3f2a8c0d9e1b'],
    ['podman', `0::/machine.slice/libpod-${ID}.scope/container`, 'podman:3f2a8c0d9e1b'],
    [
      'a pod of containerd',
      `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1b2c3d4e_5f60_7182_93a4_b5c6d7e8f901.slice/cri-containerd-${ID}.scope`,
      'pod:1b2c3d4e/containerd:3f2a8c0d9e1b',
    ],
    [
      'a pod, cgroupfs',
      `0::/kubepods/besteffort/pod1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901/${ID}`,
      'pod:1b2c3d4e/container:3f2a8c0d9e1b',
    ],
    ['crio', `0::/kubepods.slice/crio-${ID}.scope`, 'crio:3f2a8c0d9e1b'],
    ['lxc', '0::/lxc.payload.web/init.scope', 'lxc:web'],
    ['a session of a user', '0::/user.slice/user-1000.slice/session-2.scope', undefined],
    ['the root', '9:name=systemd:/\n0::/', undefined],
    ['nothing', '', undefined],
  ])('%s', (_, cgroup, expected) => {
    expect(containerLabelOf(cgroup)).toBe(expected);
  });
});
