# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154  # what is set here is read elsewhere, and the other way round
# tuning, for 83-chained-kinds.sh.

new=02:aa:00:00:00:01
every="\"mac\": \"$new\", \"mtu\": 1400, \"promisc\": true, \"allmulti\": true, \"txQLen\": 333, \"sysctl\": {\"net.ipv4.conf.IFNAME.arp_filter\": \"1\"}"

# shape_of CONTAINER - what tuning changes of its interface
shape_of() {
	place "$1" ip -j link show eth0 | jq -r '.[0] | "\(.address) \(.mtu) \(.txqlen) \([.flags[] | select(. == "PROMISC" or . == "ALLMULTI")] | sort | join(","))"'
}

# reaches CONTAINER - both ways, both families, at once: a ping of one packet that is answered within a second
reaches() {
	local family
	for family in 4 6; do
		place host ping -n -q -c 1 -W 1 "$(jq -r '.ips[].address' <<<"$chain" | grep "$([ $family = 6 ] && echo : || echo '\.')" | cut -d/ -f1)" >/dev/null ||
			return 1
	done
	place "$1" ping -n -q -c 1 -W 1 192.0.2.1 >/dev/null && place "$1" ping -n -q -c 1 -W 1 2001:db8:1::1 >/dev/null
}

remember_world
for maker in cambric ptp bridge; do
	members=${made_by[$maker]}
	attach $maker one "$members"
	made=$chain before=$(shape_of one)
	ok "$maker: the container is reached" reaches one
	chained tuning ADD one "$every"
	is "$(shape_of one)" "$new 1400 333 ALLMULTI,PROMISC" "$maker: all of it is changed"
	is "$(place one cat /proc/sys/net/ipv4/conf/eth0/arp_filter)" 1 "$maker: and the sysctl"
	ok "$maker: the container is reached as before" reaches one
	is "$(result '[.interfaces[] | select(.sandbox) | "\(.mac) \(.mtu)"] | join(",")')" "$new 1400" "$maker: the result says so"
	is "$(jq -S 'del(.interfaces[] | select(.sandbox) | .mac, .mtu)' <<<"$chain")" "$(jq -S 'del(.interfaces[] | select(.sandbox) | .mac, .mtu)' <<<"$made")" \
		"$maker: and nothing else"
	chained tuning CHECK one "$every"
	cni_as $maker CHECK one "$members"
	is "$status" 0 "$maker: its own CHECK is content with what tuning changed"
	[ "$status" -eq 0 ] || explain "$output"
	[ $maker != bridge ] || ok "$maker: a rebuilt table lets the new MAC pass" sh -c "'$real' reload && nft delete table bridge cambric"
	if [ $maker = bridge ]; then
		refused bridge CHECK one "$members" 'cambric' 'a flushed table of MACs is noticed'
		attach bridge two "$members" && chain=$made
		ok 'bridge: made anew by whoever comes next, it knows the MAC of today' reaches one
		cni_as bridge DEL two "$members"
	fi
	chained tuning DEL one "$every"
	is "$(shape_of one)" "$before" "$maker: DEL puts everything back"
	ok "$maker: the container is reached after it" reaches one
	chained tuning DEL one "$every"
	[ $maker != cambric ] || {
		cni_as tuning ADD one "$every"
		ip netns del one && make_container one
	}
	cni_as $maker DEL one "$members"
	is "$status" 0 "$maker: DEL"
	netns='' chain='' cni_as tuning DEL one "$every"
	is "$status $(records tuning)" '0 0' "$maker: DEL of tuning without namespace and result"
	remove_container one && make_container one
done
world_is_unchanged 'tuning: the world is as it was before'

# What is not there to be changed, and what was there before
attach cambric one
before=$(mac_of one)
for case in \
	'"mac": "x"|7 mac: "x" is no unicast MAC address' \
	'"args": {"cni": {"mac": "01:00:5e:00:00:01"}}|7 args.cni.mac: ' \
	'"mtu": 67|7 mtu: 67 is less than' \
	'"args": {"cni": {"mtu": 70000}}|7 args.cni.mtu: 70000 is not between' \
	'"sysctl": {"kernel.hostname": "x"}|7 invalid net sysctl key: "kernel.hostname"' \
	'"sysctl": {"net.ipv4.conf.IFNAME.arp_filter": "1", "net/ipv4/conf/IFNAME/arp_filter": "1"}|7 sysctl: duplicated sysctl keys are not allowed' \
	'"sysctl": {"net.ipv4.no_such_setting": "1"}|100 .*no_such_setting.*tuning' \
	"\"mac\": \"$new\", \"mtu\": 66000|7 mtu: 66000" \
	"\"mac\": \"$new\", \"promisc\": true, \"mtu\": 65536|7 mtu: 65536"; do
	refused tuning ADD one "${case%%|*}" "${case#*|}" "ADD of tuning: ${case%%|*}"
	is "$(mac_of one) $(records tuning)" "$before 0" '... and nothing is changed'
done
refused tuning ADD three "\"mac\": \"$new\"" '7 interface eth0 is missing in the container' 'ADD of tuning without an interface'
chain='' refused tuning ADD one '"promisc": true' '7 Required prevResult missing' 'ADD of tuning without a result'
chain='' refused tuning ADD one '"x": 1' '7 Required prevResult missing' 'also of one that is idle'

chain=$(jq -c '. + {vendor: {a: 1}} | .interfaces[0].socketPath = "/x"' <<<"$chain")
was=$chain
chained tuning ADD one
is "$(jq -cS . <<<"$chain") $(records tuning)" "$(jq -cS . <<<"$was") 0" 'an empty tuning hands on what it got, keys that nobody knows included, and remembers nothing'
for verb in CHECK DEL; do
	chained tuning $verb one
done
ip -n one link set eth0 promisc on
chained tuning ADD one '"args": {"cni": {"sysctl": {"net.core.somaxconn": "99"}, "promisc": true, "allmulti": false}}'
is "$(place one cat /proc/sys/net/core/somaxconn)" 99 'args.cni.sysctl needs no sysctl beside it'
is "$(jq -c '.vendor, .interfaces[0].socketPath' <<<"$chain" | tr '\n' ' ')" '{"a":1} "/x" ' 'keys of others stay in the result'
refused tuning ADD one '"args": {"cni": {"sysctl": {"net.core.somaxconn": "99"}, "promisc": true, "allmulti": false}}' '108 ' 'the same once more is refused'
chained tuning DEL one
is "$(shape_of one | cut -d' ' -f4)" PROMISC 'what was promiscuous before stays it'
ip -n one link set eth0 promisc off

chained tuning ADD one "$every"
tampered tuning one "$every" "106 interface eth0 has another MAC than $new.*tuning" "ip -n one link set eth0 address $before" \
	"ip -n one link set eth0 address $new" 'MAC'
tampered tuning one "$every" '106 interface eth0 has MTU 1300, expected 1400' 'ip -n one link set eth0 mtu 1300' 'ip -n one link set eth0 mtu 1400' 'MTU'
tampered tuning one "$every" '106 interface eth0 is not promiscuous' 'ip -n one link set eth0 promisc off' 'ip -n one link set eth0 promisc on' 'promisc'
tampered tuning one "$every" '106 interface eth0 has txQLen 7' 'ip -n one link set eth0 txqueuelen 7' 'ip -n one link set eth0 txqueuelen 333' 'txQLen'
tampered tuning one "$every" '106 .*arp_filter is 0, expected 1' 'nsenter --net=/run/netns/one sysctl -q net.ipv4.conf.eth0.arp_filter=0' \
	'nsenter --net=/run/netns/one sysctl -q net.ipv4.conf.eth0.arp_filter=1' 'sysctl'
chain='' cni_as tuning GC '' '"cni.dev/valid-attachments": [{"containerID": "one", "ifname": "eth0"}]'
is "$status $(records tuning) $(mac_of one)" "0 1 $new" 'GC leaves who is valid'
chain='' cni_as tuning GC '' '"cni.dev/valid-attachments": []'
is "$status $(records tuning) $(mac_of one)" "0 0 $before" 'GC takes back who is not'
chain='' cni_as tuning STATUS '' "$every"
is "$status" 0 'STATUS'
chain='' cni_as cambric DEL one
remove_container one && make_container one

# An interface of the reference plugins
if [ -x /usr/lib/cni/bridge ]; then
	config=$(network_config "$both" | jq -c '. + {type: "bridge", bridge: "ref0", isGateway: true, cniVersion: "1.0.0"} | .ipam.dataDir = "/run/scratch/ref"')
	PLUGIN=/usr/lib/cni/bridge CNI_PATH=/usr/lib/cni cni ADD one
	chain=$output reference=$config
	version=1.0.0 chained tuning ADD one "$every"
	is "$(shape_of one) $(result '.interfaces[2].mac')" "$new 1400 333 ALLMULTI,PROMISC $new" 'an interface of the reference bridge is tuned'
	version=1.0.0 chained tuning DEL one "$every"
	config=$reference PLUGIN=/usr/lib/cni/bridge CNI_PATH=/usr/lib/cni cni DEL one
	ip link del ref0
	remove_container one && make_container one
fi
# A driver that takes another MAC only while its interface is down
ok 'the driver builds' "${CC:-gcc}" -std=gnu17 -Wall -Wextra -Werror -O2 -shared -fPIC -o "$scratch/busy_mac.so" integration/chained/busy_mac.c
mkdir "$scratch/busy"
# LeakSanitizer and its runtime come first where they are
printf '#!/bin/sh\nLD_PRELOAD="%s" exec %s "$@"\n' "$(ldd "$real" | awk '/lib[au]b?san/ { printf "%s ", $3 }')$scratch/busy_mac.so" "$bin/tuning" >"$scratch/busy/tuning"
chmod +x "$scratch/busy/tuning"
# routed_and_named - addresses and routes of one, and its MAC
routed_and_named() {
	(ip -n one -o addr show dev eth0 && ip -n one route && ip -n one -6 route) | sed 's/valid_lft.*//' | grep -v fe80 | sort
	mac_of one
}
attach bridge one "${made_by[bridge]}"
before=$(mac_of one) was=$(routed_and_named)
plain=$bin bin=$scratch/busy
chained tuning ADD one "\"mac\": \"$new\""
is "$(routed_and_named)" "${was/%$before/$new}" 'tuning takes it down and up again: it has the MAC, and all its addresses and routes'
chained tuning CHECK one "\"mac\": \"$new\""
chained tuning DEL one "\"mac\": \"$new\""
is "$(routed_and_named) $(records tuning)" "$was 0" 'and so does DEL'
bin=$plain
chain='' cni_as bridge DEL one "${made_by[bridge]}"
remove_container one && make_container one

world_is_unchanged 'tuning: nothing is left of all this'
