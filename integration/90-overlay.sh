#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Containers on several hosts, with peers from the configuration: without a tunnel, in vxlan, and whichever is needed.
. "$(dirname "$0")/lib.sh"
. integration/hosts.sh
make_hosts
make_container a b c more

declare -A subnet=([east]=10.77.1.0/24 [west]=10.77.2.0/24 [far]=10.77.3.0/24)
declare -A address=([east]=192.0.2.11/24 [west]=192.0.2.12/24 [far]=198.51.100.13/24)
declare -A tunnel

# overlay KIND HOST [PEERS [MEMBERS]] - the configuration of a host into $config; PEERS instead of the two others
overlay() {
	local peer peers=()
	for peer in ${3:-east west far}; do
		[ "$peer" = "$2" ] || peers+=("{\"host\": \"${address[$peer]}\", \"subnets\": [\"${subnet[$peer]}\"]}")
	done
	local IFS=,
	config=$(overlay_config "$2" "${subnet[$2]}" "{\"kind\": \"$1\", \"network\": \"10.77.0.0/16\", \"peers\": [${peers[*]}]}" "${4:-}")
}

# attach KIND - a to east, b to west, c to far
attach() {
	local host container
	for host in east west far; do
		container=${containers[$host]}
		overlay "$1" "$host"
		on "$host" cni ADD "$container" || explain "$host: $output"
		is "$status" 0 "$1: $container is attached on $host"
	done
}

detach() {
	local host
	for host in east west far; do
		overlay "$1" "$host"
		on "$host" cni DEL "${containers[$host]}" || explain "$host: $output"
		is "$(routes_of "$host")$(ip -n "$host" link show group 51772)" '' "$1: nothing of it is left on $host"
	done
}

declare -A containers=([east]=a [west]=b [far]=c)

# tunnel_of HOST - the name of its device
tunnel_of() {
	ip -n "$1" -j link show group 51772 | jq -r 'map(.ifname | strings)[0] // ""'
}

# state_of HOST FILTER - a value out of what is applied there for network "net"
state_of() {
	head -n 1 /run/cambric-"$1"/*/overlay/net 2>/dev/null | jq -r "$2"
}

# reaches PLACE ADDRESS NAME - one answer of three is enough: on a busy machine a queue that all namespaces share overflows
reaches() {
	ping_from "$1" "$2" -c 3 -i 0.3 >/dev/null 2>&1
	verdict $? "$3"
}

# --- everybody in a tunnel ---

attach vxlan
tunnel[east]=$(tunnel_of east)
is "$(routes_of east)" "10.77.2.0/24 via 192.0.2.12 dev ${tunnel[east]} src 10.77.1.1 onlink mtu 1450
10.77.3.0/24 via 198.51.100.13 dev ${tunnel[east]} src 10.77.1.1 onlink mtu 1450
unreachable 10.77.0.0/16 metric 4000" 'vxlan: routes to both, none to the rest'
for pair in a/10.77.2.2 a/10.77.3.2 b/10.77.1.2 c/10.77.1.2 east/10.77.3.2 far/10.77.1.2; do
	reaches "${pair%/*}" "${pair#*/}" "vxlan: ${pair%/*} reaches ${pair#*/}"
done
is "$(ip -n a -j link show eth0 | jq .[0].mtu)" 1450 'a container has the MTU of the tunnel'
serve b tcp:80
is "$(ask a tcp 10.77.2.2 80)" 'b 10.77.1.2' 'a container is known by its own address at the other host'
stop_server "$server"
is "$(ping_from a 10.77.9.9 2>&1 | grep -c '+1 errors')" 1 'a subnet that nobody has is unreachable'

# Later ADDs: one comparison, nothing is written
overlay vxlan east
before=$(stat -c %Y.%i "$(echo /run/cambric-east/*/overlay/net)")
place east timeout 20 ip monitor route link >"$scratch/monitor" &
monitor=$!
sleep 0.2
on east cni ADD more
is "$(grep -cE "proto 201|${tunnel[east]}" "$scratch/monitor")" 0 'a later ADD changes no route and no tunnel'
kill "$monitor"
is "$(stat -c %Y.%i "$(echo /run/cambric-east/*/overlay/net)")" "$before" 'and writes no state'
reaches more 10.77.2.2 'it reaches the others'
on east cni DEL more

# The last one goes, the next one comes
on east cni DEL a
is "$status $(routes_of east)$(tunnel_of east)" '0 ' 'with the last container tunnel and routes go'
on east cni ADD a
reaches a 10.77.2.2 'the next one reaches the others'

# What somebody has changed is mended by the next ADD; CHECK sees it
of_a=$output
# check_a - CHECK of container a on east
check_a() {
	overlay vxlan east
	config=$(output=$of_a config_with_result)
	on east cni CHECK a
}
check_a
is "$status" 0 'CHECK of what stands' "$output"
changes=(
	'route to another host: 10.77.2.0/24.* is missing|ip route del 10.77.2.0/24'
	'route to another host: unreachable 10.77.0.0/16 is missing|ip route del unreachable 10.77.0.0/16 metric 4000'
	"route to another host: 10.77.2.0/24.* was changed|ip route replace 10.77.2.0/24 via 198.51.100.13 dev ${tunnel[east]} onlink proto 201"
	"route to another host: 10.77.2.0/24.* was changed|ip route replace 10.77.2.0/24 via 192.0.2.12 dev ${tunnel[east]} onlink proto 201 src 10.77.1.1 mtu 1300"
	"tunnel ${tunnel[east]} is missing|ip link del ${tunnel[east]}"
	"tunnel ${tunnel[east]} is down|ip link set ${tunnel[east]} down"
	"tunnel ${tunnel[east]} was changed|ip link set ${tunnel[east]} mtu 1300"
	"neighbour of tunnel peer 192.0.2.12 is missing or another one|ip neigh del 192.0.2.12 dev ${tunnel[east]}"
	"neighbour of tunnel peer 192.0.2.12 is missing or another one|ip neigh replace 192.0.2.12 lladdr 02:00:00:00:00:01 dev ${tunnel[east]} nud permanent"
	"forwarding entry of tunnel peer 192.0.2.12 is missing or another one|bridge fdb del 02:ca:c0:00:02:0c dev ${tunnel[east]} dst 192.0.2.12 self"
	"forwarding entry of tunnel peer 192.0.2.12 is missing or another one|bridge fdb replace 02:ca:c0:00:02:0c dev ${tunnel[east]} dst 192.0.2.99 self permanent"
	"the vxlan interface has another MAC than its peers expect|ip link set ${tunnel[east]} address 02:00:00:00:00:01"
	"tunnel ${tunnel[east]} was changed|ip link set ${tunnel[east]} alias nobody"
)
for change in "${changes[@]}"; do
	read -ra words <<<"${change#*|}"
	place east "${words[@]}"
	check_a
	is "$status $(result .code)" '1 106' "CHECK after: ${words[*]}"
	like "$(result .msg)" "${change%%|*}" 'it names what differs'
	overlay vxlan east
	if [[ ${words[*]} == *nobody ]]; then
		on east cni ADD more
		is "$status $(result .code)" '1 105' 'a tunnel of that name that is not ours is not touched'
		place east ip link del "${tunnel[east]}"
	fi
	on east cni ADD more || explain "$output"
	is "$status" 0 'ADD after that'
	reaches more 10.77.2.2 'the peer is reached again'
	on east cni DEL more
	check_a
	is "$status" 0 'CHECK after that' "$output"
done

# Peers come, go and move
overlay vxlan east far
on east cni ADD more
is "$(routes_of east)" "10.77.3.0/24 via 198.51.100.13 dev ${tunnel[east]} src 10.77.1.1 onlink mtu 1450
unreachable 10.77.0.0/16 metric 4000" 'a peer that has left the configuration has left the host'
is "$(state_of east '.settled'),$(grep -c leaving /run/cambric-east/*/overlay/net)" 'true,0' 'and what is kept of it'
on east cni DEL more
address[west]=192.0.2.99/24
overlay vxlan east
on east cni ADD more
like "$(routes_of east)" '10.77.2.0/24 via 192.0.2.99 ' 'a peer that has moved is followed'
is "$(ip -n east neigh show dev "${tunnel[east]}" nud permanent | grep -c '^192.0.2.12 ')" 0 'nothing leads to where it was'
on east cni DEL more
address[west]=192.0.2.12/24
overlay vxlan east
on east cni ADD more
reaches more 10.77.2.2 'and back again'
on east cni DEL more

# This host gets another address; two vxlan devices of one VNI and port cannot be
place east ip addr add 192.0.2.21/24 dev eth0
overlay vxlan east
config=$(jq -c '.overlay.local = "192.0.2.21"' <<<"$config")
on east cni ADD more
is "$status" 0 'another address of this host' "$output"
is "$(ip -n east -d -j link show group 51772 | jq -c '[.[].linkinfo.info_data.local | strings]')" '["192.0.2.21"]' 'the tunnel begins there, and there is one'
is "$(place east nft -j list set inet cambric tunnel_local | jq -c '[.nftables[1].set.elem[].concat[0]]')" '["192.0.2.21"]' 'and so does the accept-list'
on east cni DEL more
overlay vxlan east
on east cni ADD more
is "$status $(tunnel_of east)" "0 ${tunnel[east]}" 'and back again' "$output"
reaches more 10.77.2.2 'it reaches the others'
is "$(ip -n east -6 addr show dev "${tunnel[east]}")$(place east awk '/OutRouterSolicits/ { print $2 }' "/proc/net/dev_snmp6/${tunnel[east]}")" 0 'a tunnel has no addresses and looks for no routers'
on east cni DEL more
place east ip addr del 192.0.2.21/24 dev eth0

# A second network shares the tunnel
network=second
config=$(overlay_config east 10.78.1.0/24 '{"kind": "vxlan", "peers": [{"host": "192.0.2.12", "subnets": ["10.78.2.0/24"]}]}')
on east cni ADD more
is "$status $(ip -n east -j link show group 51772 | jq '[.[].ifname | strings] | length')" '0 1' 'two networks share one tunnel' "$output"
unset network
overlay vxlan east
on east cni DEL a
is "$(routes_of east)" "10.78.2.0/24 via 192.0.2.12 dev ${tunnel[east]} src 10.78.1.1 onlink mtu 1450" 'one of them leaves: the tunnel stays for the other'
network=second
config=$(overlay_config east 10.78.1.0/24 '{"kind": "vxlan", "peers": []}')
on east cni DEL more
is "$(tunnel_of east)" '' 'and goes with it'
unset network

# Somebody else's route and somebody else's tunnel
place east ip route add 10.77.2.0/24 via 192.0.2.1
overlay vxlan east
on east cni ADD a
is "$status $(result .code)" '1 100' 'a route of the same destination that somebody else has made'
like "$(result .msg)" 'route to 10.77.2.0/24 was made by somebody else \(protocol 3' 'is named'
is "$(ip -n east route show 10.77.2.0/24)$(tunnel_of east)$(routes_of east)" '10.77.2.0/24 via 192.0.2.1 dev eth0 ' 'and stays, and nothing else does'
place east ip route del 10.77.2.0/24
place east ip link add theirs type vxlan id 1 local 192.0.2.11 dstport 4789
place east ip link set theirs up
on east cni ADD a
isnt "$status" 0 'a tunnel of the same address that somebody else has made'
like "$(result .msg)$(result .details)" 'theirs' 'is named'
is "$(tunnel_of east)$(routes_of east)" '' 'and nothing is left'
place east ip link del theirs
on east cni ADD a
is "$status" 0 'without it' "$output"
detach vxlan

# --- nobody in a tunnel ---

containers[far]=none
overlay direct east 'east west'
on east cni ADD a
overlay direct west 'east west'
on west cni ADD b
is "$status" 0 'direct: attached' "$output"
is "$(routes_of east)$(tunnel_of east)" '10.77.2.0/24 via 192.0.2.12 dev eth0 src 10.77.1.1
unreachable 10.77.0.0/16 metric 4000' 'direct: a route through the link, and no tunnel'
reaches a "$(address_of 4)" 'direct: containers reach each other'
is "$(ip -n a -j link show eth0 | jq .[0].mtu)" 1500 'direct: with the MTU of the link'
on west cni DEL b
overlay direct east
on east cni ADD more
is "$status $(result .code)" '1 7' 'direct: a peer behind a router is refused'
like "$(result .msg)" 'host 198.51.100.13 is behind a router' 'and named'
overlay direct east 'east west'
on east cni DEL a
is "$(routes_of east)" '' 'direct: nothing is left'

# --- only where it is needed: a kernel without ipip (here) must do without a tunnel ---

overlay auto east 'east west'
on east cni ADD a
overlay auto west 'east west'
on west cni ADD b
is "$status $(tunnel_of east)$(tunnel_of west)" '0 ' 'auto: no tunnel between hosts of one link' "$output"
reaches a "$(address_of 4)" 'auto: containers reach each other'
on west cni DEL b
overlay auto east 'east west'
on east cni DEL a
address[west]=192.0.2.12/30
overlay auto east 'east west'
on east cni ADD a
if [ "$status" = 0 ]; then
	like "$(tunnel_of east)" '^ipip' 'auto: a tunnel, where the other host does not have this one on its link'
	on east cni DEL a
else
	is "$(result .code)" 100 'auto: a tunnel is needed, which this kernel has not'
	like "$(result .msg)" 'no ipip tunnels \(module ipip\)' 'the module is named'
	is "$(routes_of east)$(ip -n east link show cambric0 2>/dev/null)$(ip -n a link show eth0 2>/dev/null)" "$(ip -n east link show cambric0 2>/dev/null)" 'nothing was made'
	on east cni STATUS
	is "$status $(result .code)" '1 50' 'STATUS says so'
	like "$(result .msg)" 'module ipip' 'with the module'
fi
address[west]=192.0.2.12/24

# --- by hand, without any container ---

overlay vxlan east
echo "$config" >"$scratch/east.json"
ok 'overlay sync' "$scratch/at-east" overlay sync "$scratch/east.json"
ok 'overlay sync again' "$scratch/at-east" overlay sync "$scratch/east.json"
is "$(routes_of east | wc -l)" 3 'makes the routes'
like "$("$scratch/at-east" -d /run/cambric-east overlay show)" "net vxlan local 192.0.2.11 device eth0 mtu 1450.*192.0.2.12 10.77.2.0/24 ${tunnel[east]}" 'overlay show'
on east cni ADD a
on east cni DEL a
on east cni GC
is "$(routes_of east | wc -l)" 3 'they outlive the last container, and GC'
place east ip link del "${tunnel[east]}"
ok 'overlay sync after the tunnel was deleted' "$scratch/at-east" overlay sync "$scratch/east.json"
is "$(routes_of east | wc -l)" 3 'brings it back'
on east cni ADD a
ok 'overlay leave' "$scratch/at-east" -d /run/cambric-east overlay leave net
is "$(routes_of east | wc -l)" 3 'a container that is left keeps them'
on east cni DEL a
is "$(routes_of east)$(tunnel_of east)$(place east ip -br addr show cambric0 | awk '{ print $3 }')" '' 'and they go with it'
ok 'overlay leave of what is not kept' "$scratch/at-east" -d /run/cambric-east overlay leave net
ok 'overlay sync' "$scratch/at-east" overlay sync "$scratch/east.json"
ok 'overlay leave' "$scratch/at-east" -d /run/cambric-east overlay leave net
is "$(routes_of east)$(tunnel_of east)$(find /run/cambric-east -path '*/a/*' -o -path '*/overlay/*' -o -path '*/use/*')" '' 'without a container it takes all along'
done_testing
