import { describe, expect, it } from 'vitest';
import { type DropQuestion, isBenignDrop, packetDecides } from './benign.ts';
import { BENIGN_RULES } from './benign-rules.ts';
import { isChatterGroup } from './multicast-groups.ts';
import { placeHint } from './place-hints.ts';
import { DROP_REASONS, reasonEntry } from './table.ts';

const IPV4 = 0x0800;
const IPV6 = 0x86dd;

function core(reason: string | null, place: string | null, more: Partial<DropQuestion> = {}): DropQuestion {
  return { reason, subsystem: 'core', function: place, ...more };
}

const to = (dst: string): Partial<DropQuestion> => ({ packet: { dst } });

describe('what healthy machines drop is benign', () => {
  // Each line was seen on a live 6.1, 6.12 or 6.18 kernel while nothing was wrong.
  it.each<[string, DropQuestion]>([
    ['unjoined solicited-node group', core('NOT_SPECIFIED', 'ip6_mc_input', to('ff02::1:ff00:2'))],
    ['router solicitation', core('NOT_SPECIFIED', 'ip6_mc_input', { protocol: IPV6, packetType: 2 })],
    ['MLD report', core('NOT_SPECIFIED', 'ip6_mc_input', to('ff02::16'))],
    ['IGMPv3 report', core('NOT_SPECIFIED', 'ip_rcv_finish_core.constprop.0', to('224.0.0.22'))],
    ['IPv6 not set up yet', core('IP_INNOROUTES', 'ip6_pkt_discard', to('ff02::16'))],
    ['the same on 6.1', core('IP_INNOROUTES', 'ip6_pkt_drop.isra.0', to('ff02::1:ff9b:a053'))],
    ['ICMPv6 handled, 6.1', core('NOT_SPECIFIED', 'icmpv6_rcv', to('fe80::1'))],
    ['echo reply, 6.18', core('NO_SOCKET', 'ping_rcv', { protocol: IPV4 })],
    ['echo reply, 6.12', core('NO_SOCKET', 'icmpv6_rcv', { protocol: IPV6 })],
    ['NetBIOS broadcast', core('NOT_SPECIFIED', '__udp4_lib_rcv', { ...to('10.77.0.255'), packetType: 1 })],
    ['mDNS without a responder', core('NOT_SPECIFIED', '__udp4_lib_rcv', to('224.0.0.251'))],
    ['UDP socket closed', core('NOT_SPECIFIED', 'udp_destruct_common')],
    ['raw socket closed', core('QUEUE_PURGE', 'inet_sock_destruct')],
    ['raw socket closed, 6.1', core('NOT_SPECIFIED', 'inet_sock_destruct')],
    ['packet socket closed', core('QUEUE_PURGE', 'skb_queue_purge_reason')],
    ['packet socket closed, 6.1', core('NOT_SPECIFIED', 'skb_queue_purge')],
    ['TCP socket with unread data destroyed', core('QUEUE_PURGE', 'sk_stream_kill_queues')],
    ['local socket closed', core('SOCKET_CLOSE', 'unix_release_sock')],
    ['local socket closed, 6.1', core('NOT_SPECIFIED', 'unix_release_sock')],
    ['connect to a local socket refused', core('NOT_SPECIFIED', 'unix_stream_connect')],
    ['vsock', core('NOT_SPECIFIED', 'virtio_transport_recv_pkt', { protocol: 0 })],
    ['ACK in CLOSE_WAIT', core('NOT_SPECIFIED', 'tcp_rcv_state_process', { packet: { tcpFlags: 'A' } })],
    ['FIN in TIME_WAIT', core('NOT_SPECIFIED', 'tcp_v4_rcv', { packet: { tcpFlags: 'FA' } })],
    ['RST in TIME_WAIT', core('NOT_SPECIFIED', 'tcp_v4_rcv', { packet: { tcpFlags: 'R' } })],
    ['fragments of a delivered datagram, 6.1', core('NOT_SPECIFIED', 'skb_release_data')],
    ['backlog of a closing socket', core('TCP_CLOSE', 'tcp_rcv_state_process')],
    ['spurious retransmission', core('TCP_OLD_DATA', 'tcp_data_queue')],
    ['before 5.17', core(null, 'ip6_mc_input', to('ff02::2'))],
  ])('%s', (_, drop) => {
    const verdict = isBenignDrop(drop);
    expect(verdict.benign).toBe(true);
    expect(verdict.why).toMatch(/\w/);
  });

  it.each<[string, DropQuestion]>([
    ['keepalive', core('TCP_OLD_SEQUENCE', 'tcp_validate_incoming')],
    ['LLDP', core('UNHANDLED_PROTO', '__netif_receive_skb_core.constprop.0', { protocol: 0x88cc })],
    ['STP', core('UNHANDLED_PROTO', '__netif_receive_skb_core', { protocol: 4 })],
    ['for others, promiscuous', core('OTHERHOST', 'ip_rcv_core', { promiscuous: true, packetType: 3 })],
    ['IPv6 off', core('IPV6DISABLED', 'ip6_rcv_core', to('ff02::1'))],
    ['Wi-Fi duplicate', { reason: 'DUP', subsystem: 'mac80211_unusable', function: null }],
    ['Wi-Fi chatter', { reason: '0x20000', subsystem: 'mac80211_monitor', function: null }],
  ])('%s', (_, drop) => expect(isBenignDrop(drop).benign).toBe(true));
});

describe('what may be a problem is never hidden', () => {
  it.each<[string, DropQuestion]>([
    ['closed port', core('NO_SOCKET', 'tcp_v4_rcv')],
    ['closed UDP port', core('NO_SOCKET', '__udp4_lib_rcv')],
    ['firewall', core('NETFILTER_DROP', 'nft_do_chain')],
    ['reverse path', core('IP_RPFILTER', 'ip_rcv_finish_core.constprop.0')],
    ['martian before 6.13', core('NOT_SPECIFIED', 'ip_rcv_finish_core', to('10.0.0.1'))],
    ['stream of a group joined elsewhere', core('NOT_SPECIFIED', 'ip_rcv_finish_core', to('239.1.1.1'))],
    ['IPv6 stream', core('NOT_SPECIFIED', 'ip6_mc_input', to('ff15::1234'))],
    [
      'multicast with a routable group',
      core('NOT_SPECIFIED', 'ip6_mc_input', { ...to('ff0e::9'), packetType: 2 }),
    ],
    [
      'stream to a port nobody has',
      core('NOT_SPECIFIED', '__udp4_lib_rcv', { ...to('239.1.1.1'), packetType: 2 }),
    ],
    [
      'UDP to this host alone',
      core('NOT_SPECIFIED', '__udp4_lib_rcv', { ...to('10.77.0.1'), packetType: 0 }),
    ],
    ['no IPv6 route', core('IP_INNOROUTES', 'ip6_pkt_discard', to('2001:db8::1'))],
    ['no IPv4 route', core('IP_INNOROUTES', 'ip_error', to('192.0.2.1'))],
    ['IPv6 off, unicast', core('IPV6DISABLED', 'ip6_rcv_core', to('2001:db8::1'))],
    ['accept queue full before 6.15', core('NOT_SPECIFIED', 'tcp_v4_rcv', { packet: { tcpFlags: 'A' } })],
    ['TCP without its flags', core('NOT_SPECIFIED', 'tcp_v4_rcv')],
    ['for others on an ordinary device', core('OTHERHOST', 'ip_rcv_core', { packetType: 3 })],
    ['for others, mode unknown', core('OTHERHOST', 'ip6_rcv_core', { promiscuous: false })],
    ['MPLS without its module', core('UNHANDLED_PROTO', '__netif_receive_skb_core', { protocol: 0x8847 })],
    ['802.1X without supplicant', core('UNHANDLED_PROTO', '__netif_receive_skb_core', { protocol: 0x888e })],
    ['neighbour queue emptied', core('QUEUE_PURGE', 'neigh_flush_dev')],
    ['capture lost', core('PACKET_SOCK_ERROR', 'tpacket_rcv')],
    ['netlink listener too slow', core('NOT_SPECIFIED', 'netlink_attachskb')],
    ['no carrier', core('QDISC_DROP', '__dev_queue_xmit', to('224.0.0.22'))],
    ['full buffer', core('SOCKET_RCVBUFF', 'udp_queue_rcv_one_skb')],
    ['data after close', core('TCP_ABORT_ON_DATA', 'tcp_v4_do_rcv')],
    ['place unknown', core('NOT_SPECIFIED', null)],
    ['driver', core('NOT_SPECIFIED', 'net_tx_action')],
    ['nothing known', { reason: null, subsystem: null, function: null }],
    ['unknown reason', core('NO_SUCH_REASON', 'ip6_mc_input', to('ff02::1'))],
    ['OVS drop', { reason: 'LAST_ACTION', subsystem: 'openvswitch', function: 'do_execute_actions' }],
    [
      'a core name in another subsystem',
      { reason: 'TCP_OLD_DATA', subsystem: 'openvswitch', function: null },
    ],
  ])('%s', (_, drop) => expect(isBenignDrop(drop)).toEqual({ benign: false }));
});

describe('rules', () => {
  it('name known reasons, and places as the symbol table spells them', () => {
    const unknown = BENIGN_RULES.flatMap(({ subsystem, reasons }) =>
      reasons.filter(name => name !== null && !reasonEntry(subsystem ?? 'core', name)),
    );
    expect(unknown).toEqual([]);
    for (const name of BENIGN_RULES.flatMap(({ functions }) => functions ?? []))
      expect(name).toMatch(/^[a-z_][a-z0-9_]*$/);
  });

  it('hide a reason at every place only when its entry does not say no', () => {
    const everywhere = BENIGN_RULES.filter(({ functions, when }) => !functions && !when);
    for (const { reasons, subsystem } of everywhere)
      for (const name of reasons) expect(reasonEntry(subsystem ?? 'core', name!)?.benign).not.toBe('no');
  });

  it('cover every reason that is always benign', () => {
    for (const { name, benign } of Object.values(DROP_REASONS))
      if (benign === 'always') expect(isBenignDrop(core(name, null)).benign, name).toBe(true);
  });

  it('answer the same object each time', () => {
    const drop = core('TCP_OLD_SEQUENCE', 'tcp_validate_incoming');
    expect(isBenignDrop(drop)).toBe(isBenignDrop({ ...drop }));
  });
});

describe('packetDecides', () => {
  it.each<[string, string | null, boolean]>([
    ['NOT_SPECIFIED', 'ip6_mc_input', true],
    ['NOT_SPECIFIED', 'tcp_v6_rcv', true],
    ['NOT_SPECIFIED', 'ip_rcv_finish_core.constprop.0', true],
    ['NOT_SPECIFIED', 'inet_sock_destruct', false],
    ['NOT_SPECIFIED', null, false],
    ['NO_SOCKET', 'ping_rcv', false],
    ['OTHERHOST', 'ip_rcv_core', false],
    ['NETFILTER_DROP', 'nft_do_chain', false],
  ])('%s at %s: %s', (reason, place, expected) => expect(packetDecides(core(reason, place))).toBe(expected));
});

it.each([
  ['224.0.0.251', true],
  ['239.255.255.250', true],
  ['FF02::FB', true],
  ['ff01::1', true],
  ['ff12::8384', true],
  ['ff05::c', true],
  ['224.0.10.1', false],
  ['239.1.1.1', false],
  ['ff05::9', false],
  ['ff1e::1', false],
  ['2001:db8::1', false],
  ['10.0.0.1', false],
])('chatter group %s: %s', (address, expected) => expect(isChatterGroup(address)).toBe(expected));

describe('placeHint', () => {
  it('tells what the place adds to the reason', () => {
    expect(placeHint(core('NETFILTER_DROP', 'nft_do_chain'))).toMatch(/nft monitor trace/);
    expect(placeHint(core('NETFILTER_DROP', 'nf_hook_slow'))).toMatch(/conntrack -S/);
    expect(placeHint(core('NOT_SPECIFIED', 'ip_rcv_finish_core.constprop.0'))).toMatch(/martian/);
    expect(placeHint(core(null, 'veth_xmit'))).toMatch(/peer/);
  });

  it('says nothing where the reason says it all', () => {
    expect(placeHint(core('IP_RPFILTER', 'ip_rcv_finish_core'))).toBeUndefined();
    expect(placeHint(core('NO_SOCKET', 'tcp_v4_rcv'))).toBeUndefined();
    expect(
      placeHint({ reason: 'METER', subsystem: 'openvswitch', function: 'nft_do_chain' }),
    ).toBeUndefined();
    expect(placeHint(core('NOT_SPECIFIED', null))).toBeUndefined();
  });
});
