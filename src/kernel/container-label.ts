/** Directory names of one container below a control group, with who made them. */
const CONTAINER_FORMS: ReadonlyArray<readonly [runtime: string, form: RegExp]> = [
  ['docker', /^docker-([0-9a-f]{64})\.scope$/],
  ['containerd', /^cri-containerd-([0-9a-f]{64})\.scope$/],
  ['crio', /^crio-([0-9a-f]{64})(?:\.scope)?$/],
  ['podman', /^libpod-([0-9a-f]{64})(?:\.scope)?$/],
  ['lxc', /^lxc\.payload\.(.+)$/],
  ['machine', /^machine-(.+)\.scope$/],
];
/** cgroupfs driver: the bare id, below a directory that tells the runtime. */
const BARE_ID = /^([0-9a-f]{64})$/;
const POD = /^kubepods.*-pod([0-9a-f_]{36})\.slice$|^pod([0-9a-f-]{36})$/;
const SHORT_ID = 12;

/**
 * A short name for the container of a process, from its /proc/PID/cgroup: "docker:0123456789ab",
 * "pod:12345678/containerd:0123456789ab"; undefined outside containers.
 */
export function containerLabelOf(cgroup: string): string | undefined {
  for (const line of cgroup.split('\n')) {
    const parts = line.slice(line.indexOf('/')).split('/');
    const label = [podOf(parts), containerOf(parts)].filter(part => part !== undefined).join('/');
    if (label !== '') return label;
  }
  return undefined;
}

function podOf(parts: readonly string[]): string | undefined {
  for (const part of parts) {
    const found = POD.exec(part);
    if (found) return `pod:${(found[1] ?? found[2])!.slice(0, 8)}`;
  }
  return undefined;
}

function containerOf(parts: readonly string[]): string | undefined {
  for (const part of [...parts].reverse()) {
    for (const [runtime, form] of CONTAINER_FORMS) {
      const found = form.exec(part);
      if (found) return `${runtime}:${found[1]!.slice(0, /^[0-9a-f]{64}$/.test(found[1]!) ? SHORT_ID : 64)}`;
    }
    const bare = BARE_ID.exec(part);
    if (bare) return `${parts.includes('docker') ? 'docker' : 'container'}:${bare[1]!.slice(0, SHORT_ID)}`;
  }
  return undefined;
}
