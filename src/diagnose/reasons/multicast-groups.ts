/** Groups of every link or of well-known discovery protocols: hosts that did not join them hear them anyway. */
const DISCOVERY_GROUPS: ReadonlySet<string> = new Set([
  '224.0.1.1', // NTP
  '224.0.1.129', // PTP
  '239.255.255.250', // SSDP, WS-Discovery
  '239.255.255.253', // SLP
  'ff05::c', // SSDP
  'ff08::c',
  'ff0e::c',
  'ff05::fb', // mDNS
  'ff05::1:3', // DHCPv6 servers
  'ff05::2', // routers of the site
  'ff05::101', // NTP
]);

/** Scope 1 (interface) or 2 (link) in the second byte; 0 and 1 flag bits do not matter. */
const LINK_LOCAL_V6 = /^ff[0-9a-f][012]:/;

/** Is this the text of a multicast address that is ordinary chatter of a link (ARP-like, discovery), not application data? */
export function isChatterGroup(address: string): boolean {
  if (address.startsWith('224.0.0.')) return true;
  const text = address.toLowerCase();
  return LINK_LOCAL_V6.test(text) || DISCOVERY_GROUPS.has(text);
}
