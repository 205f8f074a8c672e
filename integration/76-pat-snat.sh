#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Masquerading and fixed sources: which address and which port the neighbour sees.
. "$(dirname "$0")/lib.sh"

ip -n outside addr add 203.0.113.2/32 dev lo
serve outside outside+ tcp:7000 udp:7000
make_container one two

# ports_seen PLACE PROTOCOL ADDRESS - of twelve connections, by source ports that no range has
ports_seen() {
	local i
	for i in {1..12}; do
		ask "$1" "$2" "$3" 7000 "" $((40000 + i))
	done | cut -d' ' -f3
}
# out_of_range - lines that are no port from 20000 to 29999
out_of_range() {
	grep -cvE '^2[0-9]{4}$'
}

# --- conf/examples/pat-ports.conflist ---
config=$(example_config pat-ports)
cni ADD one && cni DEL one
is "$status" 0 'the world is warm' || explain "$output"
remember_world
cni ADD one
is "$status$errors" 0 'ADD'
for way in 'tcp 192.0.2.2' 'udp 192.0.2.2' 'tcp 2001:db8:1::2' 'udp 2001:db8:1::2'; do
	read -r protocol address <<<"$way"
	ports_seen one "$protocol" "$address" >"$scratch/ports"
	is "$(wc -l <"$scratch/ports") $(out_of_range <"$scratch/ports")" '12 0' "$protocol to $address: every source port is in the range"
	[ "$(sort -u "$scratch/ports" | wc -l)" -gt 8 ]
	verdict $? "$protocol to $address: and chosen by chance" "$(<"$scratch/ports")"
	isnt "$(sort -n "$scratch/ports" | tr '\n' ' ')" "$(tr '\n' ' ' <"$scratch/ports")" "$protocol to $address: in no order"
done
like "$(ask one tcp 192.0.2.2 7000)" '^outside\+ 192\.0\.2\.1 ' 'the source is the address of the uplink'
ok 'ping works, whose numbers are in the range as well' ping_from one 192.0.2.2
ip -n outside route add 10.77.0.0/16 via 192.0.2.1
like "$(ask one tcp 203.0.113.2 7000 "" 40000)" '^outside\+ 10\.77\.0\.[0-9]+ 40000$' 'a destination that is excluded sees address and port of the container'
ip -n outside route del 10.77.0.0/16

# --- ports of one network only ---
network=plain
config=$(network_config '"ipam": {"subnet": "10.78.0.0/16"}')
cni ADD two
ports_seen two tcp 192.0.2.2 >"$scratch/ports"
isnt "$(out_of_range <"$scratch/ports")" 0 'another network has all ports'
cni DEL two
network=
config=$(example_config pat-ports)
cni DEL one
world_is_unchanged 'nothing is left'

# --- conf/examples/snat.conflist: one of several addresses of the host ---
ip addr add 192.0.2.7/32 dev uplink
config=$(example_config snat | jq -c '.nat.snat[0] = "192.0.2.7"')
cni ADD one && cni DEL one
remember_world
cni ADD one
is "$status$errors" 0 'ADD' || explain "$output"
like "$(ask one tcp 192.0.2.2 7000)" '^outside\+ 192\.0\.2\.7 ' 'the source is the one that is configured'
like "$(ask one udp 192.0.2.2 7000)" '^outside\+ 192\.0\.2\.7 ' 'of UDP, too'
like "$(ask one tcp 2001:db8:1::2 7000)" '^outside\+ 2001:db8:1::1 ' 'of IPv6, too'
network=second
config=$(network_config '"ipam": {"subnet": "10.78.0.0/16"}, "nat": {"snat": "192.0.2.7", "ports": "20000-29999"}')
cni ADD two
is "$status" 0 'a second network may have the same source' || explain "$output"
ports_seen two tcp 192.0.2.2 >"$scratch/ports"
is "$(wc -l <"$scratch/ports") $(out_of_range <"$scratch/ports")" '12 0' 'and a range of ports of its own'
like "$(ask two tcp 192.0.2.2 7000)" '^outside\+ 192\.0\.2\.7 2' 'with that source'
cni DEL two
network=
config=$(example_config snat)
cni DEL one
world_is_unchanged 'nothing is left'

# --- of one container ---
config=$(network_config '"ipam": {"subnet": "10.77.0.0/16"}, "args": {"cni": {"nat": {"snat": "192.0.2.7"}}}')
cni ADD one
config=$(network_config '"ipam": {"subnet": "10.77.0.0/16"}')
cni ADD two
like "$(ask one tcp 192.0.2.2 7000)" '^outside\+ 192\.0\.2\.7 ' 'a source of one container'
like "$(ask two tcp 192.0.2.2 7000)" '^outside\+ 192\.0\.2\.1 ' 'is not its neighbour'"'"'s'
cni DEL one
cni DEL two

# --- an address that is not here ---
config=$(network_config '"ipam": {"subnet": "10.77.0.0/16"}, "nat": {"snat": "198.51.100.77"}')
cni ADD one
is "$status" 0 'a source that is no address of this host is taken'
like "$errors" '198.51.100.77 is no address of this host' 'with a warning'
ip -n outside route add 198.51.100.77/32 via 192.0.2.1
like "$(ask one tcp 192.0.2.2 7000)" '^outside\+ 198\.51\.100\.77 ' 'where the network routes it here, that works'
cni DEL one
done_testing
