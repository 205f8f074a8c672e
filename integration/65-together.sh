#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# All features in one network, routed and on a bridge: a packet is marked, translated, filtered, slowed down and routed as each
# of them says, and nothing is left.
. "$(dirname "$0")/lib.sh"

make_container one two second
ip link add uplink2 type veth peer name eth0 netns second
sysctl -q net.ipv6.conf.uplink2.disable_ipv6=1
place second sysctl -q net.ipv6.conf.all.disable_ipv6=1
ip addr add 198.51.100.1/24 dev uplink2
ip -n second addr add 198.51.100.2/24 dev eth0
ip -n second link set eth0 up
ip link set uplink2 up
wait_for link_is_ready uplink2
ip route add default via 198.51.100.2 table 100
# A far place on both ways out: who answers tells which was taken; the way back to public addresses
for name in outside second; do
	ip -n $name addr add 203.0.113.9/32 dev lo
	serve $name tcp:443 tcp:80 udp:6000
done
ip -n second route add 192.0.2.0/24 via 198.51.100.1
ip -n outside route add 10.77.0.0/16 via 192.0.2.1

# in_background PLACE PROGRAM ARGUMENT... - a server that says when it is ready
in_background() {
	local ready
	exec {ready}< <(exec nsenter --net="/run/netns/$1" /usr/bin/python3 -SE "integration/$2" "${@:3}")
	read -r -t 5 -u "$ready" || return 1
}
in_background outside headers.py 5060
in_background one transfer.py serve 5001
serve one tcp:80 udp:53
# udp:53 of the neighbour outside is what a rule forbids
serve outside udp:53

everything='"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}, "sourceRouting": true,
	"promisc": true, "txQLen": 77, "sysctl": {"net.ipv4.conf.IFNAME.arp_filter": "1"},
	"mark": [{"ttl": 100}, {"protocol": "udp", "destinationPorts": [5060], "dscp": "ef"},
		{"protocol": "tcp", "destinationPorts": [443], "fwmark": "0x10/0xf0", "table": 100}],
	"firewall": {"ingress": "isolated", "rules": [{"direction": "out", "action": "reject", "protocol": "udp", "destinationPorts": [53]}]},
	"ingressRate": 8000000, "ingressBurst": 400000, "egressRate": 8000000, "egressBurst": 400000'
static='"runtimeConfig": {"nat": {"static": [{"public": "192.0.2.10"}]},
	"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}'

# behaves WHEN - assertions: everything holds
behaves() {
	is "$(ask one udp 192.0.2.2 5060)" 'dscp 46 ecn 0 ttl 100' "$1: marked"
	is "$(ask one udp 192.0.2.2 6000)" 'outside 192.0.2.10' "$1: with the public address"
	is "$(ask one tcp 203.0.113.9 443)" 'second 192.0.2.10' "$1: by its mark the other way, with the public address"
	is "$(ask one tcp 203.0.113.9 80)" 'outside 192.0.2.10' "$1: without a mark the usual way"
	is "$(ask outside tcp 192.0.2.10 80)" 'one 192.0.2.2' "$1: the public address is reached"
	is "$(ask outside tcp 192.0.2.1 8080)" 'one 192.0.2.2' "$1: so is the published port"
	not_ok "$1: but not its own address" ask outside tcp "$one4" 80
	like "$(ask one udp 192.0.2.2 53 2>&1)" 'refused' "$1: a rule rejects"
	not_ok "$1: a neighbour is shut out" ask two tcp "$one4" 80
}

# takes PUT_OR_GET NAME - a megabyte at 8 Mbit/s takes a second, less what the bucket holds
takes() {
	local took
	took=$(/usr/bin/python3 -SE integration/transfer.py "$1" "$one4" 5001 1000000 2>&1)
	[ "$took" -ge 900 ] && [ "$took" -le 3000 ]
	verdict $? "$2" "took $took ms, expected a second"
}

for mode in routed bridge; do
	config=$(network_config "\"mode\": \"$mode\", $everything")
	cni ADD two && cni DEL two
	remember_world
	cni ADD two
	is "$status$errors" 0 "$mode: ADD of a neighbour"
	config=$(network_config "\"mode\": \"$mode\", $everything, $static")
	plain=$config
	cni ADD one
	is "$status$errors" 0 "$mode: ADD"
	[ "$status" -eq 0 ] || explain "$output"
	one4=$(address_of 4)
	config=$(config_with_result)
	cni CHECK one
	is "$status$output" 0 "$mode: CHECK"
	behaves "$mode"
	takes put "$mode: slowed down to the container"
	takes get "$mode: and from it"
	table=$((51771000 + $(place one ip -j link show eth0 | jq '.[0].ifindex')))
	is "$(place one ip route get 192.0.2.2 from "$one4" | grep -o 'table [0-9]*')" "table $table" "$mode: its own table routes it"
	ok "$mode: in which the gateway is reached" ping_from one 10.77.0.1 -I "$one4"
	like "$(place one ip link show eth0)" 'PROMISC.* qlen 77' "$mode: flags and queue"
	is "$(place one cat /proc/sys/net/ipv4/conf/eth0/arp_filter)" 1 "$mode: a sysctl"

	# Whoever flushes the ruleset takes marks, translations and rules away; one verb of any container brings all back
	nft flush ruleset
	isnt "$(ask one udp 192.0.2.2 5060)" 'dscp 46 ecn 0 ttl 100' "$mode: without the ruleset nothing is marked"
	config=$(network_config "\"mode\": \"$mode\", $everything")
	cni DEL two && cni ADD two
	is "$status" 0 "$mode: the neighbour's ADD after a flush"
	behaves "$mode, healed"
	config=$plain
	cni DEL one && cni DEL two
	is "$status$output" 0 "$mode: DEL of both"
	is "$(ip rule show | grep -c 'proto 200')$(ip -br link show type ifb | wc -l)$(place one ip rule show | grep -c 51771)" 000 \
		"$mode: no rule and no ifb"
	world_is_unchanged "$mode: the world is as it was before"
done
done_testing
