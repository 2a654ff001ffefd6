#!/bin/bash
# Prints one line {"kernel", "scenario", "drop"} per drop that is not benign, of troubles made on purpose in three
# network namespaces: client - router - server. Run as root in the checkout, on each kernel:
#   src/diagnose/testdata/record-drops.sh >> src/diagnose/testdata/recorded-drops.ndjson
#   npm run vm -- 6.1 -- src/diagnose/testdata/record-drops.sh >> ...
# Lines that tell the same again (scenario, reason, function, family) may be taken out.
set -u
root=$(readlink -f "$(dirname "$0")/../../..")
pre=nw$$
work=$(mktemp -d)
roles=(client router server)
cleanup() {
  [ -n "${watcher:-}" ] && kill -INT "$watcher" 2> "$work/kill.log"
  for role in "${roles[@]}"; do ip netns del "$pre$role" 2>> "$work/kill.log"; done
  rm -rf "$work"
}
trap cleanup EXIT
client() { ip netns exec "${pre}client" "$@"; }
router() { ip netns exec "${pre}router" "$@"; }
server() { ip netns exec "${pre}server" "$@"; }

for role in "${roles[@]}"; do
  ip netns add "$pre$role"
  ip -n "$pre$role" link set lo up
done
ip link add a0 netns "${pre}client" type veth peer name r0 netns "${pre}router"
ip link add b0 netns "${pre}server" type veth peer name r1 netns "${pre}router"
address() { ip -n "$pre$1" addr add "$3" dev "$2" && ip -n "$pre$1" addr add "$4" dev "$2" nodad && ip -n "$pre$1" link set "$2" up; }
address client a0 10.1.0.1/24 fd01::1/64
address router r0 10.1.0.2/24 fd01::2/64
address router r1 10.2.0.2/24 fd02::2/64
address server b0 10.2.0.1/24 fd02::1/64
router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
client ip route add default via 10.1.0.2
client ip -6 route add default via fd01::2
server ip route add default via 10.2.0.2
server ip -6 route add default via fd02::2

node "$root/dist/bin/netwhy.js" drops --json > "$work/drops" 2> "$work/log" &
watcher=$!
for _ in $(seq 200); do grep -q watching "$work/log" && break; sleep 0.1; done
sleep 0.3

: > "$work/at"
told() {
  sleep 0.8
  python3 - "$1" "$work" "$pre" "$(uname -r | cut -d. -f1,2)" << 'PY'
import json, os, sys
scenario, work, pre, kernel = sys.argv[1:]
text = open(f'{work}/drops').read()
start = int(open(f'{work}/at').read() or 0)
end = text.rfind('\n') + 1
open(f'{work}/at', 'w').write(str(end))
for line in text[start:end].splitlines():
    drop = json.loads(line)
    name = drop.get('netnsName')
    if drop['type'] != 'drop' or (name is not None and not name.startswith(pre)): continue
    if name is None and (drop['packet'] or {}).get('src') not in ('10.1.0.1', 'fd01::1'): continue
    if name: drop['netnsName'] = name[len(pre):]
    print(json.dumps({'kernel': kernel, 'scenario': scenario, 'drop': drop}, separators=(',', ':')))
PY
}

# Packets that the kernel's own tools do not send.
send() {
  client python3 - "$@" << 'PY'
import socket, struct, sys
what, mac = sys.argv[1], sys.argv[2]
inet = lambda text: socket.inet_pton(socket.AF_INET, text)
inet6 = lambda text: socket.inet_pton(socket.AF_INET6, text)
data = b'x' * 64
udp = struct.pack('!HHHH', 1000, 2000, 8, 0)
def v4(src, body, dst='10.2.0.1', flags=0, total=0):
    return struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(body), 77, flags, 64, 17, total, inet(src), inet(dst)) + body
def v6(src, body, dst='fd02::1', header=17):
    return struct.pack('!IHBB16s16s', 6 << 28, len(body), header, 64, inet6(src), inet6(dst)) + body
raw4 = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
raw6 = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
def sources(v4s, v6s):
    for src in v4s: raw4.sendto(v4(src, udp), ('10.2.0.1', 0))
    for src in v6s: raw6.sendto(v6(src, udp), ('fd02::1', 0))
if what == 'fragment':
    for flags in (0x2000, 0x2009): raw4.sendto(v4('10.1.0.1', data, flags=flags), ('10.2.0.1', 0))
    raw6.sendto(v6('fd01::1', struct.pack('!BBHI', 17, 0, 1, 99) + data, header=44), ('fd02::1', 0))
elif what == 'odd-source': sources(('127.0.0.1', '224.0.0.5', '255.255.255.255'), ('::1', 'ff02::1'))
elif what == 'own-source': sources(('10.2.0.1',), ())
elif what == 'udp-closed': sources((), ('fd01::1',))
else:
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    link.bind(('a0', 0))
    hexed = lambda text: bytes.fromhex(text.replace(':', ''))
    head = hexed(mac) + hexed(open('/sys/class/net/a0/address').read().strip())
    if what == 'ethertype': link.send(head + struct.pack('!H', 0x88b5) + data)
    else:
        link.send(head + struct.pack('!HHH', 0x8100, 7, 0x0800) + v4('10.1.0.1', udp, '10.1.0.2', total=0x64d3))
        link.send(head + struct.pack('!HHH', 0x8100, 7, 0x86dd) + v6('fd01::1', udp, 'fd01::2'))
PY
}
ping4() { client ping -c1 -W1 "$@" > "$work/ping" 2>&1; }
ping6() { client ping -6 -c1 -W1 "$@" > "$work/ping" 2>&1; }

server sysctl -qw net.ipv4.ipfrag_time=1 net.ipv6.ip6frag_time=1
mac=$(router cat /sys/class/net/r0/address)
for scenario in odd-source own-source udp-closed vlan ethertype; do send "$scenario" "$mac"; told "$scenario"; done
send fragment "$mac"; sleep 2; told fragment
for type in blackhole prohibit unreachable; do
  router ip -6 route add "$type" fd02::1/128; ping6 fd02::1; told "v6-$type"; router ip -6 route del "$type" fd02::1/128
done
ping6 fd09::1; told v6-noroute
ping4 10.9.0.1; told v4-noroute
router sysctl -qw net.ipv6.conf.all.forwarding=0; ping6 fd02::1; told v6-forward-off; router sysctl -qw net.ipv6.conf.all.forwarding=1
router sysctl -qw net.ipv4.ip_forward=0; ping4 10.2.0.1; told v4-forward-off; router sysctl -qw net.ipv4.ip_forward=1
router ip route add blackhole 10.2.0.1/32; ping4 10.2.0.1; told v4-blackhole; router ip route del blackhole 10.2.0.1/32
server ip link set b0 mtu 1300; ping4 -s 1400 -M do 10.2.0.1; told peer-mtu; server ip link set b0 mtu 1500
router ip link set r1 mtu 1300; ping4 -s 1400 -M do 10.2.0.1; ping6 -s 1400 -M do fd02::1; told fwd-mtu; router ip link set r1 mtu 1500
ping4 -t 1 10.2.0.1; ping6 -t 1 fd02::1; told ttl
client ip neigh replace 10.1.0.2 lladdr 02:00:00:00:00:99 dev a0
client ip neigh replace fd01::2 lladdr 02:00:00:00:00:99 dev a0
ping4 10.2.0.1; ping6 fd02::1; told wrong-mac
client ip neigh del 10.1.0.2 dev a0; client ip neigh del fd01::2 dev a0
server sysctl -qw net.ipv4.conf.b0.rp_filter=1; server ip route add 10.1.0.0/24 dev lo; ping4 10.2.0.1; told rpfilter
ping4 -W4 10.2.0.99; ping6 -W4 fd02::99; told neigh
router ip neigh flush dev r1; server ip link set b0 down; ping4 10.2.0.1; ping6 fd02::1; sleep 2; told no-carrier
