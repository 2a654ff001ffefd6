import { readText } from './read-file.ts';

const LEGACY_FILES = { ipv4: 'ip_tables_names', ipv6: 'ip6_tables_names' } as const;

/** Tables that the legacy (x_tables) code holds in the calling thread's network namespace; needs CAP_NET_ADMIN. */
export function legacyTables(): { readonly ipv4: readonly string[]; readonly ipv6: readonly string[] } {
  const of = (file: string): string[] =>
    (readText(`/proc/thread-self/net/${file}`) ?? '').split('\n').filter(name => name !== '');
  return { ipv4: of(LEGACY_FILES.ipv4), ipv6: of(LEGACY_FILES.ipv6) };
}

export type IptablesBackend = 'nf_tables' | 'legacy';

/** From `iptables -V`: "iptables v1.8.9 (nf_tables)"; versions before 1.8 print none and are legacy. */
export function backendOf(versionLine: string): IptablesBackend | undefined {
  const found = /^ip6?tables v[\d.]+(?:\s+\((nf_tables|legacy)\))?/.exec(versionLine);
  return found ? ((found[1] as IptablesBackend | undefined) ?? 'legacy') : undefined;
}
