#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Marks: DSCP and TTL as others see them, and marked packets that take another way out of the host.
. "$(dirname "$0")/lib.sh"

make_container one two three second
config=$(network_config '"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}')

# A second way out, and a far place that can be reached on both: who answers tells which was taken
ip link add uplink2 type veth peer name eth0 netns second
sysctl -q net.ipv6.conf.uplink2.accept_dad=0
place second sysctl -q net.ipv6.conf.eth0.accept_dad=0
ip addr add 198.51.100.1/24 dev uplink2
ip addr add 2001:db8:2::1/64 dev uplink2
ip -n second addr add 198.51.100.2/24 dev eth0
ip -n second addr add 2001:db8:2::2/64 dev eth0
ip -n second link set eth0 up
ip link set uplink2 up
wait_for link_is_ready uplink2
for name in outside second; do
	ip -n $name addr add 203.0.113.9/32 dev lo
	ip -n $name addr add 2001:db8:9::9/128 dev lo
done
ip route add default via 198.51.100.2 table 100
ip -6 route add default via 2001:db8:2::2 table 100
cni ADD three && cni DEL three
remember_world

# example NAME - the example's configuration, as a runtime of today sends it
example() {
	jq -c '{cniVersion: "1.1.0", name} + .plugins[0]' "conf/examples/$1.conflist"
}

# serve_headers PLACE PORT... - tell senders what their datagrams look like
serve_headers() {
	local ready
	exec {ready}< <(exec nsenter --net="/run/netns/$1" /usr/bin/python3 -SE integration/headers.py "${@:2}")
	read -r -t 5 -u "$ready" || return 1
}

# rules - those of the host that are ours
rules() {
	for family in 4 6; do
		ip "-$family" rule show | grep 'proto 200' | sed "s/^/$family: /"
	done
}

# chains - those of marks
chains() {
	nft list table inet cambric | grep -o 'chain m[rio]_[a-z0-9_-]*' | sort
}

# --- DSCP and TTL: the example ---

serve_headers outside 5060 6000
serve_headers one 7000
example=$(example mark-dscp)
config=$example
cni ADD one
is "$status" 0 'ADD of the example'
[ "$status" -eq 0 ] || explain "$output"
result_one=$output one4=$(address_of 4) one6=$(address_of 6)
is "$(ask one udp 192.0.2.2 6000)" 'dscp 0 ecn 0 ttl 100' 'TTL as others see it'
is "$(ask one udp 2001:db8:1::2 6000)" 'dscp 0 ecn 0 ttl 100' 'hop limit as others see it'
is "$(ask one udp 192.0.2.2 5060)" 'dscp 46 ecn 0 ttl 100' 'DSCP of what matches'
is "$(ask one udp 2001:db8:1::2 5060)" 'dscp 46 ecn 0 ttl 100' 'and of IPv6'
is "$(ask host udp 192.0.2.2 5060)" 'dscp 0 ecn 0 ttl 64' 'the host itself is not marked'
is "$(ask host udp "$one4" 7000)" 'dscp 8 ecn 0 ttl 7' 'what comes to the container'
is "$(ask host udp "$one6" 7000)" 'dscp 8 ecn 0 ttl 7' 'and over IPv6'
ok 'ICMP passes, with its TTL' ping_from one 192.0.2.2

# ECN is not ours: TOS 0x03 arrives with both of its bits
is "$(place one /usr/bin/python3 -c '
import socket
for family, address, option in ((2, "192.0.2.2", (0, 1)), (10, "2001:db8:1::2", (41, 67))):
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.settimeout(2)
        client.setsockopt(*option, 0x83)
        client.sendto(b"?", (address, 5060))
        print(client.recv(99).decode(), end="")')" $'dscp 46 ecn 3 ttl 100\ndscp 46 ecn 3 ttl 100' 'the bits of ECN stay'

listing=$(nft list table inet cambric)
like "$listing" 'ip dscp set ef comment "mark\[1\]"' 'the nft program shows it as people write it'
like "$listing" 'ip6 hoplimit set 100 comment "mark\[0\]"' 'in both families'
config=$(jq -cn --argjson config "$example" --argjson result "$result_one" '$config + {prevResult: $result}')
cni CHECK one
is "$status" 0 'CHECK'
[ "$status" -eq 0 ] || explain "$output"
reload="$PLUGIN reload"
out_chain=$(chains | grep -o 'mo_.*') in_chain=$(chains | grep -o 'mi_.*')
for case in \
	"rules of the chain out|chain inet cambric $out_chain lacks rules|nft flush chain inet cambric $out_chain" \
	"rules of the chain in|chain inet cambric $in_chain lacks rules|nft flush chain inet cambric $in_chain" \
	"a rule too many|chain inet cambric $out_chain has rules|nft add rule inet cambric $out_chain ip ttl set 9" \
	"a changed rule|chain inet cambric $in_chain has a rule that was changed|nft flush chain inet cambric $in_chain; nft add rule inet cambric $in_chain ip dscp set cs2" \
	"the way to the chain|nftables set mark_out|nft flush map inet cambric mark_out" \
	"the base chain|chain inet cambric mark_late|nft flush chain inet cambric mark_late"; do
	IFS='|' read -r name pattern break <<<"$case"
	bash -c "$break"
	cni CHECK one
	like "$status $(result .msg)" "^1 .*$pattern" "CHECK: $name"
	$reload
	cni CHECK one
	is "$status" 0 "CHECK: $name, made anew"
done
config=$example
cni ADD two
is "$(chains | wc -l)" 2 'a neighbour shares the chains'
is "$(ask two udp 192.0.2.2 5060)" 'dscp 46 ecn 0 ttl 100' 'and is marked'
cni DEL one
is "$status $(chains | wc -l) $(ask two udp 192.0.2.2 5060)" '0 2 dscp 46 ecn 0 ttl 100' 'which stay with one user'
cni DEL two
is "$status $(chains)" '0 ' 'and go with the last'
world_is_unchanged 'the world is as it was before'

# --- policy routing: the example ---

for name in outside second; do
	serve "$name" tcp:443 tcp:80
done
example=$(example mark-policy-routing)
config=$example
cni ADD one
is "$status" 0 'ADD of the example'
[ "$status" -eq 0 ] || explain "$output"
result_one=$output
is "$(rules)" $'4: 30000:\tfrom all fwmark 0x10/0xf0 lookup 100 proto 200\n6: 30000:\tfrom all fwmark 0x10/0xf0 lookup 100 proto 200' \
	'a rule in both families'
for address in 203.0.113.9 2001:db8:9::9; do
	like "$(ask one tcp $address 443)" '^second ' "$address port 443 is reached the other way"
	like "$(ask one tcp $address 80)" '^outside ' "$address port 80 is not"
	like "$(ask host tcp $address 443)" '^outside ' "nor is anything of the host to $address"
done
nft add table inet watch
nft 'add chain inet watch seen { type filter hook postrouting priority 300; }'
nft add rule inet watch seen meta mark and 0xf0 == 0x20 udp dport 6000 counter
ask one udp 192.0.2.2 6000 >/dev/null
like "$(nft list chain inet watch seen)" 'counter packets [1-9]' 'a fwmark without a table is there for others'
nft delete table inet watch
config=$(jq -cn --argjson config "$example" --argjson result "$result_one" '$config + {prevResult: $result}')
cni CHECK one
is "$status" 0 'CHECK'
[ "$status" -eq 0 ] || explain "$output"
for family in 4 6; do
	ip -$family rule del fwmark 0x10/0xf0
	cni CHECK one
	like "$status $(result .msg) $(result .details)" "^1 IPv$family rule fwmark 0x10/0xf0 lookup 100 is missing.*mark rules" "CHECK: rule of IPv$family"
	ip -$family rule add fwmark 0x10/0xff lookup 100 priority 30000 protocol 200
	cni CHECK one
	is "$status" 1 "CHECK: another mask is another rule"
	ip -$family rule del fwmark 0x10/0xff
	ip -$family rule add fwmark 0x10/0xf0 lookup 100 priority 30000 protocol 200
	cni CHECK one
	is "$status" 0 "CHECK: rule of IPv$family put back"
done
config=$(jq -c '.name = "other" | .ipam = {"subnet": "10.78.0.0/16"}' <<<"$example")
cni ADD two
is "$status $(rules | wc -l)" '0 2' 'another network with this mark shares the rule'
config=$example
cni DEL one
is "$status $(rules | cut -c1)" '0 4' 'what only the first used goes with it'
like "$(ask two tcp 203.0.113.9 443)" '^second ' 'the other is still routed'
config=$(jq -c '(.mark[] | select(.table == 100)).table = 101' <<<"$example")
cni ADD one
is "$status $(result .code) $(result .msg)" '1 7 mark: fwmark 0x10/0xf0 with table 101: network "other" has it with table 100' \
	'a third cannot have the fwmark with another table'
is "$(rules | cut -c1)" 4 'and leaves the rules as they are'
cni DEL one
rm -rf /run/netns.gone
remove_container two
config=$(jq -c '.name = "other"' <<<"$example")
cni DEL two
is "$status $(rules)" '0 ' 'DEL without a namespace takes the rest'
make_container two

# ADD that fails behind the rules leaves none
config=$(jq -c '.ipam.routes = [{"dst": "0.0.0.0/0"}, {"dst": "192.0.2.0/24", "gw": "203.0.113.1"}]' <<<"$example")
cni ADD one
is "$status $(rules)$(chains)" '1 ' 'a failed ADD leaves no rule and no chain'
config=$example
world_is_unchanged 'the world is as it was before'
done_testing
