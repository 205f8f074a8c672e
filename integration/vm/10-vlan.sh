#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# VLANs of bridge ports: who reaches whom, what CHECK notices, what is left. Needs a kernel with VLAN filtering.
. "$(dirname "$0")/lib.sh"

fail_after=$(realpath "$(dirname "$PLUGIN")/integration/programs/fail_after")

# vlan_config NETWORK MEMBERS - a network on the bridge br0
vlan_config() {
	network=$1 network_config "\"mode\": \"bridge\", \"bridge\": \"br0\", $2"
}

# vlans_of DEVICE - "100pu 300": p where untagged frames go in, u where they come out untagged
vlans_of() {
	bridge vlan show dev "$1" | sed '1d; s/^[^ \t]*[ \t]*//; s/ PVID/p/; s/ Egress Untagged/u/; /^$/d' | tr -d ' ' | paste -sd ' '
}

# tagged CONTAINER VLAN ADDRESS - an interface for the frames of one VLAN in a container
tagged() {
	place "$1" ip -batch - <<-END
		link add link eth0 name eth0.$2 type vlan id $2
		addr add $3 dev eth0.$2
		link set eth0.$2 up
	END
}

# left - what could be left of VLANs; whether links have carrier depends on their ports and is no matter
left() {
	ip -br addr | awk '{ $2 = ""; print }'
	bridge vlan show
	nft list ruleset | grep -v '#'
	world_of_store
}

remember() {
	left >"$scratch/left.before"
}

nothing_is_left() {
	is "$(left | diff "$scratch/left.before" - | grep '^[<>]')" '' "$1"
}

make_container one two three four five
blue=$(vlan_config blue '"vlan": 100, "ipam": {"subnet": "10.77.0.0/24"}')
green=$(vlan_config green '"vlan": 200, "ipam": {"subnet": "10.78.0.0/24"}')
trunk=$(vlan_config trunk '"vlan": 200, "vlanTrunk": [{"id": 100}, {"minID": 300, "maxID": 302}]')
dual=$(vlan_config dual '"vlan": 300, "ipam": {"ranges": [[{"subnet": "10.79.0.0/24"}], [{"subnet": "fd00:79::/64"}]]}')
untold=$(vlan_config untold '"vlanTrunk": [{"id": 300}]')

# --- a kernel that filters VLANs and has no interfaces of them ---
config=$blue
without_module 8021q
cni STATUS
like "$status $(result '.code, .msg' | tr '\n' ' ')" '^1 50 .*CONFIG_VLAN_8021Q' 'without interfaces of VLANs in the kernel STATUS names the option'
cni ADD one
like "$status $(result '.code, .msg' | tr '\n' ' ')" '^1 50 .*CONFIG_VLAN_8021Q' 'and so does ADD'
not_ok 'which leaves no bridge' ip link show br0
with_module 8021q

# --- what is made ---
cni STATUS
is "$status$output" 0 'STATUS'
cni ADD one && cni DEL one
config=$dual && cni ADD one && cni DEL one
config=$blue
remember_world
cni ADD one
is "$status$errors" 0 'ADD with an access VLAN'
port=$(result '.interfaces[1].name') blue_result=$output
is "$(ip -j -d link show br0 | jq '.[0].linkinfo.info_data.vlan_filtering')" 1 'the bridge filters'
is "$(vlans_of "$port")" 100pu 'the port is in its VLAN and no other'
is "$(vlans_of br0)" '1pu 100' 'the bridge itself takes its frames, tagged'
is "$(ip -br -4 addr show br0.100 | awk '{ print $3 }')$(ip -br -4 addr show br0)" 10.77.0.1/24 'the gateway is on the interface of the VLAN'
cni ADD two
two=$(address_of 4)
config=$green
cni ADD three
is "$status$errors" 0 'another VLAN on the same bridge'
three=$(address_of 4)
config=$trunk
cni ADD four
is "$status$errors" 0 'a trunk with a native VLAN'
trunk_port=$(result '.interfaces[1].name') trunk_result=$output
is "$(vlans_of "$trunk_port")" '100 200pu 300 301 302' 'the port has the VLANs of the list tagged, its own untagged'
config=$untold
cni ADD five
untold_port=$(result '.interfaces[1].name') untold_result=$output
is "$status $(vlans_of "$untold_port")" '0 1pu 300' 'without one, untagged frames belong to the default VLAN'

# --- who reaches whom ---
# Addresses of one subnet, in different VLANs: only the VLAN is between them
ip -n three addr add 10.77.0.93/24 dev eth0
tagged one 200 10.78.0.91/24
tagged four 100 10.77.0.94/24
ip -n four addr add 10.78.0.94/24 dev eth0
tagged four 300 10.79.0.4/24
tagged four 303 10.80.0.4/24
tagged five 300 10.79.0.5/24
tagged five 303 10.80.0.5/24
while IFS='|' read -r expected name from to device; do
	$expected "$name" place "$from" ping -n -q -c 1 -W 2 -I "$device" "$to"
done <<END
ok|within a VLAN|one|$two|eth0
ok|to its gateway|one|10.77.0.1|eth0
ok|to the outside|one|192.0.2.2|eth0
ok|the other VLAN's gateway|three|10.78.0.1|eth0
ok|between VLANs through the host, which routes|one|$three|eth0
not_ok|not past it|one|10.77.0.93|eth0
not_ok|tagged frames from an access port do not enter another VLAN|one|$three|eth0.200
ok|tagged frames of a trunk do|four|$two|eth0.100
ok|and untagged ones the native VLAN|four|$three|eth0
ok|trunk to trunk|four|10.79.0.5|eth0.300
not_ok|not in a VLAN that is not listed|four|10.80.0.5|eth0.303
END

# --- CHECK ---
# tamper NAME|WHO|PATTERN|COMMAND|UNDO - CHECK fails after COMMAND with a message that matches, and succeeds after UNDO
while IFS='|' read -r name who pattern command undo; do
	config=${blue} output=$blue_result
	[ "$who" != four ] || config=$trunk output=$trunk_result
	[ "$who" != five ] || config=$untold output=$untold_result
	config=$(config_with_result)
	ok "$name: done" bash -c "$command"
	cni CHECK "$who"
	like "$status $(result '.msg')" "^1 $pattern" "$name: noticed and named"
	bash -c "$undo"
	cni CHECK "$who"
	is "$status$output" 0 "$name: put back, CHECK succeeds"
done <<END
VLAN taken from the port|one|bridge port $port is in other VLANs|bridge vlan del vid 100 dev $port|bridge vlan add vid 100 pvid untagged dev $port
a VLAN too many|one|bridge port $port is in other VLANs|bridge vlan add vid 7 dev $port|bridge vlan del vid 7 dev $port
frames leave tagged|one|bridge port $port is in other VLANs|bridge vlan add vid 100 pvid dev $port|bridge vlan add vid 100 pvid untagged dev $port
VLAN taken from the trunk|four|bridge port $trunk_port is in other VLANs|bridge vlan del vid 301 dev $trunk_port|bridge vlan add vid 301 dev $trunk_port
VLAN of the trunk untagged|four|bridge port $trunk_port is in other VLANs|bridge vlan add vid 300 untagged dev $trunk_port|bridge vlan add vid 300 dev $trunk_port
default VLAN taken from the trunk|five|bridge port $untold_port is in other VLANs|bridge vlan del vid 1 dev $untold_port|bridge vlan add vid 1 pvid untagged dev $untold_port
filtering switched off|one|bridge br0 does not filter VLANs|ip link set br0 type bridge vlan_filtering 0|ip link set br0 type bridge vlan_filtering 1
the bridge has left|one|bridge br0 itself is not in VLAN 100|bridge vlan del vid 100 dev br0 self|bridge vlan add vid 100 dev br0 self
interface of the VLAN down|one|interface br0.100 is down|ip link set br0.100 down|ip link set br0.100 up
gateway gone|one|gateway address 10.77.0.1/24 is missing|ip addr del 10.77.0.1/24 dev br0.100|ip addr add 10.77.0.1/24 dev br0.100
END

# --- what the interface of a VLAN hears and says ---
# settings_of DEVICE - disable_ipv6, accept_ra, forwarding
settings_of() {
	sysctl -n "net/ipv6/conf/$1/disable_ipv6" "net/ipv6/conf/$1/accept_ra" "net/ipv4/conf/$1/forwarding" | tr '\n' ' '
}
is "$(settings_of br0.100)" '1 0 1 ' 'without IPv6 in the network it has none'
config=$blue output=$blue_result
config=$(config_with_result)
sysctl -q net/ipv6/conf/br0.100/accept_ra=1
cni CHECK one
like "$status $(result .msg)" '^1 .*accept_ra is 1, expected 0' 'CHECK notices one that hears routers'
sysctl -q net/ipv6/conf/br0.100/accept_ra=0
config=$dual
cni ADD one eth1
is "$status $(settings_of br0.300)" '0 0 0 1 ' 'with IPv6 it hears no router'
cni DEL one eth1

# --- what is left ---
config=$untold && cni DEL five
config=$trunk && cni DEL four
config=$green && cni DEL three
is "$status" 0 'DEL of the last one of a VLAN'
is "$(vlans_of br0)" '1pu 100' 'takes the VLAN from the bridge'
not_ok 'and its interface along' ip link show br0.200
config=$(jq -c '. + {"cni.dev/valid-attachments": [{containerID: "one", ifname: "eth0"}]}' <<<"$blue")
cni GC
is "$status" 0 'GC of one of two'
ok 'keeps the gateway for the other' place one ping -n -q -c 1 -W 2 10.77.0.1
config=$blue && cni DEL one
remove_container one two three four five && make_container one two three four five
world_is_unchanged 'nothing is left of all that'
config=$(vlan_config keep '"vlan": 100, "preserveDefaultVlan": true, "isGateway": false, "ipam": {"subnet": "10.77.0.0/24"}')
cni ADD one
is "$(vlans_of "$(result '.interfaces[1].name')")" '1u 100pu' 'preserveDefaultVlan'
config=$(config_with_result)
cni CHECK one
is "$status$output" 0 'which CHECK knows'
cni DEL one
config=$(vlan_config listed '"vlan": 100, "vlanTrunk": [{"minID": 1, "maxID": 3}], "isGateway": false, "ipam": {"subnet": "10.77.0.0/24"}')
cni ADD one
is "$(vlans_of "$(result '.interfaces[1].name')")" '1 2 3 100pu' 'the default VLAN as one of a trunk'
config=$(config_with_result)
cni CHECK one
is "$status$output" 0 'which CHECK knows, too'
cni DEL one

# --- a bridge of somebody else, whose host is in VLAN 200 already ---
ip link add br0 address 02:00:00:00:00:01 type bridge
ip link set br0 addrgenmode none up
config=$blue
remember
cni ADD one
like "$status $(result '.code, .msg' | tr '\n' ' ')" '^1 7 vlan: bridge br0 exists and does not filter VLANs' 'a bridge that does not filter is refused'
nothing_is_left 'and left as it is'
ip link set br0 type bridge vlan_filtering 1
bridge vlan add vid 200 dev br0 self
ip link add link br0 name br0.200 type vlan id 200
ip link set br0.200 addrgenmode none up
ip addr add 10.78.0.1/24 dev br0.200
remember
config=$blue && cni ADD one && config=$green && cni ADD three
is "$status$errors" 0 'one that does is used'
is "$(settings_of br0.100)" '1 0 1 ' 'the interface that it lacked has the settings of ours'
cni DEL three && config=$blue && cni DEL one
is "$status" 0 'and DEL'
nothing_is_left 'leaves it as it was, with VLAN, interface and address of its own'

# --- something else of that name ---
ip link add br1 type bridge
for what in 'link br1 name br0.100 type vlan id 100' 'link br0 name br0.100 type vlan id 101' 'name br0.100 type bridge'; do
	# shellcheck disable=SC2086  # several words
	ip link add $what
	config=$blue
	cni ADD one
	is "$status $(result .msg)" '1 interface br0.100 is not that of VLAN 100 of bridge br0: File exists' "$what: refused"
	ip link del br0.100
done
ip link del br1
nothing_is_left 'and nothing is left'

# --- rollback ---
for ((row = 0, rows = $("$fail_after"); row <= rows; row += 2)); do
	config=$blue
	output=$(env -i CNI_COMMAND=ADD CNI_PATH=/x CNI_CONTAINERID=one CNI_NETNS=/run/netns/one CNI_IFNAME=eth0 \
		"$fail_after" "$row" <<<"$config" 2>&1)
	like "$output" 'row that always fails.*resource: failing' "ADD fails behind row $row"
	nothing_is_left 'and leaves nothing'
done

# --- killed between two requests to the kernel ---
# killed VERB COUNT - a run that is killed before its request number COUNT; false when there is no such request
killed() {
	env -i CNI_COMMAND="$1" CNI_PATH=/x CNI_CONTAINERID=one CNI_NETNS=/run/netns/one CNI_IFNAME=eth0 CAMBRIC_SYNC_DEL=1 strace \
		-qq -o /dev/null -e trace=sendmsg -e inject=sendmsg:signal=KILL:when="$2" "$PLUGIN" <<<"$config" >/dev/null
	[ $? = 137 ]
} 2>/dev/null
for verb in ADD DEL; do
	points=0
	for ((count = 1; count < 99; count += ${KILL_EVERY:-3})); do
		[ "$verb" = ADD ] || cni ADD one
		killed "$verb" "$count" || break
		points=$((points + 1))
		cni DEL one
		nothing_is_left "$verb killed before request $count, then DEL: nothing is left"
	done
	cni DEL one
	ok "$verb was killed at some points" test "$points" -gt 2
done
nothing_is_left 'nothing is left at the end'
done_testing
