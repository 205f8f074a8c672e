#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The harness itself: a snapshot that misses a change, or a client that reports an answer it never got, proves nothing.
. "$(dirname "$0")/lib.sh"

# sees NAME COMMAND... - the snapshot differs after the command
sees() {
	mv "$scratch/world.after" "$scratch/world.before"
	"${@:2}" || explain "failed: ${*:2}"
	world >"$scratch/world.after"
	not_ok "the snapshot sees $1" cmp -s "$scratch/world.before" "$scratch/world.after"
}

make_container one two
remember_world
world_is_unchanged 'two snapshots of the same world are equal'

sees 'a link' ip link add extra type bridge
sees 'the state of a link' ip link set extra up
sees 'an address' ip addr add 10.77.9.1/24 dev extra
sees 'a route' ip route add 10.78.0.0/16 dev extra
sees 'a route in another table' ip -6 route add unreachable 2001:db8:9::/64 table 77
sees 'a rule' ip rule add from 10.77.0.0/16 table 77
sees 'a permanent neighbour' ip neigh add 10.77.9.2 lladdr 02:00:00:00:00:01 dev extra nud permanent
sees 'a link in a container' ip -n one link add extra type bridge
sees 'a route in a container' ip -n one route add blackhole 10.79.0.0/16
sees 'a table of nftables' nft add table inet example
sees 'a set' nft add set inet example addresses '{ type ipv4_addr; }'
sees 'an element of a set' nft add element inet example addresses '{ 10.77.0.1 }'
sees 'a setting of one interface' sysctl -q net.ipv4.conf.extra.rp_filter=1
sees 'forwarding' sysctl -q net.ipv4.ip_forward=1
mkdir -p "$store/epoch/net/net/a" "$store/epoch/bits"
write_to() {
	echo "$2" >"$1"
}
sees 'a record' write_to "$store/epoch/net/net/a/record" one
sees 'the content of a record' write_to "$store/epoch/net/net/a/record" two
remember_world
write_to "$store/epoch/bits/leaf" cache
world_is_unchanged 'the snapshot leaves caches of the store out'

ok 'the host reaches its neighbour' ping_from host 192.0.2.2
ok 'the host reaches its neighbour over IPv6' ping_from host 2001:db8:1::2
not_ok 'nothing reaches a container that is not attached' ping_from outside 10.77.0.2 -W 1
serve host tcp:8080 udp:8080
is "$(ask outside tcp 192.0.2.1 8080)" 'host 192.0.2.2' 'a TCP server tells who asks'
is "$(ask outside udp 192.0.2.1 8080)" 'host 192.0.2.2' 'a UDP server tells who asks'
is "$(ask outside tcp 2001:db8:1::1 8080)" 'host 2001:db8:1::2' 'and over IPv6'
is "$(ask outside udp 2001:db8:1::1 8080)" 'host 2001:db8:1::2' 'UDP over IPv6'
not_ok 'no answer is a failure' ask outside tcp 192.0.2.1 8081
stop_server "$server"
not_ok 'a stopped server does not answer' ask outside tcp 192.0.2.1 8080
done_testing
