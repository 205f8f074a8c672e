#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Translated and public addresses: what is changed is noticed by CHECK, what fails leaves nothing.
. "$(dirname "$0")/lib.sh"

make_container one two
dual='"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}'
own='"runtimeConfig": {"nat": {"static": [{"public": "192.0.2.10"}, {"public": "2001:db8:1::10"}]}}'
pool='"pool": ["198.51.100.20-198.51.100.27", "2001:db8:5::20/124"], "ports": "20000-29999"'

# everything ANNOUNCE - a network with all of it
everything() {
	network_config "$dual, \"nat\": {$pool, \"announce\": \"$1\"}, $own"
}

# tamper NAME PATTERN COMMAND [UNDO] - CHECK fails after COMMAND with a message that matches, and succeeds after UNDO
tamper() {
	bash -c "$3" >"$scratch/said" 2>&1 || explain "$(<"$scratch/said")"
	cni CHECK one
	is "$status $(result .code)" '1 106' "$1: noticed"
	like "$(result '.msg + " " + (.details // "")')" "$2" "$1: named"
	bash -c "${4:-$PLUGIN reload}" >"$scratch/said" 2>&1 || explain "$(<"$scratch/said")"
	cni CHECK one
	is "$status" 0 "$1: put back, CHECK succeeds"
	[ "$status" -eq 0 ] || explain "$output"
}

# --- CHECK ---
config=$(everything proxy)
cni ADD one
is "$status" 0 'ADD with all of it' || explain "$output"
record=$(cat "$store"/*/net/net/a/one*)
chosen=$(jq -r '.nat.pools[0].chosen' <<<"$record")
config=$(config_with_result)
cni CHECK one
is "$status$output" 0 'CHECK directly after ADD succeeds'
for set in static4 static6 snat4 snat6 pool4 pool6 firstport4 firstport6 lastport4 lastport6; do
	tamper "elements of $set" "$set" "nft flush map inet cambric $set"
done
tamper 'a translation to somebody else' 'static4 was changed' \
	"nft 'delete element inet cambric static4 { 192.0.2.10 }; add element inet cambric static4 { 192.0.2.10 : 10.77.9.9 }'"
tamper 'another source' 'pool4 was changed' \
	"nft 'delete element inet cambric pool4 { 10.77.0.2 }; add element inet cambric pool4 { 10.77.0.2 : 192.0.2.1 }'"
uplink=$(ip -j link show uplink | jq '.[0].ifindex')
for ip in 192.0.2.10 2001:db8:1::10 "$chosen"; do
	tamper "proxy entry of $ip" "proxy entry of public address $ip" "ip neigh del proxy $ip dev uplink" "ip neigh add proxy $ip dev uplink protocol 200"
	tamper "route to $ip" "route of public address $ip" "ip route del $ip dev cambric0" \
		"ip route add $ip dev cambric0 proto 200 metric $uplink $([[ $ip == *:* ]] || echo scope link)"
done
tamper 'proxy_ndp' 'proxy_ndp' 'sysctl -q net.ipv6.conf.uplink.proxy_ndp=0' 'sysctl -q net.ipv6.conf.uplink.proxy_ndp=1'
tamper 'use of the public address' 'announce-192.0.2.10' "mv $store/*/use/announce-192.0.2.10 /run/kept" \
	"mv /run/kept $store/\$(ls $store)/use/announce-192.0.2.10"
tamper 'bits of public addresses' 'public address .* is not marked' \
	"for page in $store/*/bits/public-192*; do cp \$page /run/kept.page; dd if=/dev/zero of=\$page bs=12288 count=1 conv=notrunc status=none; done" \
	"for page in $store/*/bits/public-192*; do cat /run/kept.page >\$page; done"
config=$(everything proxy)
cni DEL one
is "$status" 0 'DEL'
config=$(everything address)
cni ADD one
is "$status" 0 'ADD with addresses'
config=$(config_with_result)
for ip in 192.0.2.10/32 2001:db8:1::10/128; do
	tamper "address $ip" "address of public address ${ip%/*}" "ip addr del $ip dev uplink" "ip addr add $ip dev uplink"
done
cni DEL one
is "$status" 0 'DEL'

# --- an uplink that is renamed, or made anew, takes nothing with it ---
# remains - what could be left of a public address, wherever that is; routes of other kinds are counted by world_is_unchanged
remains() {
	ip neigh show proxy
	ip -6 neigh show proxy
	ip route show proto 200 dev cambric0 2>/dev/null
	ip -6 route show proto 200 dev cambric0 2>/dev/null
	ip -j addr | jq -r '.[] | select(.ifname != "cambric0") | .addr_info[] | select(.prefixlen == 32 or .prefixlen == 128) |
		select(.deprecated) | .local'
}
# rename_uplink, remake_uplink - what an administrator or udev does
rename_uplink() {
	ip link set uplink down
	ip link set uplink name renamed
	ip link set renamed up
	wait_for link_is_ready renamed
	ip addr add 2001:db8:1::1/64 dev renamed 2>/dev/null
	ip route replace default via 192.0.2.2
	ip route replace default via 2001:db8:1::2
}
remake_uplink() {
	ip link del uplink
	ip link add uplink type veth peer name eth0 netns outside
	sysctl -q net.ipv6.conf.uplink.accept_dad=0
	place outside sysctl -q net.ipv6.conf.eth0.accept_dad=0
	ip addr add 192.0.2.1/24 dev uplink
	ip addr add 2001:db8:1::1/64 dev uplink
	ip -n outside addr add 192.0.2.2/24 dev eth0
	ip -n outside link set eth0 up
	ip link set uplink up
	wait_for link_is_ready uplink
	ip route replace default via 192.0.2.2
	ip route replace default via 2001:db8:1::2
}
for announce in proxy address; do
	for change in rename remake; do
		config=$(everything "$announce")
		cni ADD one
		"${change}_uplink" || explain 'the uplink is not as it should be'
		cni DEL one
		is "$status$output" 0 "$announce, ${change}d uplink: DEL"
		is "$(remains)" '' "$announce, ${change}d uplink: nothing is left"
		cni ADD one
		is "$status" 0 "$announce, ${change}d uplink: the next ADD" || explain "$output"
		cni DEL one
		is "$(remains)" '' "$announce, ${change}d uplink: and nothing is left of that"
		[ "$change" = remake ] || { ip link set renamed down && ip link set renamed name uplink && ip link set uplink up; }
		wait_for link_is_ready uplink
		ip addr add 2001:db8:1::1/64 dev uplink 2>/dev/null
		ip route replace default via 192.0.2.2
		ip route replace default via 2001:db8:1::2
	done
done

# shared PUBLIC... - a network whose containers share one address
shared() {
	network_config "$dual, \"nat\": {\"pool\": \"198.51.100.20/32\", \"announce\": \"$1\"}"
}
for order in 'one two' 'two one'; do
	config=$(shared proxy)
	cni ADD one
	remake_uplink
	cni ADD two
	is "$status" 0 'who shares the address of an uplink that is gone announces it on the new one' || explain "$output"
	is "$(ip -j neigh show proxy | jq -r '.[] | .dst + " " + .dev')" '198.51.100.20 uplink' 'where it is answered for'
	for name in $order; do
		cni DEL "$name"
		is "$status" 0 "DEL of $name"
	done
	is "$(remains)" '' "nothing is left, in the order $order"
	for change in 'proxy address' 'address proxy'; do
		config=$(shared "${change% *}")
		cni ADD one
		config=$(shared "${change#* }")
		cni ADD two
		is "$status" 0 "the network announces otherwise now: $change" || explain "$output"
		for name in $order; do
			cni DEL "$name"
		done
		is "$(remains)" '' "nothing is left, in the order $order"
	done
done

# --- what an administrator has made stays his ---
config=$(everything proxy)
cni ADD two && cni DEL two
ip neigh add proxy 192.0.2.10 dev uplink
remember_world
cni ADD one
is "$status" 0 'ADD beside a proxy entry of somebody else' || explain "$output"
config=$(config_with_result)
cni CHECK one
is "$status" 0 'CHECK' || explain "$output"
config=$(everything proxy)
cni DEL one
world_is_unchanged 'which is still there after DEL'
ip neigh del proxy 192.0.2.10 dev uplink

# --- removal of what somebody has removed already ---
for announce in proxy address; do
	config=$(everything "$announce")
	remember_world
	cni ADD one
	ip neigh flush proxy dev uplink 2>/dev/null
	ip addr flush dev uplink to 198.51.100.0/24
	ip addr flush dev cambric0
	ip -4 route flush dev cambric0 proto 200
	ip -6 route flush dev cambric0 proto 200
	nft flush ruleset
	cni DEL one
	is "$status$output" 0 "$announce: DEL of what was removed by hand"
	"$PLUGIN" reload
	world_is_unchanged "$announce: nothing is left"
done

# --- a failure behind each row ---
config=$(everything proxy)
cni ADD two && cni DEL two
rows=$("$fail_after")
for announce in proxy address; do
	config=$(everything "$announce")
	remember_world
	for ((row = 0; row <= rows; row++)); do
		fails_behind "$row" "$announce"
	done
done

# --- a container beside it keeps what they share ---
config=$(network_config "$dual, \"nat\": {\"pool\": \"198.51.100.20/32\"}")
cni ADD two
remember_world
cni ADD one && cni DEL one
world_is_unchanged 'who shares the last address of a pool leaves it to the other'
cni DEL two
done_testing
