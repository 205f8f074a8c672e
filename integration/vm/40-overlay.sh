#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ipip between hosts with a router in between: what is on the wire, MTU, a tunnel of two ends, kernels without the module.
. "$(dirname "$0")/lib.sh"
. integration/hosts.sh
make_hosts
make_container a c d e

# to HOST SUBNET PEER_HOST PEER_SUBNET KIND [PEER_MEMBERS [MEMBERS]] - the configuration of a host with one peer into $config
to() {
	config=$(overlay_config "$1" "$2" "{\"kind\": \"$5\", \"network\": \"10.77.0.0/16\",
		\"peers\": [{\"host\": \"$3\", \"subnets\": [\"$4\"]${6:+, $6}}]${7:+, $7}}")
}
at_east() {
	to east 10.77.1.0/24 198.51.100.13/24 10.77.3.0/24 "$@"
}
at_far() {
	to far 10.77.3.0/24 192.0.2.11/24 10.77.1.0/24 "$@"
}

# watch INTERFACE COUNT - what the router forwards there, into $scratch/outer, until stop_watching
watch() {
	local ready
	: >"$scratch/outer"
	place router /usr/bin/python3 -SEB integration/tunnelled.py "$1" "$2" 20 >"$scratch/outer" &
	watcher=$!
	wait_for grep -q ready "$scratch/outer"
}

reaches() {
	ping_from "$1" "$2" "${@:4}" >/dev/null 2>&1
	verdict $? "$3"
}

for kind in ipip auto; do
	at_east "$kind" && on east cni ADD a
	is "$status" 0 "$kind: attached" "$output"
	at_far "$kind" && on far cni ADD c
	is "$status" 0 "$kind: attached at the other host" "$output"
	c=$(address_of 4)
	device=$(ip -n east -j link show type ipip | jq -r 'map(select(.ifname | strings | startswith("ipip")))[0].ifname')
	is "$(routes_of east)" "10.77.3.0/24 via 198.51.100.13 dev $device src 10.77.1.1 onlink mtu 1480
unreachable 10.77.0.0/16 metric 4000" "$kind: routes"
	like "$(ip -n east -d link show "$device")" 'mtu 1480 .*group 51772.*ipip ipip remote any local 192.0.2.11 ttl 64 tos inherit pmtudisc.*alias cambric overlay ipip 192.0.2.11' "$kind: device"
	is "$(ip -n east -br link show tunl0 | awk '{ print $2 }')" DOWN "$kind: the kernel's own tunnel stays down"
	watch near 1
	reaches a "$c" "$kind: containers reach each other"
	wait "$watcher"
	like "$(<"$scratch/outer")" "4 192.0.2.11 198.51.100.13 64 104 10.77.1.[0-9]+ $c" "$kind: on the wire it is protocol 4 between the hosts"
	reaches east "$c" "$kind: a host reaches the container of the other"
	reaches a "$c" "$kind: 1480 bytes pass" -M 'do' -s 1452
	ping_from a "$c" -M 'do' -s 1453 >/dev/null 2>&1
	isnt "$?" 0 "$kind: 1481 bytes do not"
	if [ "$kind" = ipip ]; then
		# The underlay gets narrower: the next ADD, and whoever syncs, follows; containers that are there learn it from the route
		for host in east far; do ip -n "$host" link set eth0 mtu 1400; done
		at_east ipip && on east cni ADD d
		at_far ipip && on far cni ADD e
		is "$(ip -n east -j link show "$device" | jq .[0].mtu) $(ip -n d -j link show eth0 | jq .[0].mtu)" '1380 1380' 'the MTU follows the underlay'
		like "$(routes_of east)" 'mtu 1380' 'on the routes, too'
		reaches a "$c" 'containers that were there before reach each other' -M want -s 1452 -c 3 -i 0.3
		like "$(ip -n a route get "$c")" 'mtu 1380' 'and have learnt it'
		for host in east far; do ip -n "$host" link set eth0 mtu 1500; done
		at_east ipip && on east cni DEL d
		at_far ipip && on far cni DEL e
	fi
	at_east "$kind" && on east cni DEL a
	is "$status" 0 "$kind: detached" "$output"
	at_far "$kind" && on far cni DEL c
	is "$(routes_of east)$(ip -n east link show "$device" 2>/dev/null)" '' "$kind: nothing is left"
done

# Somebody else's tunnel of the same address
ip -n east tunnel add theirs mode ipip local 192.0.2.11 remote any
at_east ipip && on east cni ADD a
is "$status $(result .code)" '1 105' 'a tunnel of the same address that somebody else has made'
like "$(result .msg)" 'theirs' 'is named'
ip -n east link del theirs

# Two hosts behind a router, a tunnel with two ends between them, addresses on both, and containers behind both
ip -n router addr add 192.168.100.1/24 dev near
ip -n router addr add 192.168.200.1/24 dev remote
make_peer left 192.168.100.10/24 192.168.100.1 near
make_peer right 192.168.200.10/24 192.168.200.1 remote
ends() {
	echo "\"pointToPoint\": true, \"address\": \"$1\", \"peerAddress\": \"$2\""
}
# device_of HOST KIND - its own for the peer
device_of() {
	ip -n "$1" -j link show type "$2" | jq -r --arg kind "$2" '[.[].ifname | strings | select(test("^" + $kind + "[0-9a-f]{8}$"))] | join(" ")'
}
# elements SET FIELD - of the accept-list of host left
elements() {
	place left nft -j list set inet cambric "$1" | jq -c "[.nftables[1].set.elem[]?.concat[$2] | if type == \"object\" then .prefix.addr else . end] | sort"
}
for kind in ipip/4/20 gre/47/24 sit/4/20; do
	IFS=/ read -r kind protocol overhead <<<"$kind"
	to left 10.77.1.0/24 192.168.200.10 10.77.3.0/24 "$kind" "$(ends 192.168.50.10 192.168.60.10)" '"ttl": 255'
	left=$config
	on left cni ADD a
	is "$status" 0 "point to point, $kind: attached" "$output"
	a=$(address_of 4) of_a=$output
	to right 10.77.3.0/24 192.168.100.10 10.77.1.0/24 "$kind" "$(ends 192.168.60.10 192.168.50.10)" '"ttl": 255'
	right=$config
	on right cni ADD c
	is "$status" 0 "point to point, $kind: attached at the other host" "$output"
	c=$(address_of 4)
	device=$(device_of left "$kind")
	like "$(ip -n left -d link show "$device")" "POINTOPOINT.*$kind .*remote 192.168.200.10 local 192.168.100.10 .*ttl 255" "point to point, $kind: device"
	like "$(ip -n left addr show "$device")" 'inet 192.168.50.10 peer 192.168.60.10/32' "point to point, $kind: addresses"
	is "$(ip -n left -6 addr show dev "$device")$(place left awk '/OutRouterSolicits/ { print $2 }' "/proc/net/dev_snmp6/$device")" 0 "point to point, $kind: no others, and nobody looks for routers"
	is "$(routes_of left)" "10.77.3.0/24 dev $device scope link src 10.77.1.1 mtu $((1500 - overhead))
unreachable 10.77.0.0/16 metric 4000" "point to point, $kind: routes"
	reaches left 192.168.60.10 "point to point, $kind: the other end answers"
	watch near 1
	reaches a "$c" "point to point, $kind: containers reach each other"
	wait "$watcher"
	like "$(<"$scratch/outer")" "$protocol 192.168.100.10 192.168.200.10 255 $((84 + overhead)) $a $c" "point to point, $kind: on the wire it is protocol $protocol between the hosts, ttl 255"
	reaches c "$a" "point to point, $kind: and back"
	config=$(output=$of_a config="$left" config_with_result)
	on left cni CHECK a
	is "$status$output" 0 "point to point, $kind: CHECK"
	# The link gets other addresses, then this host another one, and nothing of those before is left
	config=$(jq -c '.overlay.peers[0] += {address: "192.168.50.11", peerAddress: "192.168.60.11"}' <<<"$left")
	on left cni ADD d
	is "$status" 0 "point to point, $kind: the link gets other addresses" "$output"
	is "$(ip -n left -j addr show dev "$device" | jq -c '[.[].addr_info[] | [.local, .address]]') $(elements tunnel_peer4 2 | jq -c 'map(select(startswith("192.168.")))')" \
		'[["192.168.50.11","192.168.60.11"]] ["192.168.60.11"]' "point to point, $kind: those before are gone, from the accept-list, too"
	on left cni DEL d
	config=$left && on left cni ADD d
	reaches d "$c" "point to point, $kind: and back again"
	on left cni DEL d
	ip -n left addr add 192.168.100.11/24 dev eth0
	config=$(jq -c '.overlay.local = "192.168.100.11"' <<<"$left")
	on left cni ADD d
	is "$status $(elements tunnel_local 0 | jq -c unique)" '0 ["192.168.100.11"]' "point to point, $kind: this host gets another address" "$output"
	is "$(ip -n left -j -d link show "$(device_of left "$kind")" | jq -c '[.[].linkinfo.info_data.local]')" '["192.168.100.11"]' "point to point, $kind: one device, which begins there"
	on left cni DEL d
	config=$left && on left cni ADD d
	reaches d "$c" "point to point, $kind: and back again"
	on left cni DEL d
	on left cni DEL a
	config=$right && on right cni DEL c
	is "$(routes_of left)$(device_of left "$kind")$(elements tunnel_local 0)" '[]' "point to point, $kind: nothing is left"
	ip -n left addr del 192.168.100.11/24 dev eth0
done

# A kernel without ipip
for host in east west far left right router lan; do ip netns del "$host"; done
without_module ipip
make_hosts
at_east ipip && on east cni ADD a
is "$status $(result .code)" '1 100' 'a kernel without ipip' "$output"
like "$(result .msg)" 'this kernel has no ipip tunnels \(module ipip\)' 'the module is named'
is "$(routes_of east)$(ip -n a link show eth0 2>/dev/null)" '' 'nothing was made'
on east cni STATUS
is "$status $(result .code)" '1 50' 'STATUS says so'
with_module ipip
done_testing
