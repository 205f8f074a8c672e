#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# CHECK: every object of ours that is changed or removed is noticed and named; put back, CHECK succeeds again.
. "$(dirname "$0")/lib.sh"

make_container one two
plain=$(network_config '"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]},
	"ipMasqExclude": ["198.51.100.0/24"], "capabilities": {"portMappings": true}, "runtimeConfig": {"portMappings": [
	{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}, {"hostPort": 5353, "containerPort": 53, "protocol": "udp"},
	{"hostPort": 8443, "containerPort": 443, "protocol": "tcp", "hostIP": "192.0.2.1"}]}')
config=$plain
cni ADD one
is "$status" 0 'ADD'
explain "$output" "$errors"
host_end=$(result '.interfaces[0].name')
address=$(address_of 4) address_ipv6=$(address_of 6)
config=$(config_with_result)
cni CHECK one
is "$status$output" 0 'CHECK directly after ADD succeeds and says nothing'
explain "$output"

# tamper NAME PATTERN COMMAND UNDO - CHECK fails after COMMAND with a message that matches, and succeeds after UNDO
tamper() {
	bash -c "$3" >"$scratch/said" 2>&1 || explain "$(<"$scratch/said")"
	cni CHECK one
	is "$status" 1 "$1: noticed"
	like "$(result '.msg + " " + (.details // "")')" "$2" "$1: named"
	bash -c "$4" >"$scratch/said" 2>&1 || explain "$(<"$scratch/said")"
	cni CHECK one
	is "$status" 0 "$1: put back, CHECK succeeds"
	[ "$status" -eq 0 ] || explain "$output"
}

in_one='nsenter --net=/run/netns/one'
mac=$(ip -j link show "$host_end" | jq -r '.[0].address')
container_mac=$(place one ip -j link show eth0 | jq -r '.[0].address')
# What the kernel forgets when a MAC changes or a link goes down
host_neighbours="for a in $address $address_ipv6; do ip neigh replace \$a lladdr $container_mac dev $host_end nud permanent; done"
container_neighbours="for a in 10.77.0.1 fe80::1; do $in_one ip neigh replace \$a lladdr $mac dev eth0 nud permanent; done"
route=$(ip route show "$address")
route_ipv6=$(ip -6 route show "$address_ipv6")

tamper 'host end down' "$host_end" "ip link set $host_end down" \
	"ip link set $host_end up; ip addr add fe80::1/64 dev $host_end nodad; ip route add $address ${route#* } proto 200;
	ip -6 route add $route_ipv6; $host_neighbours"
tamper 'host end with another MTU' "$host_end.*MTU" "ip link set $host_end mtu 1400" "ip link set $host_end mtu 1500"
tamper 'host end with another MAC' "$host_end.*MAC" "ip link set $host_end address 02:00:00:00:00:99" "ip link set $host_end address $mac; $host_neighbours"
tamper 'host end in another group' "$host_end.*group" "ip link set $host_end group 0" "ip link set $host_end group 51771"
tamper 'host end renamed' "$host_end.*missing" "ip link set $host_end down name other0 && ip link set other0 up" \
	"ip link set other0 down; ip link set other0 name $host_end; ip link set $host_end up; ip addr add fe80::1/64 dev $host_end nodad;
	ip route add $address ${route#* } proto 200; ip -6 route add $route_ipv6; $host_neighbours"
tamper 'host route' "$address" "ip route del $address" "ip route add $address ${route#* } proto 200"
tamper 'host route to another device' "$address" "ip route replace $address dev uplink" "ip route replace $address ${route#* } proto 200"
tamper 'host route over IPv6' "$address_ipv6" "ip -6 route del $address_ipv6" "ip -6 route add $route_ipv6"
tamper 'neighbour entry of the host' "neighbour.*$address" "ip neigh replace $address lladdr 02:00:00:00:00:01 dev $host_end nud permanent" \
	"$host_neighbours"
tamper 'IPv6 next hop' 'fe80::1' "ip addr del fe80::1/64 dev $host_end" "ip addr add fe80::1/64 dev $host_end nodad"
tamper 'gateway address' 'gateway address 10.77.0.1' 'ip addr del 10.77.0.1/32 dev cambric0' \
	"ip addr add 10.77.0.1/32 dev cambric0; ip route replace $address ${route#* } proto 200"
tamper 'bridge of the gateways down' 'cambric0 is down' 'ip link set cambric0 down' \
	'ip link set cambric0 up; ip addr replace fd00:77::1/128 dev cambric0 nodad; ip -6 route replace '"$route_ipv6"
tamper 'unreachable route' 'unreachable 10.77.0.0/16' 'ip route del unreachable 10.77.0.0/16' \
	'ip route add unreachable 10.77.0.0/16 metric 2147418112 proto 200'
tamper 'forwarding' 'ip_forward' 'sysctl -q net.ipv4.ip_forward=0' "sysctl -q net.ipv4.ip_forward=1;
	sysctl -q net.ipv4.conf.$host_end.rp_filter=1"
tamper 'forwarding of IPv6' 'forwarding' 'sysctl -q net.ipv6.conf.all.forwarding=0' 'sysctl -q net.ipv6.conf.all.forwarding=1'
tamper 'rp_filter' 'rp_filter' "sysctl -q net.ipv4.conf.$host_end.rp_filter=0" "sysctl -q net.ipv4.conf.$host_end.rp_filter=1"
tamper 'route_localnet' 'route_localnet' "sysctl -q net.ipv4.conf.$host_end.route_localnet=0" "sysctl -q net.ipv4.conf.$host_end.route_localnet=1"
tamper 'accept_ra' 'accept_ra' "sysctl -q net.ipv6.conf.$host_end.accept_ra=1" "sysctl -q net.ipv6.conf.$host_end.accept_ra=0"

tamper 'container end down' 'eth0 is down' "$in_one ip link set eth0 down" \
	"$in_one ip link set eth0 up; $in_one ip route add 10.77.0.1 dev eth0 scope link; $in_one ip route add default via 10.77.0.1;
	$in_one ip addr replace $address_ipv6/128 dev eth0 nodad; $in_one ip -6 route replace default via fe80::1 dev eth0;
	$container_neighbours"
tamper 'container end with another MAC' 'eth0.*MAC' "$in_one ip link set eth0 address 02:00:00:00:00:98" "$in_one ip link set eth0 address $container_mac; $container_neighbours"
tamper 'container end with another MTU' 'eth0.*MTU' "$in_one ip link set eth0 mtu 1400" "$in_one ip link set eth0 mtu 1500"
tamper 'address' "$address/32" "$in_one ip addr del $address/32 dev eth0" \
	"$in_one ip addr add $address/32 dev eth0; $in_one ip route replace 10.77.0.1 dev eth0 scope link; $in_one ip route replace default via 10.77.0.1; $container_neighbours"
tamper 'address of IPv6' "$address_ipv6/128" "$in_one ip addr del $address_ipv6/128 dev eth0" "$in_one ip addr add $address_ipv6/128 dev eth0 nodad"
tamper 'default route' '0.0.0.0/0' "$in_one ip route del default" "$in_one ip route add default via 10.77.0.1"
tamper 'neighbour entry of the container' 'neighbour.*10.77.0.1' "$in_one ip neigh del 10.77.0.1 dev eth0" \
	"$container_neighbours"

ok 'a foreign address in the container' place one ip addr add 198.51.100.7/32 dev eth0
ok 'a foreign route in the container' place one ip route add 198.51.100.0/24 via 10.77.0.1
cni CHECK one
is "$status" 0 'is not our business'

reload="$PLUGIN reload"
elements=$(nft -j list table inet cambric | jq -r '.nftables[] | (.set // .map // empty) | select(.elem) | .name')
for set in $elements; do
	tamper "elements of $set" "$set|host port" "nft flush set inet cambric $set || nft flush map inet cambric $set" "$reload"
done
for set in $(nft -j list table inet cambric | jq -r '.nftables[] | (.chain // empty) | .name'); do
	tamper "rules of chain $set" "$set|lacks rules" "nft flush chain inet cambric $set" "$reload"
done
tamper 'a rule too many' 'raw' 'nft insert rule inet cambric raw accept' "$reload"
tamper 'table' 'cambric' 'nft delete table inet cambric' "$reload"
tamper 'whole ruleset' 'cambric' 'nft flush ruleset' "$reload"
tamper 'mapping to another container' 'host port 8080' \
	'nft "delete element inet cambric dnat4a { tcp . 8080 }; add element inet cambric dnat4a { tcp . 8080 : 10.77.9.9 . 80 }"' "$reload"

epoch=$(echo "$store"/*-*)
record=$(echo "$epoch"/net/net/a/one*)
tamper 'record' 'record' "mv '$record' /run/kept" "mv /run/kept '$record'"
tamper 'use of the gateway' 'gateway' "mv '$epoch'/use/gateway-10.77.0.1 /run/kept.use" "mv /run/kept.use '$epoch'/use/gateway-10.77.0.1"
place host cp --preserve=all -r "$epoch/bits" /run/kept.bits
tamper 'bit of the address' "$address" "find '$epoch/bits' -name 'host-*' -exec dd if=/dev/zero of={} bs=4096 count=1 conv=notrunc status=none \\;" \
	"rm -rf '$epoch/bits' && cp --preserve=all -r /run/kept.bits '$epoch/bits'"

# The path names another namespace now
netns=/run/netns/two cni CHECK one
is "$status" 1 'another namespace under the path: noticed'
config=$plain
cni CHECK one
like "$status $(result .msg)" '1 .*prevResult' 'CHECK needs prevResult'
cni DEL one
is "$status" 0 'DEL'
config=$(jq -cn --argjson config "$plain" '$config + {prevResult: {cniVersion: "1.1.0", interfaces: [], ips: []}}')
cni CHECK one
like "$status $(result .msg)" '1 .*no record' 'CHECK of what was detached'
done_testing
