#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Published ranges of ports: one element for each, on any address or on one, from outside and from the host itself.
. "$(dirname "$0")/lib.sh"

ip addr add 192.0.2.7/24 dev uplink
make_container one two
serve one tcp:8000 tcp:8050 tcp:8099 udp:8050 tcp:9000 tcp:9002
serve two tcp:8050 tcp:9001

# ranges MAPPING... - the example with mappings: HOST_IP FIRST LAST CONTAINER_FIRST PROTOCOL, "-" for no address
ranges() {
	local mapping ip first last to protocol
	for mapping; do
		read -r ip first last to protocol <<<"$mapping"
		jq -cn --arg ip "${ip#-}" --argjson first "$first" --argjson last "$last" --argjson to "$to" --arg protocol "$protocol" \
			'range($first; $last + 1) | {hostPort: ., containerPort: (. - $first + $to), $protocol} + if $ip == "" then {} else {hostIP: $ip} end'
	done | jq -cs --argjson config "$(example_config dnat-ranges)" '$config + {runtimeConfig: {portMappings: .}}'
}
# elements MAP - how many it has
elements() {
	nft -j list map inet cambric "$1" | jq '[.nftables[].map | select(.) | .elem // [] | .[]] | length'
}

# --- conf/examples/dnat-ranges.conflist, as podman run -p 8000-8099:8000-8099 sends it ---
config=$(ranges '- 8000 8099 8000 tcp' '- 8000 8099 8000 udp')
cni ADD one
is "$status$errors" 0 'ADD of two hundred ports' || explain "$output"
is "$(elements dnat4r) $(elements dnat6r) $(elements dnat4a)" '2 2 0' 'is one element for each protocol'
for port in 8000 8050 8099; do
	is "$(ask outside tcp 192.0.2.1 $port)" 'one 192.0.2.2' "PREROUTING: port $port"
	like "$(ask host tcp 192.0.2.1 $port)" '^one ' "OUTPUT: port $port"
done
is "$(ask outside tcp 192.0.2.7 8050)" 'one 192.0.2.2' 'on every address of the host'
is "$(ask outside udp 192.0.2.1 8050)" 'one 192.0.2.2' 'over UDP'
is "$(ask outside tcp 2001:db8:1::1 8050)" 'one 2001:db8:1::2' 'over IPv6'
like "$(ask host tcp 127.0.0.1 8050)" '^one ' 'from the host at its loopback address'
not_ok 'a port behind the range is closed' ask outside tcp 192.0.2.1 8100
config=$(ranges '- 8090 8110 8090 tcp')
cni ADD two
like "$(result '"\(.code) \(.msg)"')" '^104 .*host port 8090/tcp .*"one"' 'a range that overlaps is refused, and the holder named'
config=$(ranges '192.0.2.7 8050 8050 8050 tcp')
cni ADD two
is "$(result .code)" 104 'one port of it on one address, too'
config=$(ranges '- 8000 8099 8000 tcp')
cni DEL one

# --- one range on several addresses, and shifted ones ---
config=$(ranges '192.0.2.1 8000 8099 8000 tcp' '- 7000 7002 9000 tcp')
cni ADD one
is "$status" 0 'a range on one address, and one that is shifted' || explain "$output"
config=$(ranges '192.0.2.7 8000 8099 8000 tcp' '2001:db8:1::1 8000 8099 8000 tcp')
cni ADD two
is "$status" 0 'the same range on another address' || explain "$output"
is "$(ask outside tcp 192.0.2.1 8050)" 'one 192.0.2.2' 'the one address leads to the one'
is "$(ask outside tcp 192.0.2.7 8050)" 'two 192.0.2.2' 'the other to the other'
is "$(ask outside tcp 2001:db8:1::1 8050)" 'two 2001:db8:1::2' 'an IPv6 address as well'
like "$(ask host tcp 192.0.2.7 8050)" '^two ' 'OUTPUT: so for the host itself'
is "$(ask outside tcp 192.0.2.1 7000)$(ask outside tcp 192.0.2.1 7002)" 'one 192.0.2.2one 192.0.2.2' 'shifted ports lead to shifted ports'
like "$(ask two tcp 192.0.2.1 8050)" '^one ' 'a neighbour reaches a published port'
like "$(ask two tcp 192.0.2.7 8050)" '^two ' 'a container itself'
cni DEL one
is "$(ask outside tcp 192.0.2.7 8050)" 'two 192.0.2.2' 'who stays is still reached'
cni DEL two
is "$(elements dnat4)$(elements dnat4a)$(elements dnat4r)" 000 'nothing is left'
done_testing
