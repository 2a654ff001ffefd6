/** One socket as ss prints it. */
export interface SocketRow {
  /** "tcp", "udp" …, as ss calls it. */
  readonly protocol: string;
  /** "LISTEN", "ESTAB", "UNCONN" … */
  readonly state: string;
  /** Of a listener: connections that wait to be accepted; else bytes. */
  readonly recvq: number;
  /** Of a listener: its backlog limit; else bytes. */
  readonly sendq: number;
  readonly local: SocketEnd;
  readonly peer: SocketEnd;
  /** First owner; null for sockets without (TIME-WAIT, kernel) or of users that we may not see. */
  readonly process: { readonly name: string; readonly pid: number } | null;
  /** "on", "persist", "keepalive", "timewait"; null when none runs. */
  readonly timer: string | null;
  readonly memory: SocketMemory | null;
  /** An IPv6 socket on "*" takes IPv4 too, unless it says v6only. */
  readonly v6only: boolean | null;
  /** cgroup v2 path as ss knows it. */
  readonly cgroup: string | null;
  /** As printed, on one line. */
  readonly text: string;
}

export interface SocketEnd {
  /** "10.0.0.1", "::", "0.0.0.0", or "*": any address of both families. */
  readonly address: string;
  /** 0 for any. */
  readonly port: number;
  /** Bound to this device; null: to none. */
  readonly device: string | null;
}

/** skmem of ss, in bytes. */
export interface SocketMemory {
  readonly received: number;
  readonly receiveBuffer: number;
  readonly sendBuffer: number;
  readonly backlog: number;
  /** Packets that this socket dropped since it was made. */
  readonly drops: number;
}

/** A line of `ss -H -O -a -n -i -m -o -e -p`; undefined for anything else. */
export function parseSocketRow(line: string): SocketRow | undefined {
  const words = line.trim().split(/\s+/);
  const [protocol = '', state = '', recvq, sendq, local, peer] = words;
  const ends = [local, peer].map(word => endOf(word ?? ''));
  if (ends[0] === undefined || ends[1] === undefined || !/^\d+$/.test(recvq ?? '')) return undefined;
  const text = words.join(' ');
  const [, name, pid] = /users:\(\("((?:[^"\\]|\\.)*)",pid=(\d+)/.exec(text) ?? [];
  const v6only = /\bv6only:([01])/.exec(text)?.[1];
  return {
    ...{ protocol, state, recvq: Number(recvq), sendq: Number(sendq), local: ends[0], peer: ends[1] },
    process: name === undefined ? null : { name, pid: Number(pid) },
    timer: /\btimer:\((\w+)/.exec(text)?.[1] ?? null,
    memory: memoryOf(text),
    v6only: v6only === undefined ? null : v6only === '1',
    cgroup: /\bcgroup:(\/\S*)/.exec(text)?.[1] ?? null,
    text,
  };
}

/** "10.0.0.1:80", "[fe80::1]%eth0:80", "0.0.0.0%lo:68", "*:5353", "[::]:*". */
function endOf(word: string): SocketEnd | undefined {
  const found = /^(?:\[([^\]%]+)(?:%([^\]]+))?\]|([^%[\]:*]+|\*))(?:%([^:]+))?:(\d+|\*)$/.exec(word);
  if (found === null) return undefined;
  const [, bracketed, inside, plain, device, port] = found;
  return {
    address: bracketed ?? plain!,
    port: port === '*' ? 0 : Number(port),
    device: device ?? inside ?? null,
  };
}

function memoryOf(text: string): SocketMemory | null {
  const found = /skmem:\(([^)]*)\)/.exec(text)?.[1];
  if (found === undefined) return null;
  const values = new Map(
    found.split(',').map(part => [part.replace(/\d+$/, ''), Number(/\d+$/.exec(part)?.[0] ?? 0)]),
  );
  const of = (name: string): number => values.get(name) ?? 0;
  return {
    received: of('r'),
    receiveBuffer: of('rb'),
    sendBuffer: of('tb'),
    backlog: of('bl'),
    drops: of('d'),
  };
}
