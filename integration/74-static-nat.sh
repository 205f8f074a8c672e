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

make_container one two three example
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
	cni DEL two
	cni DEL one
	is "$status" 0 "$announce: DEL"
	world_is_unchanged "$announce: nothing is left"
	is "$(left_over)" '' "$announce: nobody answers for it any more"
	is "$(who_has 192.0.2.10)" '' "$announce: the neighbour asks in vain"
done

# --- conf/examples/static-nat.conflist: public addresses that are on no subnet of the uplink ---
ip -n outside route add 198.51.100.0/24 dev eth0
ip -n outside route add 2001:db8:5::/64 dev eth0
config=$(example_config static-nat | jq -c '.runtimeConfig.ips = ["10.77.0.10", "fd00:77::10"]')
cni ADD example
is "$status" 0 'ADD of the example' || explain "$output"
serve example tcp:80
wait_for ping_from outside 198.51.100.10
wait_for ping_from outside 2001:db8:5::10
is "$(ask outside tcp 198.51.100.10 80)" 'example 192.0.2.2' 'it is reached at its public address'
is "$(ask outside tcp 2001:db8:5::10 80)" 'example 2001:db8:1::2' 'and over IPv6'
is "$(ask example tcp 192.0.2.2 7000)" 'outside 198.51.100.10' 'and leaves with it'
cni DEL example
ip -n outside route del 198.51.100.0/24 dev eth0
ip -n outside route del 2001:db8:5::/64 dev eth0

# --- the address moves on: UDP has no end of connection ---
config=$(own_config 192.0.2.10)
cni ADD two
like "$status$errors" '^0' 'ADD of a container that names its public address itself' || explain "$output"
wait_for ping_from outside 192.0.2.10
is "$(ask outside udp 192.0.2.10 53 192.0.2.2 6000 2>/dev/null)" '' 'nobody answers UDP there'
cni DEL two
cni ADD one
wait_for ping_from outside 192.0.2.10
like "$(ask outside udp 192.0.2.10 53 192.0.2.2 6000)" '^one 192.0.2.2' 'the next container that has it gets the next packet of the same flow'
is "$(conntrack -L -p udp --orig-dst 192.0.2.10 2>/dev/null | wc -l)" 1 'which is one flow'
cni DEL one
is "$(conntrack -L -p udp --orig-dst 192.0.2.10 2>/dev/null)" '' 'and forgotten with the container'

# --- two public addresses of one container ---
config=$(own_config 192.0.2.11 192.0.2.12 2001:db8:1::11)
cni ADD one
wait_for ping_from outside 192.0.2.11
wait_for ping_from outside 192.0.2.12
is "$(ask outside tcp 192.0.2.11 80)$(ask outside tcp 192.0.2.12 80)" 'one 192.0.2.2one 192.0.2.2' 'both lead to it'
is "$(ask one tcp 192.0.2.2 7000)" 'outside 192.0.2.11' 'it leaves with the first'

# --- where nothing is masqueraded ---
network=plain
config=$(network_config '"ipam": {"subnet": "10.79.0.0/16"}, "ipMasq": false, "runtimeConfig": {"nat": {"static": [{"public": "192.0.2.15"}]}}')
cni ADD two
config=$(jq -c 'del(.runtimeConfig)' <<<"$config")
cni ADD three
is "$(ask two tcp "$(address_of 4)" 80)" 'three 10.79.0.2' 'neighbours see the private address there, too'
is "$(ask two tcp 192.0.2.2 7000)" 'outside 192.0.2.15' 'and the outside the public one'
cni DEL two
cni DEL three
excluding=$(jq -c '.ipMasqExclude = ["192.0.2.2/32"] | .runtimeConfig.nat.static[0].public = "192.0.2.15"' <<<"$config")
ip -n outside route add 10.79.0.0/16 via 192.0.2.1
cni_args='IP=10.79.0.20' cni ADD three
config=$excluding
cni_args='IP=10.79.0.21' cni ADD two
is "$status" 0 'ADD with ipMasqExclude' || explain "$output"
is "$(ask two tcp 192.0.2.2 7000)" 'outside 10.79.0.21' 'a destination that is excluded sees the private address'
cni DEL two
is "$(nft list set inet cambric nomasq4 | grep -c 192.0.2.2)" 0 'the exclusion goes with who had it'
cni_args='IP=10.79.0.21' cni ADD two
config=$(jq -c 'del(.runtimeConfig)' <<<"$excluding")
cni DEL three
cni_args='IP=10.79.0.20' cni ADD three
config=$excluding
cni DEL two
is "$(nft list set inet cambric nomasq4 | grep -c 192.0.2.2)" 0 'also where a neighbour without a public address stays'
cni DEL three
ip -n outside route del 10.79.0.0/16
network=''

# --- who has an address keeps it ---
network=other
config=$(network_config '"ipam": {"subnet": "10.78.0.0/16"}, "runtimeConfig": {"nat": {"static": [{"public": "192.0.2.12"}]}}')
cni ADD two
is "$(result .code)" 103 'another network may not have it as well'
like "$(result .msg)" '192.0.2.12 .*"one".*"net"' 'and is told who has it'
config=$(network_config '"ipam": {"subnet": "10.78.0.0/16"}, "nat": {"pool": "192.0.2.8-192.0.2.15"}')
cni ADD two
like "$(result .code) $(result .msg)" '^103 .*192.0.2.11 .*"one"' 'nor may a pool take it in'
config=$(network_config '"ipam": {"subnet": "10.78.0.0/16"}, "nat": {"snat": "192.0.2.11"}')
cni ADD two
like "$(result .code) $(result .msg)" '^103 .*192.0.2.11 .*"one"' 'nor may a network leave with it'
network=
config=$(own_config 192.0.2.1)
cni ADD two
like "$(result .code) $(result .msg)" '^7 .*192.0.2.1 is one of this host' "the host's own address cannot be given away"
config=$(own_config 198.18.0.1)
ip route add unreachable 198.18.0.0/15
cni ADD two
like "$(result .code) $(result .msg)" '^7 .*198.18.0.1 has no route' 'nor one that nobody would ask for here'
ip route del unreachable 198.18.0.0/15
for address in 192.0.2.2 2001:db8:1::2; do
	config=$(own_config "$address")
	cni ADD two
	like "$(result .code) $(result .msg)" "^7 .*$address is the next hop of the default route" 'nor the router, which nobody could do without'
done
ip route replace default nexthop via 192.0.2.2 nexthop via 192.0.2.3
config=$(own_config 192.0.2.3)
cni ADD two
like "$(result .code) $(result .msg)" '^7 .*192.0.2.3 is the next hop' 'nor one of several'
ip route replace default via 192.0.2.2
# a subnet of another network, and what is in it
bridged='"ipam": {"ranges": [[{"subnet": "10.83.0.0/24"}], [{"subnet": "fd00:83::/64"}]]}, "mode": "bridge"'
routed=${bridged/, \"mode\": \"bridge\"/}
for other in "$bridged" "$routed"; do
	for address in 10.83.0.2 10.83.0.77 fd00:83::2; do
		network=taken config=$(network_config "$other") cni ADD three
		is "$status" 0 "a container has ${other##*ranges}" || explain "$output"
		config=$(own_config "$address")
		cni ADD two
		like "$(result .code) $(result .msg)" "^103 .*$address lies in the subnet .*83.* of network \"taken\"" "its network is no place for public $address"
		config=$(network_config "$dual, \"nat\": {\"pool\": \"$address\"}")
		cni ADD two
		like "$(result .code) $(result .msg)" "^103 .*$address .* of network \"taken\"" 'nor for a pool'
		network=taken config=$(network_config "$other") cni DEL three
		config=$(own_config "$address")
		cni ADD two
		is "$status" 0 'without it the address is free' || explain "$output"
		network=taken config=$(network_config "$other") cni ADD three
		like "$(result .code) $(result .msg)" "^103 .*subnet .*83.* holds public address $address of network \"net\"" 'and then keeps the network out'
		cni DEL two
	done
done
config=$(own_config 192.0.2.11 192.0.2.12 2001:db8:1::11)
is "$(ask outside tcp 192.0.2.12 80)" 'one 192.0.2.2' 'the holder never noticed'

# --- a published port and a public address ---
config=$(network_config "$dual, \"capabilities\": {\"portMappings\": true}, \"runtimeConfig\": {\"portMappings\": [
	{\"hostPort\": 80, \"containerPort\": 80, \"protocol\": \"tcp\"}]}")
cni ADD two
is "$(ask outside tcp 192.0.2.1 80)" 'two 192.0.2.2' 'a port of any address of the host'
is "$(ask outside tcp 192.0.2.11 80)" 'one 192.0.2.2' "is none of a container's public address"
cni DEL two

# --- addresses of another IPAM plugin ---
printf '#!/bin/sh\n[ $CNI_COMMAND != ADD ] || echo %s\n' "'{\"cniVersion\": \"1.1.0\", \"ips\": [{\"address\": \"10.66.0.9/24\"}]}'" >"$scratch/delegate"
chmod +x "$scratch/delegate"
network=delegated CNI_PATH=$scratch
config=$(network_config '"ipam": {"type": "delegate"}, "nat": {"static": [{"private": "10.66.0.9", "public": "192.0.2.13"}],
	"pool": "192.0.2.32/31"}, "runtimeConfig": {"nat": {"static": [{"public": "192.0.2.14"}]}}')
cni ADD two
is "$status" 0 'ADD with addresses of another plugin' || explain "$output"
wait_for ping_from outside 192.0.2.13
wait_for ping_from outside 192.0.2.14
is "$(ask outside tcp 192.0.2.13 80)$(ask outside tcp 192.0.2.14 80)" 'two 192.0.2.2two 192.0.2.2' 'both public addresses lead to the container'
config=$(config_with_result)
cni CHECK two
is "$status" 0 'CHECK' || explain "$output"
cni DEL two
network='' CNI_PATH=''
config=$(network_config "$dual")

# --- somebody flushes the ruleset ---
nft flush ruleset
cni ADD three
is "$(ask outside tcp 192.0.2.11 80)" 'one 192.0.2.2' 'after a flush the next ADD brings the translation back'
is "$(ask one tcp 192.0.2.2 7000)" 'outside 192.0.2.11' 'in both directions'
cni DEL three
cni DEL one
world_is_unchanged 'nothing is left'
done_testing
