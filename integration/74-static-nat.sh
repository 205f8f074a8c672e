#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Static NAT, one address for another in both directions: who sees which address, who answers for it, who may have it.
. "$(dirname "$0")/lib.sh"

dual='"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}'
statics='"static": [{"private": "10.77.0.9", "public": "192.0.2.10"}, {"private": "fd00:77::9", "public": "2001:db8:1::10"}]'

# static_config [ANNOUNCE [MEMBERS]] - the first container of the network has the public addresses
static_config() {
	network_config "$dual, \"nat\": {$statics, \"announce\": \"${1:-proxy}\"}${2:-}"
}
# own_config PUBLIC... - the container itself has these
own_config() {
	local list
	list=$(printf '{"public": "%s"}, ' "$@")
	network_config "$dual, \"capabilities\": {\"nat\": true}, \"runtimeConfig\": {\"nat\": {\"static\": [${list%, }]}}"
}
# add_one - the first container, with the addresses that the network translates
add_one() {
	cni_args='IP=10.77.0.9,fd00:77::9' cni ADD one
}
# who_has ADDRESS - the MAC that the neighbour learnt for it by asking
who_has() {
	ip -n outside neigh flush all
	ping_from outside "$1" -W 3 >/dev/null
	ip -n outside -j neigh show to "$1" | jq -r '.[].lladdr // empty'
}
left_over() {
	ip neigh show proxy
	ip -6 neigh show proxy
	ip route show metric 1-4294967295 proto 200 dev cambric0 2>/dev/null
	ip -j addr show dev uplink | jq -r '.[].addr_info[] | select(.prefixlen == 32 or .prefixlen == 128) | .local'
}

make_container one two three
serve outside outside tcp:7000 udp:7000
serve one one tcp:80 udp:53
serve two two tcp:80
serve three three tcp:80

# The table, forwarding and proxy_ndp stay by design: they are there before the snapshot
config=$(static_config)
add_one && cni DEL one
is "$status" 0 'the world is warm'
remember_world

for announce in proxy address; do
	config=$(static_config "$announce")
	add_one
	is "$status$errors" 0 "$announce: ADD" || explain "$output"
	wait_for ping_from outside 192.0.2.10
	wait_for ping_from outside 2001:db8:1::10
	is "$(ask one tcp 192.0.2.2 7000)" 'outside 192.0.2.10' "$announce: POSTROUTING: outgoing connections leave with the public address"
	is "$(ask one udp 192.0.2.2 7000)" 'outside 192.0.2.10' "$announce: so does UDP"
	is "$(ask one tcp 2001:db8:1::2 7000)" 'outside 2001:db8:1::10' "$announce: so does IPv6"
	is "$(ask outside tcp 192.0.2.10 80)" 'one 192.0.2.2' "$announce: PREROUTING: incoming connections arrive, and show who asks"
	is "$(ask outside udp 192.0.2.10 53)" 'one 192.0.2.2' "$announce: so does UDP"
	is "$(ask outside tcp 2001:db8:1::10 80)" 'one 2001:db8:1::2' "$announce: so does IPv6"
	like "$(ask host tcp 192.0.2.10 80)" '^one ' "$announce: OUTPUT: the host itself reaches the public address"
	like "$(ask host tcp 2001:db8:1::10 80)" '^one ' "$announce: OUTPUT: over IPv6, too"
	like "$(ask one tcp 192.0.2.10 80)" '^one ' "$announce: the container reaches itself there"
	like "$(ask one tcp 2001:db8:1::10 80)" '^one ' "$announce: over IPv6, too"
	cni ADD two
	is "$status" 0 "$announce: a neighbour without a public address"
	is "$(ask two tcp 192.0.2.10 80)" "one $(address_of 4)" "$announce: the neighbour reaches the public address"
	is "$(ask one tcp "$(address_of 4)" 80)" 'two 10.77.0.9' "$announce: neighbours see the private address"
	is "$(ask two tcp 192.0.2.2 7000)" 'outside 192.0.2.1' "$announce: the neighbour is masqueraded as ever"
	is "$(who_has 192.0.2.10)" "$(ip -j link show uplink | jq -r '.[0].address')" "$announce: the uplink answers ARP"
	is "$(who_has 2001:db8:1::10)" "$(ip -j link show uplink | jq -r '.[0].address')" "$announce: the uplink answers neighbour discovery"
	config=$(config_with_result)
	cni ADD three
	config=$(static_config "$announce")
	cni DEL two
	cni DEL three
	cni DEL one
	is "$status" 0 "$announce: DEL"
	world_is_unchanged "$announce: nothing is left"
	is "$(left_over)" '' "$announce: nobody answers for it any more"
	is "$(who_has 192.0.2.10)" '' "$announce: the neighbour asks in vain"
done
done_testing
