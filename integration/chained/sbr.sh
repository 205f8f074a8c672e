# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154  # what is set here is read elsewhere, and the other way round
# sbr, for 83-chained-kinds.sh: the second interface of a container answers through itself.

# second KIND VERB [MEMBERS] - a call about eth1 of one
second() {
	local network=other
	PLUGIN=$bin/$1 type=$1 config=$(network_config "${3:-\"x\": 1}")
	[ -z "${chain-}" ] || config=$(jq -c --argjson result "$chain" '. + {prevResult: $result}' <<<"$config")
	cni "$2" one eth1
	is "$status" 0 "$1 $2 eth1 ${3:0:60}"
	[ "$status" -eq 0 ] || explain "$output"
	[ "$2" != ADD ] || [ "$status" -ne 0 ] || chain=$output
}

# routes_of_one - those of the main table, and of all others but "local"
routes_of_one() {
	(ip -n one route show && ip -n one -6 route show && ip -n one rule show && ip -n one -6 rule show) | sort
}

ip -n outside route replace 10.0.0.0/8 via 192.0.2.1
ip -n outside route replace fd00::/16 via 2001:db8:1::1
remember_world
for maker in bridge ptp; do
	attach $maker one "${made_by[$maker]}"
	members=$(jq -c '.ipam.ranges = [[{subnet: "10.88.0.0/16"}], [{subnet: "fd00:88::/64"}]] | .bridge = "sec0"' <<<"{${made_by[$maker]}}" | sed 's/^{//; s/}$//')
	chain=''
	second $maker ADD "$members"
	made=$chain address=$(address_of 4) address6=$(address_of 6)
	was=$(routes_of_one) index=$(ip -n one -j link show eth1 | jq '.[0].ifindex')
	table=$((51871000 + index))
	second sbr ADD
	is "$(jq -cS . <<<"$chain")" "$(jq -cS . <<<"$made")" "$maker: the result is handed on"
	is "$(ip -n one route show dev eth1)$(ip -n one -6 route show dev eth1 | grep -v '^fe80')" '' "$maker: the main table has no route over eth1 any more"
	is "$(ip -n one rule show | grep -c "29999:.*from $address lookup $table")$(ip -n one -6 rule show | grep -c "29999:.*from $address6 lookup $table")" 11 \
		"$maker: each address has a rule"
	for family in 4 6; do
		target=$([ $family = 4 ] && echo 192.0.2.2 || echo 2001:db8:1::2)
		source=$([ $family = 4 ] && echo "$address" || echo "$address6")
		is "$(ip -n one route get "$target" from "$source" | grep -o 'dev [a-z0-9]*')" 'dev eth1' "$maker: what IPv$family sends from it leaves over eth1"
		is "$(ip -n one route get "$target" | grep -o 'dev [a-z0-9]*')" 'dev eth0' "$maker: and everything else over eth0"
		ok "$maker: it is reached over IPv$family" ping_from outside "$source"
	done
	second sbr CHECK
	for case in "rule from $address lookup $table is missing|rule del from $address lookup $table|rule add from $address lookup $table priority 29999" \
		"default route via 10.88.0.1 is missing in table $table|route del default via 10.88.0.1 table $table|route add default via 10.88.0.1 dev eth1 table $table proto 200"; do
		IFS='|' read -r pattern break mend <<<"$case"
		# shellcheck disable=SC2086  # words of a command
		ip -n one $break
		PLUGIN=$bin/sbr type=sbr config=$(network=other network_config '"x": 1' | jq -c --argjson result "$chain" '. + {prevResult: $result}')
		cni CHECK one eth1
		like "$status $(result '"\(.code) \(.msg) \(.details)"')" "^1 106 .*$pattern.*moved routes" "$maker: CHECK: $pattern"
		# shellcheck disable=SC2086
		ip -n one $mend
		second sbr CHECK
	done
	chain='' second sbr DEL
	is "$(routes_of_one)" "$was" "$maker: DEL moves everything back"
	chain='' second sbr DEL
	chain=$made
	second sbr ADD '"table": 4242'
	is "$(routes_of_one | grep -v 'lookup 4242')" "$was" "$maker: with a table of somebody else's no route moves"
	is "$(routes_of_one | grep -c 'lookup 4242')" 2 "$maker: but there are rules"
	netns='' chain='' second sbr DEL
	is "$(routes_of_one)" "$was" "$maker: DEL without CNI_NETNS"
	chain=$made
	second sbr ADD '"addSourceHints": true, "gateways": ["10.88.0.1"]'
	isnt "$(ip -n one route show dev eth1 | grep -c 'scope link')" 0 "$maker: with source hints the link stays in the main table"
	chain='' second sbr DEL
	is "$(routes_of_one)" "$was" "$maker: DEL with a gateway of the configuration"
	chain=$made
	second sbr ADD
	remove_container one
	chain='' second sbr DEL
	is "$(test -e /run/netns/one && echo there)$(records sbr)" 0 "$maker: DEL when the namespace is gone makes nothing"
	make_container one
	chain='' second $maker DEL
	chain='' cni_as $maker DEL one
done
attach ptp one "${made_by[ptp]}"
refused sbr ADD three '"x": 1' '7 interface eth0 is missing' 'ADD of sbr without an interface'
chain='' refused sbr ADD one '"x": 1' '7 This plugin must be called as chained plugin' 'ADD of sbr without a result'
was=$(routes_of_one)
for members in '"x": 1' '"table": 4242'; do
	chained sbr ADD one "$members"
	moved=$(routes_of_one)
	lose_record sbr
	chained sbr ADD one "$members"
	is "$(routes_of_one)" "$moved" "ADD of sbr with $members, whose record is lost: the rules and routes that are there are ours"
	chained sbr CHECK one "$members"
	chained sbr DEL one "$members"
	is "$(routes_of_one)" "$was" '... and DEL takes them away'
	rm "$store"/*/corrupt/*
done
refused sbr ADD one '"gateways": ["203.0.113.77"]' '100 add route .*203.0.113.77' 'an ADD that fails half-way'
is "$(routes_of_one)" "$was" '... moves everything back'
chain='' cni_as ptp DEL one
chain='' cni_as sbr STATUS '' '"x": 1'
is "$status" 0 'STATUS'
remove_container one && make_container one
ip link del sec0 2>/dev/null
world_is_unchanged 'sbr: the world is as it was before'
