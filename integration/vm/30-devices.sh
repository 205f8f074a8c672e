#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Kinds that this machine's kernel may lack: dummy, vlan, ipvlan; and hardware that is lent to a container. What holds of
# all kinds is in 84-devices.sh; here is what the kernel has to do with it, with real packets.
# The machine itself: that is where hardware is
[ -n "${CAMBRIC_TEST_HOST:-}" ] || exec 9</proc/self/ns/net
. "$(dirname "$0")/lib.sh"
. integration/devices.sh

# left - what could be left
left() {
	ip -br link
	ip -n one -br link
	find "$store" -path '*/net/*/a/*'
}

# attached NAME - ADD and CHECK of "one" succeed
attached() {
	cni ADD one
	is "$status$errors" 0 "$1: ADD"
	local plain=$config made=$output
	config=$(config_with_result)
	cni CHECK one
	is "$status$output" 0 "$1: CHECK"
	config=$plain output=$made
	[ "$type" = host-device ] || address=$(address_of 4) address_ipv6=$(address_of 6)
}

# detached NAME - DEL leaves nothing, and again succeeds
detached() {
	cni DEL one
	is "$status$output $(left)" "0 $before" "$1: DEL leaves nothing"
}

make_container one two
lan='"ipam": {"type": "host-local", "ranges": [[{"subnet": "198.51.100.0/24", "rangeStart": "198.51.100.10"}],
	[{"subnet": "2001:db8:7::/64", "rangeStart": "2001:db8:7::10"}]], "routes": [{"dst": "203.0.113.0/24", "gw": "198.51.100.2"}]}'

# --- a kernel without them ---
for kind in dummy:dummy vlan:8021q ipvlan:ipvlan vrf:vrf; do
	be "${kind%:*}"
	without_module "${kind#*:}" 2>/dev/null
	config=$(network=lan network_config "\"master\": \"uplink\", \"vrfname\": \"blue\", $lan")
	cni STATUS
	like "$status $output" "\"code\": 50,.*\"msg\": \"$type interfaces cannot be made \(module ${kind#*:}\)" "$type: STATUS names the module"
	[ "$type" != vrf ] || {
		ip -n one link add eth0 type bridge
		config=$(jq -c '. + {prevResult: {cniVersion, interfaces: [{name: "eth0", sandbox: "/run/netns/one"}]}}' <<<"$config")
	}
	cni ADD one
	ip -n one link del eth0 2>/dev/null
	like "$status $output $(ip -n one -br link | wc -l)" "\"code\": 50,.*module ${kind#*:}.* 1$" "$type: so does ADD, which makes nothing"
	with_module "${kind#*:}"
done
modprobe -a dummy 8021q ipvlan vrf
ip -n outside link add link eth0 name eth0.7 type vlan id 7
ip -n outside addr add 198.51.100.2/24 dev eth0.7
ip -n outside addr add 2001:db8:7::2/64 dev eth0.7 nodad
ip -n outside link set eth0.7 up
before=$(left)

# --- dummy ---
be dummy
config=$(network=lan network_config "$lan")
attached dummy
is "$(inside one '[.linkinfo.info_kind, .mtu, .flags[-1], .ifalias[:4]] | join(" ")')" '"dummy 1500 LOWER_UP veth"' 'dummy: what is made'
like "$(ip -n one route get 203.0.113.9)" 'via 198.51.100.2 dev eth0 src '"$address" 'dummy: addresses and routes'
ok 'dummy: its addresses answer' ping_from one "$address_ipv6"
ip -n one link set eth0 down
config=$(config_with_result)
cni CHECK one
like "$status $output" '"msg": "interface eth0 is down in the container"' 'dummy: CHECK of one that is down'
config=$(network=lan network_config "$lan")
detached dummy

# --- vlan ---
be vlan
config=$(network=lan network_config "\"master\": \"uplink\", \"vlanId\": 7, $lan")
attached vlan
is "$(inside one '[.linkinfo.info_kind, .linkinfo.info_data.id, .mtu] | join(" ")')" '"vlan 7 1500"' 'vlan: what is made'
is "$(result '.interfaces[0].mac')" "$(cat /sys/class/net/uplink/address 2>/dev/null || ip -j link show uplink | jq -r '.[0].address')" 'vlan: with the MAC of its master'
ok 'vlan: a neighbour in the VLAN is reached' ping_from one 198.51.100.2
ok 'vlan: over IPv6' ping_from outside "$address_ipv6"
ip -n outside link set eth0.7 down
not_ok 'vlan: and one outside of it is not' ping_from one 198.51.100.2 -W 0.5
ip -n outside link set eth0.7 up
cni ADD two
like "$status $output" '"msg": "failed to create vlan: File exists".*VLAN device already exists' 'vlan: one interface of each VLAN'
is "$(ip -n two -br link | wc -l)" 1 'vlan: and nothing is left of the second'
cni DEL one
env -i CNI_COMMAND=ADD CNI_PATH="$kinds" CNI_CONTAINERID=one CNI_NETNS=/run/netns/one CNI_IFNAME=eth0 "$failing/vlan" 4 <<<"$config" >"$scratch/said"
like "$(<"$scratch/said")" 'row that always fails' 'vlan: ADD fails when all is there'
is "$(left)" "$before" 'vlan: and leaves nothing'
config=$(network=lan network_config "\"master\": \"uplink\", \"vlanId\": 7, \"mtu\": 1501, $lan")
cni ADD one
like "$status $output" '"msg": "invalid MTU 1501, must be \[0, master MTU\(1500\)\]"' 'vlan: an MTU beyond its master'\''s'

# --- ipvlan ---
ip addr add 198.51.100.1/24 dev uplink
ip -n outside link del eth0.7
ip -n outside addr add 198.51.100.2/24 dev eth0
ip -n outside addr add 2001:db8:7::2/64 dev eth0 nodad
before=$(left)
be ipvlan
config=$(network=lan network_config "\"master\": \"uplink\", $lan")
attached ipvlan
is "$(inside one '[.linkinfo.info_kind, .linkinfo.info_data.mode] | join(" ")')" '"ipvlan l2"' 'ipvlan: what is made'
ok 'ipvlan: a neighbour on the link is reached' ping_from one 198.51.100.2
ok 'ipvlan: and reaches the container over IPv6' ping_from outside "$address_ipv6"
# Another container gets the address: it has the same MAC, but a neighbour may have had another one for it
ip -n outside neigh replace 198.51.100.77 lladdr 02:00:00:00:00:66 dev eth0 nud stale
netns=/run/netns/two cni_args='IgnoreUnknown=1;IP=198.51.100.77' cni ADD two
is "$status $(ip -n outside neigh show 198.51.100.77 | cut -d' ' -f5)" "0 $(result '.interfaces[0].mac')" 'ipvlan: neighbours learn of it without asking'
ok 'ipvlan: containers reach each other' ping_from two "$address"
cni DEL two
detached ipvlan
for mode in l3 l3s; do
	config=$(network=lan network_config "\"master\": \"uplink\", \"mode\": \"$mode\", $lan")
	cni ADD one
	is "$status $(inside one .linkinfo.info_data.mode)" "0 \"$mode\"" "ipvlan: mode $mode"
	cni DEL one
done
config=$(network=lan network_config '"prevResult": {"cniVersion": "1.1.0", "interfaces": [{"name": "uplink"}], "ips": [{"address": "198.51.100.55/24"}],
	"routes": [{"dst": "203.0.113.0/24", "gw": "198.51.100.2"}]}')
cni ADD one
is "$status $(result '[.interfaces[0].name, .ips[0].address, .ips[0].interface] | join(" ")')" '0 eth0 198.51.100.55/24 0' 'ipvlan: chained, with the addresses of the result before'
ok 'ipvlan: which reaches its neighbour' ping_from one 198.51.100.2
detached 'ipvlan, chained'
cni ADD one
remove_container one
cni DEL one
is "$status$output$(find "$store" -path '*/net/*/a/*')" 0 'ipvlan: DEL after the namespace'
make_container one

# --- vrf ---
# chained LINK NAME... - ADD of that link of a macvlan and a VRF for each interface
add_to_vrf() {
	be macvlan
	config=$(network=lan network_config "\"master\": \"uplink\", $lan")
	cni ADD one "$1"
	made=$output
	be vrf
	config=$(network=lan network_config "$2" | jq -c --argjson result "$made" '. + {prevResult: $result}')
	cni ADD one "$1"
}
take_out() {
	cni DEL one "$1"
	said=$status$output
	be macvlan
	config=$(network=lan network_config "\"master\": \"uplink\", $lan")
	cni DEL one "$1"
	be vrf
}
before=$(left)
add_to_vrf eth0 '"vrfname": "blue"'
is "$status$errors" 0 'vrf: ADD'
is "$(jq -cS . <<<"$output")" "$(jq -cS . <<<"$made")" 'vrf: the result is the one that came'
is "$(inside one '[.master, ([.addr_info[] | select(.scope == "global") | .local] | join(" "))] | join(" ")')" "\"blue $(address_of 4) $(address_of 6)\"" \
	'vrf: the interface is in it, and has its addresses'
is "$(ip -n one -d -j link show blue | jq -c '.[0] | [.linkinfo.info_data.table, .flags[-1]]')" '[1,"LOWER_UP"]' 'vrf: with the first free table'
like "$(ip -n one route show table 1) $(ip -n one route show 203.0.113.0/24)" '203.0.113.0/24 via 198.51.100.2 dev eth0.* $' 'vrf: which its routes are in'
ok 'vrf: a neighbour is reached through it' ping_from one 198.51.100.2 -I blue
ok 'vrf: over IPv6' ping_from one 2001:db8:7::2 -I blue
config=$(jq -c --argjson result "$made" '. + {prevResult: $result}' <<<"$config")
cni CHECK one
is "$status$output" 0 'vrf: CHECK'
ip -n one link set eth0 nomaster
cni CHECK one
like "$status $output" '"msg": "Failed to find eth0 associated to vrf blue"' 'vrf: CHECK of one that is not in it'
ip -n one link set eth0 master blue
ip -n one route add 203.0.113.0/24 via 198.51.100.2 table 1
add_to_vrf eth1 '"vrfname": "lo"'
like "$status $output" '"msg": "Netlink lo is not a VRF"' 'vrf: a name that is taken'
config=$(network=lan network_config '"vrfname": "blue", "table": 7' | jq -c --argjson result "$made" '. + {prevResult: $result}')
cni ADD one eth1
like "$status $output" '"msg": "VRF blue already exist with different routing table 1"' 'vrf: another table than it has'
cni ADD one eth0
like "$status $output" '"msg": "interface eth0 has already a master set: blue"' 'vrf: a second link of the chain'
config=$(network=lan network_config '"vrfname": "blue"' | jq -c --argjson result "$made" '. + {prevResult: $result}')
cni ADD one eth0
like "$status $output" '108' 'vrf: a second ADD'
cni ADD one eth1
is "$status $(ip -n one -br link show master blue | wc -l)" '0 2' 'vrf: a second interface'
config=$(network=lan network_config '"vrfname": "red"' | jq -c --argjson result "$made" '. + {prevResult: $result}')
netns=/run/netns/one cni ADD other eth1
like "$status $output" '"msg": "interface eth1 has already a master set: blue"' 'vrf: one that is in another'
ip -n one link add theirs type vrf table 9
config=$(network=lan network_config '"vrfname": "theirs"' | jq -c --argjson result "$made" '. + {prevResult: $result}')
netns=/run/netns/one cni ADD other eth1
is "$status $(ip -n one -br link show type vrf | wc -l)" '1 2' 'vrf: a refused ADD leaves an empty VRF that somebody has made'
config=$(network=lan network_config '"vrfname": "blue"' | jq -c --argjson result "$made" '. + {prevResult: $result}')
netns=/run/netns/one cni ADD other eth1
is "$status $(ip -n one -j link show eth1 | jq -r '.[0].master')" '1 blue' 'vrf: and an interface in the VRF that another ADD has put it into'
take_out eth1
# The kernel has no VRF in a VRF: what an ADD has listed by then is neither moved nor copied
ip -n one link set theirs up && ip -n one route add 192.0.2.128/25 dev theirs
config=$(network=lan network_config '"vrfname": "red"' | jq -c '. + {prevResult: {cniVersion, interfaces: [{name: "theirs", sandbox: "/run/netns/one"}]}}')
cni ADD one theirs
is "$status $(ip -n one route show table all 192.0.2.128/25)" '1 192.0.2.128/25 dev theirs scope link ' 'vrf: what cannot be put into it keeps its routes'
add_to_vrf eth1 '"vrfname": "theirs"'
is "$status $(ip -n one -j link show eth1 | jq -r '.[0].master')" '0 theirs' 'vrf: one that is there is joined'
take_out eth1
is "$said $(ip -n one -br link show type vrf | wc -l)" '0 2' 'vrf: and stays when the last has left it'
ip -n one link del theirs
is "$said $(ip -n one -br link show type vrf | wc -l)" '0 1' 'vrf: DEL of one leaves it to the other'
cni DEL one eth0
is "$status$output $(inside one '[.master // "-", ([.addr_info[] | select(.scope == "global")] | length)] | join(" ")') $(ip -n one route show 203.0.113.0/24 | wc -l)" \
	'0 "- 2" 1' 'vrf: DEL of the last gives the interface back as it was'
take_out eth0
is "$said $(left)" "0 $before" 'vrf: and takes it away'

# --- hardware ---
modprobe virtio_net
# at_home COMMAND... - in the namespace that hardware comes back to
at_home() {
	nsenter --net=/proc/self/fd/9 "$@"
}
nics=()
for nic in $(at_home ip -j link | jq -r '.[].ifname'); do
	[ "$nic" = lo ] || nics+=("$nic")
done
nic=${nics[0]}
bus=$(basename "$(dirname "$(realpath /sys/class/net/"$nic"/device)")")
at_home ip link set "${nics[1]}" netns "$(readlink -f /run/netns/outside)"
ip -n outside addr flush dev eth0
ip -n outside link set "${nics[1]}" name hub up
ip -n outside addr add 198.51.100.2/24 dev hub
at_home ip link set "$nic" up
mac=$(at_home ip -j link show "$nic" | jq -r '.[0].address')
printf '#!/bin/sh\nexec nsenter --net=/proc/self/fd/9 %s "$@"\n' "$kinds/host-device" >"$scratch/host-device"
chmod +x "$scratch/host-device"
be host-device
PLUGIN=$scratch/host-device
config=$(network=lan network_config "\"pciBusID\": \"$bus\", \"ipam\": {\"type\": \"host-local\", \"subnet\": \"198.51.100.0/24\", \"rangeStart\": \"198.51.100.10\"}")
# how_it_is - name, MAC, alias and whether it is up
how_it_is() {
	at_home ip -j link | jq -r --arg mac "$mac" '.[] | select(.address == $mac) | [.ifname, (.flags | contains(["UP"])), .ifalias // "-"] | join(" ")'
}
attached 'hardware'
is "$(inside one '[.address, .ifalias] | join(" ")')" "\"$mac $nic\"" 'hardware: the device at a place of the bus'
ok 'hardware: what is on its link is reached' ping_from one 198.51.100.2
cni DEL one
is "$status$output $(how_it_is)" "0 $nic true -" 'hardware: DEL gives it back, up'
cni ADD one
remove_container one
came_back() {
	[ "$(how_it_is)" = "eth0 false $nic" ] || [ "$(how_it_is)" = "$nic false $nic" ]
}
wait_for came_back
is "$?" 0 'hardware: when the namespace ends, the kernel gives it back, under the name it had there'
cni DEL one
is "$status$output $(how_it_is)$(find "$store" -path '*/net/*/a/*')" "0 $nic true -" 'hardware: DEL lets it have its own again, and frees the address'
make_container one
cni ADD one
ip -n one link set eth0 address 02:00:00:00:00:98
remove_container one
carries_alias() {
	at_home ip -j link | jq -e --arg nic "$nic" 'any(.ifalias == $nic)'
}
wait_for carries_alias
cni DEL one
is "$status$output $(how_it_is)" "0 $nic true -" 'hardware: as it does when it comes back with another MAC'
done_testing
