#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Dynamic NAT: a pool of public addresses, one for each container as long as there are some, and shared after that.
. "$(dirname "$0")/lib.sh"

ip -n outside route add 198.51.100.0/24 dev eth0
ip -n outside route add 2001:db8:5::/64 dev eth0
serve outside outside+ tcp:7000 udp:7000

# seen PLACE [PROTOCOL [ADDRESS]] - the address and port that the neighbour sees
seen() {
	wait_for ask "$1" tcp "${3:-192.0.2.2}" 7000
	ask "$1" "${2:-tcp}" "${3:-192.0.2.2}" 7000
}
# address_seen PLACE [PROTOCOL [ADDRESS]] - without the port
address_seen() {
	seen "$@" | cut -d' ' -f2
}
# nobody_answers ADDRESS - no interface of the host does
nobody_answers() {
	ip -n outside neigh flush all
	! ping_from outside "$1" -W 1 >/dev/null && ! ip -n outside neigh show to "$1" | grep -q lladdr
}

# --- conf/examples/dynamic-nat.conflist: eight addresses of each family ---
containers=(c1 c2 c3 c4)
make_container "${containers[@]}" c5
config=$(example_config dynamic-nat)
cni ADD c1 && cni DEL c1
is "$status" 0 'the world is warm' || explain "$output"
remember_world
for name in "${containers[@]}"; do
	cni ADD "$name"
	is "$status$errors" 0 "ADD of $name" || explain "$output"
	address_seen "$name" >>"$scratch/seen"
	address_seen "$name" tcp 2001:db8:1::2 >>"$scratch/seen6"
done
is "$(sort -u "$scratch/seen" | grep -c '^198\.51\.100\.2[0-7]$')" 4 'four containers leave with four addresses of the pool'
is "$(sort -u "$scratch/seen6" | grep -c '^2001:db8:5::2[0-7]$')" 4 'over IPv6, too'
first=$(address_seen c1)
for _ in 1 2 3 4 5; do
	seen c1
done | cut -d' ' -f2 | sort -u >"$scratch/again"
is "$(<"$scratch/again")" "$first" 'a container leaves with the same address, however often it asks'
is "$(address_seen c1 udp)" "$first" 'whatever it speaks'
ok 'ping leaves with it, too' ping_from c1 192.0.2.2
mac=$(ip -j link show uplink | jq -r '.[0].address')
wait_for ping_from outside "$first"
is "$(ip -n outside -j neigh show to "$first" | jq -r '.[].lladdr')" "$mac" 'the uplink answers for the addresses that are in use'
free=$(printf '198.51.100.%s\n' {20..27} | grep -vxFf "$scratch/seen" | head -n 1)
ok 'and for no other' nobody_answers "$free"
not_ok 'nobody is reached there from outside' ask outside tcp "$first" 7000
cni STATUS
is "$status$errors" 0 'STATUS has nothing to say'
cni DEL c1
cni ADD c1
is "$(address_seen c1)" "$(address_seen c1)" 'a container that comes back has one address again'
for name in "${containers[@]}"; do
	cni DEL "$name"
done
world_is_unchanged 'nothing is left when all are gone'
ok 'nobody answers for the pool any more' nobody_answers "$first"

# --- a pool that is smaller than the clients ---
small_pool() {
	example_config dynamic-nat | jq -c --arg announce "$1" '.nat = {pool: "198.51.100.20-198.51.100.21", announce: $announce}'
}
for announce in proxy address; do
	config=$(small_pool "$announce")
	: >"$scratch/seen"
	for name in "${containers[@]}" c5; do
		cni ADD "$name"
		is "$status$errors" 0 "$announce: ADD of $name"
		address_seen "$name" >>"$scratch/seen"
	done
	is "$(sort -u "$scratch/seen" | tr '\n' ' ')" '198.51.100.20 198.51.100.21 ' "$announce: five containers share two addresses"
	for name in "${containers[@]}" c5; do
		seen "$name" udp 192.0.2.2
	done | sort -u | wc -l >"$scratch/ports"
	is "$(<"$scratch/ports")" 5 "$announce: and are told apart by their ports"
	cni STATUS
	is "$status" 0 "$announce: STATUS succeeds"
	like "$errors" '198.51.100.20-198.51.100.21 has 2 addresses for 5 attachments.*share ports' "$announce: and says so"
	shared=$(sed -n 5p "$scratch/seen")
	holder=$(grep -nxF "$shared" "$scratch/seen" | head -n 1 | cut -d: -f1)
	cni DEL "${containers[$((holder - 1))]}"
	is "$(address_seen c5)" "$shared" "$announce: who shares an address keeps it when its first holder goes"
	cni ADD "${containers[$((holder - 1))]}"
	is "$status" 0 "$announce: the address has a first holder again"
	for name in "${containers[@]}" c5; do
		cni DEL "$name"
		is "$status" 0 "$announce: DEL of $name"
	done
	world_is_unchanged "$announce: nothing is left when all are gone"
done

# --- two networks ---
config=$(small_pool proxy)
cni ADD c1
network=other
config=$(jq -c '.name = "other" | .ipam = {"subnet": "10.78.0.0/16"}' <<<"$config")
cni ADD c2
like "$(result '"\(.code) \(.msg)"')" '^103 .*198.51.100.20 .*pool of container "c1".*network "dynamic-nat"' 'a pool belongs to one network'
config=$(jq -c '.nat.pool = "198.51.100.22-198.51.100.23"' <<<"$config")
cni ADD c2
is "$status" 0 'another one is another matter'
is "$(address_seen c2)" "$(jq -r '.nat.pools[0].chosen' "$store"/*/net/other/a/*)" 'and the record says what the neighbour sees'

# --- an address of the host in a pool ---
for announce in proxy address; do
	network=overlapping
	config=$(network_config "\"ipam\": {\"subnet\": \"10.79.0.0/16\"}, \"nat\": {\"pool\": \"192.0.2.0/28\", \"announce\": \"$announce\"}")
	cni ADD c3
	like "$(result '"\(.code) \(.msg)"')" '^7 .*192.0.2.0-192.0.2.15 holds 192.0.2.1, an address of this host' "$announce: is refused by name, whoever comes first"
	cni STATUS
	like "$(result .msg)" 'holds 192.0.2.1, an address of this host' "$announce: STATUS says so, too"
	config=$(jq -c '.nat.pool = "192.0.2.8/31"' <<<"$config")
	cni ADD c3
	cni ADD c4
	is "$status" 0 "$announce: those that are announced do not count" || explain "$output"
	cni DEL c3
	cni DEL c4
done
done_testing
