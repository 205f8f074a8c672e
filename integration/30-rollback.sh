#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The invariants of the table: a failure behind any row leaves nothing, removing what is not there succeeds, what is
# shared survives the removal of one user, verifying changes nothing.
. "$(dirname "$0")/lib.sh"

ports='"capabilities": {"portMappings": true}, "runtimeConfig": {"portMappings": [
	{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}, {"hostPort": 5353, "containerPort": 53, "protocol": "udp"}]}'
dual='"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}'
make_container one two three

# The table of nftables, forwarding and the store's caches stay by design: they are there before the snapshot
config=$(network_config "$dual")
cni ADD three && cni DEL three
is "$status" 0 'the world is warm'

rows=$("$fail_after")
for ((row = 0; row <= rows; row++)); do
	config=$(network_config "$dual, $ports")
	remember_world
	fails_behind "$row" 'first of its network'
done

config=$(network_config "$dual")
cni ADD two
is "$status" 0 'a neighbour is attached'
neighbour=$(address_of 4)
neighbour_ipv6=$(address_of 6)
for ((row = 0; row <= rows; row++)); do
	config=$(network_config "$dual, $ports")
	remember_world
	fails_behind "$row" 'second of its network'
done
ok 'the neighbour is still reached' ping_from host "$neighbour"
ok 'and over IPv6' ping_from host "$neighbour_ipv6"

config=$(network_config "$dual, $ports")
cni ADD one
is "$status" 0 'the real ADD succeeds after all these failures'
config=$(config_with_result)
remember_world
cni CHECK one
is "$status" 0 'CHECK succeeds'
world_is_unchanged 'CHECK changes nothing'

config=$(network_config "$dual, $ports")
cni DEL one
is "$status" 0 'DEL'
remember_world
cni DEL one
is "$status$output" 0 'DEL again succeeds and says nothing'
world_is_unchanged 'and changes nothing'
ok 'removing one attachment leaves the neighbour reachable' ping_from host "$neighbour"
cni DEL three
is "$status" 0 'DEL of what was never there'
world_is_unchanged 'and changes nothing either'

# A result that nobody can read is no attachment
remember_world
env -i CNI_COMMAND=ADD CNI_PATH=/x CNI_CONTAINERID=one CNI_NETNS=/run/netns/one CNI_IFNAME=eth0 "$PLUGIN" <<<"$config" >/dev/full
is "$?" 1 'ADD fails when its result cannot be written'
world_is_unchanged 'and takes everything back'

# What a route of the configuration makes fail late, inside the container
config=$(network_config '"ipam": {"subnet": "10.77.0.0/16", "routes": [{"dst": "0.0.0.0/0"}, {"dst": "192.0.2.0/24", "gw": "203.0.113.1"}]}')
cni ADD one
is "$status" 1 'ADD fails when a route is refused'
like "$(result .msg)" '192.0.2.0/24 via 203.0.113.1.*unreachable' 'the message names the route and the reason'
like "$(result .details)" 'kernel: .*resource: container' 'details have the words of the kernel and the resource'
world_is_unchanged 'and nothing is left'

cni DEL two
is "$status" 0 'the neighbour goes'

# On a cold host, where the ruleset is built on the way: what the rebuild brought in must go as well
cold_failure() {
	nft delete table inet cambric
	rm -rf "$store"
	sysctl -q net.ipv4.ip_forward="$2"
	remember_world
	cni ADD one
	is "$status" 1 "cold host, $1: ADD fails"
	[ "$status" -eq 1 ] || explain "$output"
	nft -j list table inet cambric 2>/dev/null |
		jq -c '[.nftables[] | (.set // .map // empty) | select(.elem) | select(.name | test("^(before|within)[46]$") | not) | .name]' >"$scratch/elements"
	like "$(<"$scratch/elements")" '^(\[\])?$' "cold host, $1: no element is left"
	is "$(find "$store" -path '*/net/*/a/*' -o -path '*/use/*')" '' "cold host, $1: no record is left"
	is "$(ip route show proto 200)$(ip -6 route show proto 200)$(ip -o link show group 51771)" '' "cold host, $1: no route and no interface"
}

config=$(network_config "\"ipam\": {\"subnet\": \"10.77.0.0/16\"}, $ports")
for forwarding in 0 1; do
	cni_args='IP=10.77.0.9'
	ip route add 10.77.0.9/32 dev uplink
	cold_failure "address of somebody else, forwarding $forwarding" "$forwarding"
	ip route del 10.77.0.9/32 dev uplink
	cni_args=
	ip link del cambric0 && ip link add cambric0 type bridge
	cold_failure "a bridge cambric0 of somebody else, forwarding $forwarding" "$forwarding"
	ok 'which is left alone' ip link del cambric0
	plain=$config
	config=$(jq -c '.runtimeConfig.portMappings[0].hostIP = "198.51.100.1"' <<<"$config")
	cold_failure "hostIP of somebody else, forwarding $forwarding" "$forwarding"
	config=$plain
done
cni ADD one
is "$status" 0 'and then it works'
cni DEL one
done_testing
