#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Kinds that make an interface in the container alone, as far as any kernel has them: macvlan. The others are in
# vm/30-devices.sh.
. "$(dirname "$0")/lib.sh"
. integration/devices.sh

make_container one two
lan='"ipam": {"type": "host-local", "ranges": [[{"subnet": "192.0.2.0/24", "rangeStart": "192.0.2.10", "gateway": "192.0.2.2"}],
	[{"subnet": "2001:db8:1::/64", "rangeStart": "2001:db8:1::10", "gateway": "2001:db8:1::2"}]], "routes": [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}]}'
# Another interface to hang devices on, so that nobody's default route depends on what is tried with it
ip link add trunk type veth peer name trunk-peer
ip link set trunk addrgenmode none up
ip link set trunk-peer addrgenmode none up

# --- macvlan ---
be macvlan
config=$(network=lan network_config "\"master\": \"uplink\", $lan")
lives_and_dies
cni ADD one
is "$(inside one '[.linkinfo.info_kind, .linkinfo.info_data.mode, .flags[-1], .group] | join(" ")')" '"macvlan bridge LOWER_UP 51771"' 'macvlan: what is made'
is "$(ip -n one -4 route show default) $(ip -n one -6 route show default | tr -s ' ' | cut -d' ' -f1-5)" \
	'default via 192.0.2.2 dev eth0  default via 2001:db8:1::2 dev eth0' 'macvlan: the configured routes, through the gateway'
one=$(address_of 4) one_ipv6=$(address_of 6)
"$cambric" reload
is "$(nft -j list ruleset | jq '[.nftables[] | (.set, .map) | objects | .elem // [] | length] | add')" 0 'macvlan: no filter or translation of this host is about it'
cni ADD two
two=$(address_of 4) two_ipv6=$(address_of 6)
while IFS='|' read -r name from to; do
	ok "macvlan: $name" ping_from "$from" "$to"
done <<END
a container reaches the neighbour on the link of its master|one|192.0.2.2
over IPv6|one|2001:db8:1::2
the neighbour reaches it|outside|$one
over IPv6|outside|$one_ipv6
another container does|two|$one
over IPv6|one|$two_ipv6
and it that|one|$two
END
not_ok 'macvlan: the host itself does not, as macvlans are' ping_from host "$one" -W 0.5

# Whoever had the address before is forgotten at once
ping_from outside "$two" >/dev/null
cni DEL two
netns=/run/netns/two cni_args="IgnoreUnknown=1;IP=$two;MAC=02:00:00:00:00:42" cni ADD other
is "$status $(result '.interfaces[0].mac')" '0 02:00:00:00:00:42' 'macvlan: a MAC of CNI_ARGS'
is "$(ip -n outside neigh show "$two" dev eth0 | cut -d' ' -f3)" 02:00:00:00:00:42 'macvlan: neighbours learn of a new MAC without asking'
netns=/run/netns/two cni DEL other
cni DEL one

# IPv6 of a network without IPv6 addresses is the container's own matter: there may be a router on the link
config=$(network=lan network_config '"master": "uplink", "ipam": {"type": "host-local", "subnet": "192.0.2.0/24", "rangeStart": "192.0.2.10"}')
cni ADD one
is "$(place one cat /proc/sys/net/ipv6/conf/eth0/disable_ipv6 /proc/sys/net/ipv6/conf/eth0/accept_ra | tr '\n' ' ')" '0 1 ' 'macvlan: IPv6 is as the kernel has it'
is "$(result '.routes')$(ip -n one route show default)" null 'macvlan: no routes without "routes"'
cni DEL one

# keys
while IFS='|' read -r name members filter expected; do
	config=$(network=lan network_config "$members")
	cni ADD one
	is "$status $(inside one "$filter")" "0 $expected" "macvlan: $name"
	cni DEL one
	is "$status$(interfaces_in one)" 0 "macvlan: $name: DEL"
done <<'END'
the master of the default route|"mtu": 1400|[.linkinfo.info_kind, .mtu, .link_index]|["macvlan",1400,2]
mode private|"master": "trunk", "mode": "private"|.linkinfo.info_data.mode|"private"
mode vepa|"master": "trunk", "mode": "vepa"|.linkinfo.info_data.mode|"vepa"
a queue of its own length|"master": "trunk", "bcqueuelen": 500|.linkinfo.info_data.bcqueuelen|500
a MAC|"master": "trunk", "mac": "02:00:00:00:00:77"|.address|"02:00:00:00:00:77"
a MAC of the runtime's|"master": "trunk", "mac": "02:00:00:00:00:77", "runtimeConfig": {"mac": "02:00:00:00:00:78"}|.address|"02:00:00:00:00:78"
no addresses of ours, and up|"master": "trunk", "ipam": {}|[.flags[-1], [.addr_info[].scope]]|["LOWER_UP",["link"]]
END
config=$(network=lan network_config '"master": "trunk", "mode": "passthru"')
cni ADD one
is "$(result '.interfaces[0].mac')" "$(ip -j link show trunk | jq -r '.[0].address')" 'macvlan: mode passthru has the MAC of its master'
cni ADD two
like "$status $(result .msg)" '^1 failed to create macvlan' 'macvlan: and nobody beside it'
is "$(interfaces_in two)" '' 'macvlan: who leaves nothing'
cni DEL one
while IFS='|' read -r name members code msg; do
	config=$(network=lan network_config "$members")
	cni ADD one
	is "$status $(result '[.code, .msg] | join(" ")')$(interfaces_in one)" "1 $code $msg" "macvlan: $name"
	cni STATUS
	like "$status $(result .msg)" "^1 ${msg//[\[\]()]/.}" "macvlan: $name: STATUS"
done <<'END'
no such master|"master": "nobody"|7|failed to lookup master "nobody": Link not found
an MTU beyond its master's|"master": "trunk", "mtu": 1501|7|invalid MTU 1501, must be [0, master MTU(1500)]
an unknown mode|"master": "trunk", "mode": "source"|7|unknown macvlan mode: "source"
a name that is none|"master": "a/b"|7|master: "a/b": interface name contains / or :
END
default=$(ip -j route show default | jq -r '.[0].gateway')
ip route del default && ip -6 route del default
config=$(network=lan network_config '"mtu": 0')
cni ADD one
is "$status $(result .msg)" '1 no default route interface found' 'macvlan: neither master nor default route'
ip -6 route add default via 2001:db8:1::2
cni ADD one
is "$status $(inside one .link_index)" '0 2' 'macvlan: that of IPv6 does as well'
cni DEL one
ip route add default via "$default"

# a master in the container
ip -n one link add below type veth peer name below-peer
ip -n one link set below up && ip -n one link set below-peer up
config=$(network=lan network_config '"master": "below", "linkInContainer": true')
cni ADD one
is "$status $(inside one .link)" '0 "below"' 'macvlan: linkInContainer'
config=$(config_with_result)
cni CHECK one
is "$status$output" 0 'macvlan: linkInContainer: CHECK'
cni DEL one
is "$status$output $(interfaces_in one)" '0 below below-peer' 'macvlan: linkInContainer: DEL'
ip -n one link del below

# what CHECK notices
config=$(network=lan network_config "\"master\": \"uplink\", $lan")
cni ADD one
mac=$(result '.interfaces[0].mac') alias=$(inside one .ifalias | tr -d '"') one=$(address_of 4)
config=$(config_with_result)
again="ip link add name taken link uplink address $mac type macvlan mode bridge && ip link set taken netns one group 51771 alias $alias name eth0 up &&"
again+=" ip -n one addr add $one/24 dev eth0; ip -n one addr add $(address_of 6)/64 dev eth0 nodad; ip -n one route add default via 192.0.2.2;"
again+=' ip -n one -6 route add default via 2001:db8:1::2'
tampered <<END
gone|interface eth0 is missing in the container|ip -n one link del eth0|$again
of another type|interface eth0 in the container is of type "bridge", not macvlan|ip -n one link del eth0; ip -n one link add eth0 type bridge|ip -n one link del eth0; $again
of another mode|interface eth0 has mode 1, expected 4|ip -n one link set eth0 type macvlan mode private|ip -n one link set eth0 type macvlan mode bridge
of another master|interface eth0 in the container is not one of uplink any more|ip -n one link del eth0; ${again/link uplink/link trunk}|ip -n one link del eth0; $again
without our mark|interface eth0 has another alias than we gave it|ip -n one link set eth0 alias other|ip -n one link set eth0 alias $alias
with another MAC|interface eth0 has another MAC than prevResult says|ip -n one link set eth0 address 02:00:00:00:00:98|ip -n one link set eth0 address $mac
with another MTU|interface eth0 has MTU 1300, prevResult says 1500|ip -n one link set eth0 mtu 1300|ip -n one link set eth0 mtu 1500
without an address|address $one/24 is missing|ip -n one addr del $one/24 dev eth0|ip -n one addr add $one/24 dev eth0; ip -n one route add default via 192.0.2.2
without a route|route 0.0.0.0/0 is missing|ip -n one route del default|ip -n one route add default via 192.0.2.2
END
config=$(network=lan network_config "\"master\": \"uplink\", $lan")
cni DEL one

# what the reference plugin has made
ip link add name taken link uplink type macvlan mode bridge
ip link set taken netns one name eth0
cni DEL one
is "$status$output$(interfaces_in one)" 0 'macvlan: DEL of a container that the reference plugin attached'
ip link add name taken link uplink type macvlan mode bridge
ip link set taken netns one name eth0 alias 'of somebody'
cni DEL one
is "$status$output$(interfaces_in one)" 0eth0 'macvlan: not of what has a mark of somebody else'
ip -n one link del eth0

# namespaces and masters that are gone
cni ADD one
remove_container one
cni DEL one
is "$status$output" 0 'macvlan: DEL after the namespace'
is "$(find "$store" -path '*/net/*/a/*')" '' 'macvlan: frees the address'
make_container one
ip link add gone type veth peer name gone-peer && ip link set gone up
config=$(network=lan network_config '"master": "gone", "ipam": {"type": "host-local", "subnet": "192.0.2.0/24"}')
cni ADD one
ip link del gone
cni DEL one
is "$status$output$(interfaces_in one)" 0 'macvlan: DEL after the master'
config=$(network=lan network_config "\"master\": \"uplink\", $lan")
cni ADD one
remove_container one && make_container one
config=$(jq -c '. + {"cni.dev/valid-attachments": null}' <<<"$config")
cni GC
is "$status$(find "$store" -path '*/net/*/a/*')" 0 'macvlan: GC after the namespace'
config=$(network=lan network_config "\"master\": \"uplink\", $lan")
leaks_nothing 200

# several at once
for verb in ADD DEL; do
	for name in one two; do
		for number in 0 1 2 3; do
			run_plugin CNI_COMMAND=$verb CNI_PATH="$kinds" CNI_CONTAINERID="$name" CNI_NETNS="/run/netns/$name" CNI_IFNAME="eth$number" \
				>/dev/null 2>&1 &
		done
	done
	wait
	is "$(interfaces_in one; interfaces_in two)" "$([ $verb = DEL ] && echo $'\n' || echo $'eth0 eth1 eth2 eth3\neth0 eth1 eth2 eth3')" "macvlan: $verb of eight at once"
done
done_testing
