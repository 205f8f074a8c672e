#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# CHECK: every object of ours that is changed or removed is noticed and named; put back, CHECK succeeds again.
#
# Not noticed, and why:
# - the gateway of the container's default route, and settings in its namespace: chained plugins (sbr, tuning) and the
#   container's owner may change them, and the specification has CHECK allow for that
# - rp_filter of "all": the host end has no IPv4 address, so 1 on it stays strict whatever "all" says
# - what others put beside ours, also into our sets; only in our chains a rule too many is noticed, as rules have an order
# - tunnels and routes to peers: there are none yet
. "$(dirname "$0")/lib.sh"

make_container one two three
plain=$(network_config '"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]},
	"ipMasqExclude": ["198.51.100.0/24"], "capabilities": {"portMappings": true}, "runtimeConfig": {"portMappings": [
	{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}, {"hostPort": 5353, "containerPort": 53, "protocol": "udp"},
	{"hostPort": 8443, "containerPort": 443, "protocol": "tcp", "hostIP": "192.0.2.1"}]}')

in_one='nsenter --net=/run/netns/one'

# attach - the container, and all that the tampers below have to know of it
attach() {
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
	mac=$(ip -j link show "$host_end" | jq -r '.[0].address')
	container_mac=$(place one ip -j link show eth0 | jq -r '.[0].address')
	# What the kernel forgets when a MAC changes or a link goes down
	host_neighbours="for a in $address $address_ipv6; do ip neigh replace \$a lladdr $container_mac dev $host_end nud permanent; done"
	container_neighbours="for a in 10.77.0.1 fe80::1; do $in_one ip neigh replace \$a lladdr $mac dev eth0 nud permanent; done"
	route=$(ip route show "$address")
	route_ipv6=$(ip -6 route show "$address_ipv6")
	epoch=$(echo "$store"/*-*)
	record=$(echo "$epoch"/net/net/a/one*)
}

attach_again() {
	cni DEL one
	is "$status" 0 'DEL of what was tampered with'
	attach
}

attach

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

tamper 'host end down' "$host_end" "ip link set $host_end down" \
	"ip link set $host_end up; ip addr add fe80::1/64 dev $host_end nodad; ip route add $address ${route#* } proto 200;
	ip -6 route add $route_ipv6; $host_neighbours"
tamper 'host end with another MTU' "$host_end.*MTU" "ip link set $host_end mtu 1400" "ip link set $host_end mtu 1500"
tamper 'host end with another MAC' "$host_end.*MAC" "ip link set $host_end address 02:00:00:00:00:99" "ip link set $host_end address $mac; $host_neighbours"
tamper 'host end in another group' "$host_end.*group" "ip link set $host_end group 0" "ip link set $host_end group 51771"
tamper 'host end renamed' "$host_end.*missing" "ip link set $host_end down; ip link set $host_end name other0; ip link set other0 up" \
	"ip link set other0 down; ip link set other0 name $host_end; ip link set $host_end up; ip addr add fe80::1/64 dev $host_end nodad;
	ip route add $address ${route#* } proto 200; ip -6 route add $route_ipv6; $host_neighbours"
tamper 'host route' "$address" "ip route del $address" "ip route add $address ${route#* } proto 200"
tamper 'host route to another device' "$address" "ip route replace $address dev uplink" "ip route replace $address ${route#* } proto 200"
tamper 'host route over IPv6' "$address_ipv6" "ip -6 route del $address_ipv6" "ip -6 route add $route_ipv6"
tamper 'host route as a blackhole' "$address" "ip route replace blackhole $address proto 200" \
	"ip route del blackhole $address; ip route add $address ${route#* } proto 200"
tamper 'host route with another source' "$address" "ip route replace $address dev $host_end scope link proto 200 src 192.0.2.1" \
	"ip route replace $address ${route#* } proto 200"
tamper 'host route behind a better one' "$address_ipv6" "ip -6 route add $address_ipv6 dev uplink metric 5" "ip -6 route del $address_ipv6 dev uplink metric 5"
tamper 'host route behind a rule' "$address" "ip route add $address dev uplink table 77; ip rule add to $address lookup 77" \
	"ip rule del to $address lookup 77; ip route flush table 77"
tamper 'neighbour entry of the host' "neighbour.*$address" "ip neigh replace $address lladdr 02:00:00:00:00:01 dev $host_end nud permanent" \
	"$host_neighbours"
tamper 'neighbour entry of the host over IPv6' "neighbour.*$address_ipv6" "ip neigh del $address_ipv6 dev $host_end" "$host_neighbours"
tamper 'IPv6 next hop' 'fe80::1' "ip addr del fe80::1/64 dev $host_end" "ip addr add fe80::1/64 dev $host_end nodad"
tamper 'gateway address' 'gateway address 10.77.0.1' 'ip addr del 10.77.0.1/32 dev cambric0' \
	"ip addr add 10.77.0.1/32 dev cambric0; ip route replace $address ${route#* } proto 200"
tamper 'gateway address of IPv6' 'gateway address fd00:77::1' 'ip addr del fd00:77::1/128 dev cambric0' \
	"ip addr add fd00:77::1/128 dev cambric0 nodad; ip -6 route replace $route_ipv6"
tamper 'bridge of the gateways replaced' 'cambric0' 'ip link set cambric0 down; ip link set cambric0 name kept0; ip link add cambric0 type dummy' \
	"ip link del cambric0; ip link set kept0 name cambric0; ip link set cambric0 up; ip addr replace fd00:77::1/128 dev cambric0 nodad;
	ip -6 route replace $route_ipv6"
tamper 'bridge of the gateways down' 'cambric0 is down' 'ip link set cambric0 down' \
	'ip link set cambric0 up; ip addr replace fd00:77::1/128 dev cambric0 nodad; ip -6 route replace '"$route_ipv6"
tamper 'unreachable route' 'unreachable 10.77.0.0/16' 'ip route del unreachable 10.77.0.0/16' \
	'ip route add unreachable 10.77.0.0/16 metric 2147418112 proto 200'
tamper 'unreachable route of IPv6' 'unreachable fd00:77::/64' 'ip -6 route del unreachable fd00:77::/64' \
	'ip -6 route add unreachable fd00:77::/64 metric 2147418112 proto 200'
tamper 'forwarding' 'ip_forward' 'sysctl -q net.ipv4.ip_forward=0' "sysctl -q net.ipv4.ip_forward=1;
	sysctl -q net.ipv4.conf.$host_end.rp_filter=1"
tamper 'forwarding of IPv6' 'forwarding' 'sysctl -q net.ipv6.conf.all.forwarding=0' 'sysctl -q net.ipv6.conf.all.forwarding=1'
tamper 'rp_filter' 'rp_filter' "sysctl -q net.ipv4.conf.$host_end.rp_filter=0" "sysctl -q net.ipv4.conf.$host_end.rp_filter=1"
tamper 'route_localnet' 'route_localnet' "sysctl -q net.ipv4.conf.$host_end.route_localnet=0" "sysctl -q net.ipv4.conf.$host_end.route_localnet=1"
tamper 'forwarding of the host end' "$host_end/forwarding" "sysctl -q net.ipv4.conf.$host_end.forwarding=0" "sysctl -q net.ipv4.conf.$host_end.forwarding=1"
tamper 'autoconf' 'autoconf' "sysctl -q net.ipv6.conf.$host_end.autoconf=1" "sysctl -q net.ipv6.conf.$host_end.autoconf=0"
tamper 'addr_gen_mode' 'addr_gen_mode' "sysctl -q net.ipv6.conf.$host_end.addr_gen_mode=0" "sysctl -q net.ipv6.conf.$host_end.addr_gen_mode=1"
tamper 'IPv6 off on the host end' 'disable_ipv6' "sysctl -q net.ipv6.conf.$host_end.disable_ipv6=1" \
	"sysctl -q net.ipv6.conf.$host_end.disable_ipv6=0; ip addr add fe80::1/64 dev $host_end nodad; ip -6 route replace $route_ipv6; $host_neighbours"
tamper 'accept_ra' 'accept_ra' "sysctl -q net.ipv6.conf.$host_end.accept_ra=1" "sysctl -q net.ipv6.conf.$host_end.accept_ra=0"

tamper 'container end down' 'eth0 is down' "$in_one ip link set eth0 down" \
	"$in_one ip link set eth0 up; $in_one ip route add 10.77.0.1 dev eth0 scope link; $in_one ip route add default via 10.77.0.1;
	$in_one ip addr replace $address_ipv6/128 dev eth0 nodad; $in_one ip -6 route replace default via fe80::1 dev eth0;
	$container_neighbours"
tamper 'container end with another MAC' 'eth0.*MAC' "$in_one ip link set eth0 address 02:00:00:00:00:98" "$in_one ip link set eth0 address $container_mac; $container_neighbours"
tamper 'container end with another MTU' 'eth0.*MTU' "$in_one ip link set eth0 mtu 1400" "$in_one ip link set eth0 mtu 1500"
tamper 'address' "$address/32" "$in_one ip addr del $address/32 dev eth0" \
	"$in_one ip addr add $address/32 dev eth0; $in_one ip route replace 10.77.0.1 dev eth0 scope link; $in_one ip route replace default via 10.77.0.1; $container_neighbours"
tamper 'address with another prefix' "$address/32" "$in_one ip addr add $address/24 dev eth0; $in_one ip addr del $address/32 dev eth0" \
	"$in_one ip addr add $address/32 dev eth0; $in_one ip addr del $address/24 dev eth0;
	$in_one ip route replace 10.77.0.1 dev eth0 scope link; $in_one ip route replace default via 10.77.0.1; $container_neighbours"
tamper 'address of IPv6' "$address_ipv6/128" "$in_one ip addr del $address_ipv6/128 dev eth0" "$in_one ip addr add $address_ipv6/128 dev eth0 nodad"
tamper 'default route' '0.0.0.0/0' "$in_one ip route del default" "$in_one ip route add default via 10.77.0.1"
tamper 'default route of IPv6' '::/0' "$in_one ip -6 route del default" "$in_one ip -6 route add default via fe80::1 dev eth0"
tamper 'neighbour entry of the container over IPv6' 'neighbour.*fe80::1' "$in_one ip neigh del fe80::1 dev eth0" "$container_neighbours"
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
# remove_rule CHAIN WORDS - the rule that has these words; move_rule CHAIN WORDS - to the end of its chain
remove_rule() {
	nft delete rule inet cambric "$1" handle "$(nft -a list chain inet cambric "$1" | sed -n "s/.*$2.*# handle //p" | head -n 1)"
}
move_rule() {
	local rule
	rule=$(nft list chain inet cambric "$1" | grep -- "$2" | head -n 1)
	remove_rule "$1" "$2"
	# shellcheck disable=SC2086  # words of a rule
	nft add rule inet cambric "$1" $rule
}
export -f remove_rule move_rule
tamper 'guard of the loopback' 'raw' "remove_rule raw 'ip daddr 127.0.0.0'" "$reload"
tamper 'guard of the loopback over IPv6' 'raw' "remove_rule raw 'ip6 daddr ::1'" "$reload"
tamper 'guard against forged sources' 'raw' "remove_rule raw '@owner4'" "$reload"
tamper 'guard against tunnels' 'raw' "remove_rule raw ipencap" "$reload"
tamper 'order of rules' 'raw' "move_rule raw 'ip daddr 127.0.0.0'" "$reload"
tamper 'order of masquerading and its exclusions' 'postrouting' "move_rule postrouting '@nomasq4'" "$reload"
tamper 'policy of a chain' 'forward' "nft 'chain inet cambric forward { policy drop; }'" "$reload"
tamper 'priority of a chain' 'forward' "nft 'delete chain inet cambric forward; add chain inet cambric forward { type filter hook forward priority 7; }'" "$reload"
tamper 'chain' 'forward is missing' 'nft delete chain inet cambric forward' "$reload"
tamper 'set' 'attached_6 is missing' 'nft delete set inet cambric attached_6' "$reload"
tamper 'map' 'dnat4r is missing' 'nft flush chain inet cambric hostports; nft delete map inet cambric dnat4r' "$reload"
tamper 'type of a set' 'attached_6' "nft 'delete set inet cambric attached_6; add set inet cambric attached_6 { type ipv4_addr; }'" "$reload"
tamper 'table that sleeps' 'cambric' "nft 'add table inet cambric { flags dormant; }'" "nft delete table inet cambric; $reload"
tamper 'source of another container' 'owner4|source' \
	"nft 'delete element inet cambric owner4 { \"$host_end\" . $address }; add element inet cambric owner4 { \"$host_end\" . 10.77.9.9 }'" "$reload"
tamper 'range of masquerading' '10.77.0.0/16' 'nft "flush set inet cambric masq4; add element inet cambric masq4 { 10.77.128.0/17 }"' "$reload"
tamper 'a rule too many' 'raw' 'nft insert rule inet cambric raw accept' "$reload"
tamper 'table' 'cambric' 'nft delete table inet cambric' "$reload"
tamper 'whole ruleset' 'cambric' 'nft flush ruleset' "$reload"
tamper 'mapping to another container' 'host port 8080' \
	'nft "delete element inet cambric dnat4a { tcp . 8080 }; add element inet cambric dnat4a { tcp . 8080 : 10.77.9.9 . 80 }"' "$reload"

tamper 'record' 'record' "mv '$record' /run/kept" "mv /run/kept '$record'"
for change in '"state": "ready"/"state": "pending"/not that of a finished ADD' "$address/10.77.9.9/10.77.9.9" \
	"$host_end/veth0000/veth0000" "$mac/02:00:00:00:00:01/MAC" '"netnsCookie": "[0-9]*"/"netnsCookie": "5"/another namespace' \
	'any 8080/any 8081/8081'; do
	IFS=/ read -r from to word <<<"$change"
	tamper "record with $to" "$word" "cp -p '$record' /run/kept; sed -i 's/$from/$to/' '$record'" "mv /run/kept '$record'"
done
cp --preserve=all -r "$epoch/bits" /run/kept.bits
touch /run/kept.netns && mount --bind /run/netns/one /run/kept.netns
bits_again="rm -rf '$epoch/bits' && cp --preserve=all -r /run/kept.bits '$epoch/bits'"
tamper 'record of nothing' 'no record' "cp -p '$record' /run/kept; echo x >'$record'" "mv /run/kept '$record'; $bits_again"
tamper 'use of the gateway' 'gateway' "mv '$epoch'/use/gateway-10.77.0.1 /run/kept.use" "mv /run/kept.use '$epoch'/use/gateway-10.77.0.1"
# zero PAGE... - as if nothing were in use
zero() {
	local page
	for page in "$@"; do
		dd if=/dev/zero of="$page" bs="$(stat -c %s "$page")" count=1 conv=notrunc status=none
	done
}
export -f zero
tamper 'bit of the address' "$address" "zero '$epoch'/bits/host-10*" "$bits_again"
tamper 'bit of the address of IPv6' "$address_ipv6" "zero '$epoch'/bits/host-fd*" "$bits_again"
tamper 'bit of a host port' '8080/tcp' "zero '$epoch'/bits/ports-ipv4-tcp" "$bits_again"
tamper 'bit of a host port of one address' '8443/tcp' "zero '$epoch'/bits/ports-ipv4-tcp-192.0.2.1" "$bits_again"

tamper 'another namespace under the path' 'another namespace' \
	'umount /run/netns/one; mount --bind /run/netns/two /run/netns/one' 'umount /run/netns/one; mount --bind /run/kept.netns /run/netns/one'

# lost NAME PATTERN COMMAND [BEFORE] - what only another ADD puts back, once BEFORE was run
lost() {
	bash -c "$3" >"$scratch/said" 2>&1 || explain "$(<"$scratch/said")"
	cni CHECK one
	is "$status" 1 "$1: noticed"
	like "$(result '.msg + " " + (.details // "")')" "$2" "$1: named"
	bash -c "${4-}"
	attach_again
}
lost 'host end deleted' "$host_end is missing" "ip link del $host_end"
lost 'host end in another namespace' "$host_end is missing" "ip link set $host_end netns two" "ip -n two link del $host_end"
lost 'container end renamed' 'eth0 is missing' "$in_one ip link set eth0 down; $in_one ip link set eth0 name eth9"
lost 'container end in another namespace' 'eth0 is missing' "$in_one ip link set eth0 netns two"
lost 'store deleted' 'no record' "rm -rf '$store'"

# One without IPv6
config=$(network=plain network_config '"ipam": {"subnet": "10.78.0.0/16"}')
sysctl -q net.ipv4.conf.default.forwarding=0
cni ADD three
other_end=$(result '.interfaces[0].name')
is "$(sysctl -n "net.ipv4.conf.$other_end.forwarding")" 1 'ADD turns forwarding on for a host end that is made without'
config=$(config_with_result)
tamper_with() {
	sysctl -q "net.ipv6.conf.$other_end.disable_ipv6=$1" && cni CHECK three
}
tamper_with 0
like "$status $(result .msg)" '1 .*disable_ipv6' 'IPv6 turned on, where the network has none: noticed and named'
tamper_with 1
is "$status" 0 'turned off, CHECK succeeds'

config=$plain
cni CHECK one
like "$status $(result .msg)" '1 .*prevResult' 'CHECK needs prevResult'
cni DEL one
is "$status" 0 'DEL'
config=$(jq -cn --argjson config "$plain" '$config + {prevResult: {cniVersion: "1.1.0", interfaces: [], ips: []}}')
cni CHECK one
like "$status $(result .msg)" '1 .*no record' 'CHECK of what was detached'
done_testing
