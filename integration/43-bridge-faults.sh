#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Bridge mode under faults: what CHECK notices, what a failed ADD leaves, namespaces that are gone, GC.
. "$(dirname "$0")/lib.sh"

make_container one two three
members='"mode": "bridge", "ipam": {"ranges": [[{"subnet": "10.77.0.0/24"}], [{"subnet": "fd00:77::/64"}]]},
	"capabilities": {"portMappings": true}, "runtimeConfig": {"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "udp"}]}'
plain=$(network_config "$members, \"hairpinMode\": true, \"portIsolation\": true, \"macspoofchk\": true")

# --- CHECK ---
config=$plain
cni ADD one
host_end=$(result '.interfaces[1].name') bridge_mac=$(result '.interfaces[0].mac')
config=$(config_with_result)
remember_world
cni CHECK one
is "$status$output" 0 'CHECK directly after ADD'
world_is_unchanged 'changes nothing'
# tamper NAME|PATTERN|COMMAND|UNDO - CHECK fails after COMMAND with a message that matches, and succeeds after UNDO
while IFS='|' read -r name pattern command undo; do
	bash -c "$command" >"$scratch/said" 2>&1 || explain "$(<"$scratch/said")"
	cni CHECK one
	is "$status" 1 "$name: noticed"
	like "$(result '.msg')" "$pattern" "$name: named"
	bash -c "$undo" >"$scratch/said" 2>&1 || explain "$(<"$scratch/said")"
	cni CHECK one
	is "$status$output" 0 "$name: put back, CHECK succeeds"
done <<END
the bridge is down|bridge cb-net is down|ip link set cb-net down|ip link set cb-net up; ip addr replace fd00:77::1/64 dev cb-net nodad
the bridge has another MAC|cb-net has another MAC|ip link set cb-net address 02:00:00:00:00:98|ip link set cb-net address $bridge_mac
the bridge is in another group|cb-net has another MAC or group|ip link set cb-net group 0|ip link set cb-net group 51772
a setting of the bridge|accept_ra|sysctl -q net.ipv6.conf.cb-net.accept_ra=1|sysctl -q net.ipv6.conf.cb-net.accept_ra=0
a gateway address|gateway address 10.77.0.1/24 is missing|ip addr del 10.77.0.1/24 dev cb-net|ip addr add 10.77.0.1/24 brd + dev cb-net
a gateway address of IPv6|gateway address fd00:77::1/64 is missing|ip addr del fd00:77::1/64 dev cb-net|ip addr add fd00:77::1/64 dev cb-net nodad
the port has left|is no port of bridge cb-net|ip link set $host_end nomaster|ip link set $host_end master cb-net; bridge link set dev $host_end hairpin on isolated on
hairpin mode|hairpin mode of bridge port $host_end is off|bridge link set dev $host_end hairpin off|bridge link set dev $host_end hairpin on
isolation|isolation of bridge port $host_end is off|bridge link set dev $host_end isolated off|bridge link set dev $host_end isolated on
the port is down|$host_end is down|ip link set $host_end down|ip link set $host_end up
an address|address 10.77.0.2/24 is missing|ip -n one addr del 10.77.0.2/24 dev eth0|ip -n one addr add 10.77.0.2/24 brd + dev eth0; ip -n one route replace default via 10.77.0.1
a route|route 0.0.0.0/0 is missing|ip -n one route del default|ip -n one route add default via 10.77.0.1
a bound MAC|element of $host_end in nftables set bridge cambric macs|nft flush set bridge cambric macs|$PLUGIN reload
a bound address|element of $host_end in nftables set bridge cambric sources4|nft flush set bridge cambric sources4|$PLUGIN reload
a rule of the spoof check|bridge cambric lacks rules|nft flush chain bridge cambric prerouting|$PLUGIN reload
a rule too many|bridge cambric prerouting was changed|nft insert rule bridge cambric prerouting accept|$PLUGIN reload
the table of the spoof check|nftables set bridge cambric ports_1 is missing|nft delete table bridge cambric|$PLUGIN reload
an element of the other table|owner4|nft flush set inet cambric owner4|$PLUGIN reload
END
ip link set cb-net down && ip link set "$host_end" nomaster && ip link del cb-net
cni CHECK one
like "$status $(result .msg)" '1 bridge cb-net is missing' 'no bridge at all: noticed'
config=$plain
cni DEL one
is "$status" 0 'and DEL does not mind'

# --- rollback ---
remember_world
rows=$("$fail_after")
for neighbours in 0 1; do
	for ((row = 0; row <= rows; row++)); do
		fails_behind "$row" "$neighbours others"
	done
	[ "$neighbours" = 0 ] || break
	# with a port of its own, so that the bridge has all the settings that it keeps
	config=$(jq -c 'del(.portIsolation) | .runtimeConfig.portMappings[0].hostPort = 8081' <<<"$plain")
	cni ADD two
	config=$plain
	remember_world
done
neighbour=$(place two ip -j -4 addr show eth0 | jq -r '.[0].addr_info[0].local')
ok 'the neighbour is still reached' ping_from host "$neighbour"

# --- namespaces that are gone, GC, records of others ---
cni ADD one
remove_container one
cni DEL one
is "$status$output" 0 'DEL after the namespace'
make_container one
world_is_unchanged 'leaves nothing'
cni ADD one
config=$(jq -c '. + {"cni.dev/valid-attachments": [{containerID: "two", ifname: "eth0"}]}' <<<"$plain")
cni GC
is "$status" 0 'GC of one of two'
ok 'keeps the other' ping_from host "$neighbour"
config=$(jq -c '. + {"cni.dev/valid-attachments": []}' <<<"$plain")
cni GC
is "$status$(ip -o link show group 51772)$(nft list tables bridge)" 0 'GC of all takes bridge and table along'
is "$(find "$store" -path '*/net/*/a/*' -o -path '*/use/*/*')" '' 'and the records'

# --- an ADD that was killed before it had taken IPv6 from its bridge ---
config=$(network_config '"mode": "bridge", "ipam": {"subnet": "10.77.0.0/24"}')
not_ok 'killed where it looks at the settings of its bridge' env -i CNI_COMMAND=ADD CNI_PATH=/x CNI_CONTAINERID=one CNI_NETNS=/run/netns/one \
	CNI_IFNAME=eth0 strace -qq -o /dev/null -P /proc/sys/net/ipv6/conf/cb-net -e inject=openat:signal=KILL:when=1 "$PLUGIN" <<<"$config"
unlike "$(ip -o link show cb-net)" '[<,]UP[,>]' 'leaves the bridge down'
cni ADD two
is "$status $(sysctl -n net.ipv6.conf.cb-net.disable_ipv6 net.ipv6.conf.cb-net.accept_ra | tr '\n' ' ')" '0 1 0 ' 'ADD of another container: the bridge is deaf to routers'
config=$(config_with_result)
cni CHECK two
is "$status$output" 0 'CHECK'
sysctl -q net.ipv6.conf.cb-net.accept_ra=1
cni CHECK two
like "$status $(result .msg)" '^1 .*accept_ra is 1, expected 0' 'notices a bridge that is not'
cni DEL one && cni DEL two
is "$status" 0 'DEL of both'

# --- some at once, joining and leaving ---
config=$(jq -c 'del(.runtimeConfig)' <<<"$plain")
for round in 1 2 3; do
	for name in one two three; do
		run_plugin CNI_COMMAND=ADD CNI_PATH=/x CNI_CONTAINERID="$name" CNI_NETNS="/run/netns/$name" CNI_IFNAME="eth$round" \
			>/dev/null 2>&1 &
	done
	for name in one two three; do
		[ "$round" = 1 ] || run_plugin CNI_COMMAND=DEL CNI_PATH=/x CNI_CONTAINERID="$name" CNI_NETNS="/run/netns/$name" \
			CNI_IFNAME="eth$((round - 1))" >/dev/null 2>&1 &
	done
	wait
done
for name in one two three; do
	is "$(ip -n "$name" -br -4 addr show eth3 | wc -l)" 1 "$name is attached"
	ok 'and reaches the gateway' place "$name" ping -n -q -c 1 -W 2 -I eth3 10.77.0.1
	cni DEL "$name" eth3
done
not_ok 'the last one takes the bridge along' ip link show cb-net
done_testing
