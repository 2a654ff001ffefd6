/** A network namespace of this machine. */
export interface Netns {
  readonly inode: number;
  /** A file that opens it: a bind mount, or /proc/PID/ns/net of one of its processes. */
  readonly path: string;
  /** host: the machine's first; own: ours, when the host's cannot be seen; the rest by how it was found. */
  readonly kind: 'host' | 'own' | 'named' | 'container' | 'process';
  /** What people call it: "blue" (ip netns), "host", "docker:0123456789ab", "nginx/1234". */
  readonly name: string;
  /** One of its processes, where it was found through one. */
  readonly pid?: number;
}
