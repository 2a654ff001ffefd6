import { readText } from './read-file.ts';

/** Who writes what netfilter logs for one protocol family, in one network namespace. */
export interface NfLogBinding {
  /** Protocol family as the kernel numbers it (NFPROTO_…): 2 IPv4, 10 IPv6, 3 ARP, 7 bridge, 5 netdev, 1 inet. */
  readonly family: number;
  /** Takes TRACE, log_invalid and martians; null when nobody does. A LOG rule names its logger itself. */
  readonly bound: string | null;
  /** Loggers that could be bound: modules that are loaded. */
  readonly available: readonly string[];
}

/** Lines of /proc/net/netfilter/nf_log: ` 2 nf_log_ipv4 (nf_log_ipv4,nfnetlink_log)`. */
export function parseNfLog(text: string): NfLogBinding[] {
  return [...text.matchAll(/^\s*(\d+)\s+(\S+)\s+\(([^)]*)\)/gm)].map(([, family, bound, available]) => ({
    family: Number(family),
    bound: bound === 'NONE' ? null : bound!,
    available: available!.split(',').filter(name => name !== ''),
  }));
}

/** Bindings of the calling thread's network namespace; undefined without netfilter logging or without permission. */
export function nfLogBindings(): NfLogBinding[] | undefined {
  const text = readText('/proc/thread-self/net/netfilter/nf_log');
  return text === undefined ? undefined : parseNfLog(text);
}
