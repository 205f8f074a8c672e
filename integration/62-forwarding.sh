#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Forwarding: the guard that comes with it, and the host's own IPv6 routes, which must survive it.
. "$(dirname "$0")/lib.sh"

# make_lan NAME NUMBER - a neighbour behind an interface of its own, which routes through the host
make_lan() {
	make_container "$1"
	ip link add "lan-$1" type veth peer name eth0 netns "$1"
	sysctl -q "net.ipv6.conf.lan-$1.accept_dad=0"
	place "$1" sysctl -q net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.eth0.accept_ra=0
	ip addr add "198.51.$2.1/24" dev "lan-$1"
	ip addr add "2001:db8:$2::1/64" dev "lan-$1"
	ip -n "$1" addr add "198.51.$2.2/24" dev eth0
	ip -n "$1" addr add "2001:db8:$2::2/64" dev eth0
	ip -n "$1" link set eth0 up
	ip link set "lan-$1" up
	ip -n "$1" route add default via "198.51.$2.1"
	wait_for ip -n "$1" route add default via "2001:db8:$2::1" dev eth0
	wait_for ping_from "$1" "2001:db8:$2::1"
}

# guarded FROM NUMBER NAME - assertions: this LAN does not reach the LAN of that number, over either family
guarded() {
	not_ok "$3: IPv4" ping_from "$1" "198.51.$2.2" -W 0.3
	not_ok "$3: IPv6" ping_from "$1" "2001:db8:$2::2" -W 0.3
}

routed() {
	ok "$3: IPv4" ping_from "$1" "198.51.$2.2"
	ok "$3: IPv6" ping_from "$1" "2001:db8:$2::2"
}

# world_again - a host that has not seen cambric: forwarding off, no table, no store
world_again() {
	nft flush ruleset && rm -rf "$store"
	sysctl -q net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
}

dual='"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}'
make_container one two
make_lan red 10
make_lan blue 20
config=$(network_config "$dual, \"capabilities\": {\"portMappings\": true}, \"runtimeConfig\": {\"portMappings\": [{\"hostPort\": 8080, \"containerPort\": 80, \"protocol\": \"tcp\"}]}")
guarded red 20 'before cambric the host routes nothing'

# A bridge that is not ours: with br_netfilter the rules of the host see what its ports say to each other
[ -e /proc/sys/net/bridge ] || modprobe br_netfilter
sysctl -q net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1
ip link add br9 type bridge && ip link set br9 up
ip addr add 198.51.90.1/24 dev br9
for number in 1 2; do
	make_container "port$number"
	ip link add "port$number" master br9 type veth peer name eth0 netns "port$number"
	place "port$number" sysctl -q net.ipv6.conf.eth0.accept_dad=0
	ip link set "port$number" up
	ip -n "port$number" addr add "198.51.90.1$number/24" dev eth0
	ip -n "port$number" addr add "2001:db8:90::1$number/64" dev eth0
	ip -n "port$number" link set eth0 up
done
bridged() {
	ok "$1: neighbours on a bridge of others" ping_from port1 198.51.90.12
	ok "$1: over IPv6, too" ping_from port1 2001:db8:90::12
}
bridged 'before cambric'

# --- the guard ---
cni ADD one
is "$status" 0 'ADD turns forwarding on'
is "$(sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding | tr '\n' ' ')" '1 1 ' 'for both families'
guarded red 20 'two LANs are not routed to each other'
guarded blue 10 'in neither direction'
guarded red 20 'nor'
bridged 'the guard'
# What comes back out of where it came in, without a bridge, was routed
ip -n red route add 203.0.113.9 via 198.51.10.1
ip route add 203.0.113.9 via 198.51.10.2
place red nft 'add table inet count; add chain inet count input { type filter hook prerouting priority 0; };
	add rule inet count input ip daddr 203.0.113.9 counter'
ping_from red 203.0.113.9 -W 0.3 >/dev/null
like "$(place red nft list table inet count)" 'counter packets 0 ' 'nothing is routed back to the LAN it came from'
place red nft delete table inet count
address=$(address_of 4) address_ipv6=$(address_of 6)
serve one tcp:80
for lan in red blue; do
	number=$([ "$lan" = red ] && echo 10 || echo 20)
	ok "$lan reaches the container" ping_from "$lan" "$address"
	ok "$lan reaches the container over IPv6" ping_from "$lan" "$address_ipv6"
	ok "the container reaches $lan" ping_from one "198.51.$number.2"
	ok "the container reaches $lan over IPv6" ping_from one "2001:db8:$number::2"
	is "$(ask "$lan" tcp "198.51.$number.1" 8080)" "one 198.51.$number.2" "$lan reaches the published port"
	is "$(ask "$lan" tcp "2001:db8:$number::1" 8080)" "one 2001:db8:$number::2" "$lan reaches the published port over IPv6"
done
make_lan green 30
routed green 10 'an interface made after the guard is routed'
routed blue 30 'from and to'
config=$(network_config "$dual")
nft flush ruleset
routed red 20 'a flushed ruleset guards nothing'
cni ADD two
guarded red 20 'with the next ADD the guard is back'
routed green 10 'for the same interfaces as before'
nft delete table inet cambric
cni DEL two
guarded red 20 'and with the next DEL'
sysctl -q net.ipv4.ip_forward=0
cni ADD two
is "$(sysctl -n net.ipv4.ip_forward)" 1 'forwarding that somebody turned off is on again'
guarded red 20 'with the same guard'
routed green 10 'and not with another'
"$PLUGIN" guard off
is "$?" 0 'cambric guard off'
routed red 20 'ends it'
cni DEL two && cni ADD two
routed red 20 'for good'
nft flush ruleset && cni DEL two
routed red 20 'also after a flush'
cni DEL one
world_again

# --- without a guard ---
config=$(network_config "$dual, \"forwardGuard\": false")
cni ADD one
is "$(sysctl -n net.ipv4.ip_forward)" 1 'forwardGuard false: forwarding is on'
routed red 20 'and everybody is routed'
cni DEL one
world_again
sysctl -q net.ipv4.ip_forward=1
config=$(network_config "$dual")
cni ADD one
ok 'forwarding was on already: no guard for IPv4' ping_from red 198.51.20.2
not_ok 'but for IPv6, which was off' ping_from red 2001:db8:20::2 -W 0.3
cni DEL one
world_again
sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
cni ADD one
routed red 20 'forwarding of both was on already: no guard'
cni DEL one
is "$(sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding | tr '\n' ' ')" '1 1 ' 'and it stays on'
world_again
config=$(network_config)
cni ADD one
is "$(sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding | tr '\n' ' ')" '1 0 ' 'an IPv4-only network leaves IPv6 as it is'
cni DEL one
world_again

# --- a host whose IPv6 route comes from router advertisements ---
# router_settings LIFETIME - what radvd says, in seconds
router_settings() {
	cat >"$scratch/radvd.conf" <<-END
		interface eth0 {
			AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; AdvDefaultLifetime $1;
			prefix 2001:db8:77::/64 { };
		};
	END
}
has_router() {
	ip -6 route show default proto ra dev uplink | grep -q "via $router_address"
}
# lifetime - seconds that the default route has left
lifetime() {
	ip -6 route show default proto ra dev uplink | sed -n 's/.*expires \([0-9]*\)sec.*/\1/p'
}
longer_than() {
	[ "$(lifetime)" -gt "$1" ]
}
ip -6 route del default via 2001:db8:1::2
place outside sysctl -q net.ipv6.conf.all.forwarding=1
sysctl -q net.ipv6.conf.uplink.accept_ra=1
router_address=$(place outside ip -j -6 addr show dev eth0 scope link | jq -r '[.[].addr_info[]? | .local // empty][0]')
router_settings 60
place outside radvd -C "$scratch/radvd.conf" -p "$scratch/radvd.pid" -m stderr 2>"$scratch/radvd.log"
# The host asks when its interface comes up
ip link set uplink down && ip link set uplink up
ok 'a default route from a router advertisement' wait_for has_router
[ "$tap_failed" -eq 0 ] || explain "$(<"$scratch/radvd.log")" "$(ip -6 route)"
ip addr replace 2001:db8:1::1/64 dev uplink
ip route replace default via 192.0.2.2
# As systemd-networkd and NetworkManager do it: they listen, the kernel does not
sysctl -q net.ipv6.conf.lan-blue.accept_ra=0
ip -6 route add default via fe80::b dev lan-blue proto ra metric 2000
config=$(network_config "$dual")
cni ADD one
is "$status" 0 'ADD with IPv6'
is "$(sysctl -n net.ipv6.conf.all.forwarding)" 1 'turns forwarding on'
ok 'and the host keeps its default route' has_router
is "$(sysctl -n net.ipv6.conf.uplink.accept_ra)" 2 'since it goes on listening there'
is "$(sysctl -n net.ipv6.conf.lan-red.accept_ra)" 2 'and where no router has spoken yet'
is "$(sysctl -n net.ipv6.conf.lan-blue.accept_ra)" 0 'not where a daemon listens instead of the kernel'
like "$(ip -6 route show default dev lan-blue)" 'via fe80::b' 'whose route stays all the same'
ip -6 route del default dev lan-blue
router_settings 600
kill -HUP "$(<"$scratch/radvd.pid")"
ok 'a further advertisement renews the route' wait_for longer_than 100
ok 'the container reaches the outside through it' ping_from one 2001:db8:1::2
ok 'a router that says goodbye' kill "$(<"$scratch/radvd.pid")"
no_router() {
	! has_router
}
ok 'is believed, too' wait_for no_router

cni DEL one
done_testing
