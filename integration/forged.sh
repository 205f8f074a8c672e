# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154  # $config is for lib.sh, $status, $output and $errors are of it
# Forged packets for tunnels: for scripts that have sourced lib.sh and hosts.sh, and have made the hosts. The tunnel ends at
# east, with container "a" behind it; west and far are its peers, and whoever forges is on the link that they share.

# inner FAMILY SIDE - an address behind a side: west, far, east, or nobody's
inner() {
	case $1$2 in
	4west) echo 10.77.2.9 ;;
	4far) echo 10.77.3.9 ;;
	4east) echo 10.77.1.9 ;;
	4*) echo 203.0.113.9 ;;
	6west) echo fd00:77:2::9 ;;
	6far) echo fd00:77:3::9 ;;
	6east) echo fd00:77:1::9 ;;
	6*) echo 2001:db8:bad::9 ;;
	esac
}

# tunnel_config KIND - the configuration of east; all but ipip carry IPv6, too
tunnel_config() {
	local ranges='[{"subnet": "10.77.1.0/24"}]' networks='"10.77.0.0/16"' west='"10.77.2.0/24"' far='"10.77.3.0/24"'
	if [ "$1" != ipip ]; then
		ranges+=', [{"subnet": "fd00:77:1::/64"}]' networks+=', "fd00:77::/32"'
		west+=', "fd00:77:2::/64"' far+=', "fd00:77:3::/64"'
	fi
	network_config "\"ipam\": {\"ranges\": [$ranges], \"dataDir\": \"/run/cambric-east\"}, \"overlay\": {\"kind\": \"$1\",
		\"local\": \"192.0.2.11\", \"network\": [$networks], \"peers\": [{\"host\": \"192.0.2.12\", \"subnets\": [$west]},
		{\"host\": \"198.51.100.13\", \"subnets\": [$far]}]}"
}

# What is sent: +: it arrives, -: the guard drops it. !: so it does, and without the guard the kernel would have let it in;
# outer source, whose the inner source is, what else is wrong, and which kinds this is about (all)
forgeries=(
	'+west|192.0.2.12|west'
	'+far|198.51.100.13|far'
	'+fragments|192.0.2.12|west|fragments'
	'!no-peer|192.0.2.66|west'
	'!no-peer-fragments|192.0.2.66|west|fragments'
	'!far-as-west|198.51.100.13|west'
	'!as-neighbour|192.0.2.12|east'
	'!as-nobody|192.0.2.12|nobody'
	'!options|192.0.2.12|west|options'
	'-short|192.0.2.12|west|short'
	'-checksum|192.0.2.12|west|checksum|gre'
	'-key|192.0.2.12|west|key|gre'
	'!sequence|192.0.2.12|west|sequence|gre'
	'-version|192.0.2.12|west|version|gre'
	'-bridged|192.0.2.12|west|type|gre'
	'-tagged|192.0.2.12|west|tagged|vxlan'
	'-other-type|192.0.2.12|west|type|vxlan'
)

# forgeries_of KIND FAMILY SIGNS - the names of those whose sign is one of SIGNS into $names, all for wrapped.py into $cases
forgeries_of() {
	local row sign name outer side flaw kind
	names=() cases=()
	for row in "${forgeries[@]}"; do
		IFS='|' read -r name outer side flaw kind <<<"$row"
		sign=${name:0:1} name=${name:1}
		[ "${kind:-$1}" = "$1" ] || continue
		cases+=("$name=$outer/$(inner "$2" "$side")/$flaw")
		[[ $3 != *"$sign"* ]] || names+=("$name")
	done
	cases+=("honest=192.0.2.12/$(inner "$2" west)")
	names+=(honest)
}

# wrapped PLACE INTERFACE MAC... - see attacks/wrapped.py
wrapped() {
	place "$1" /usr/bin/python3 -SE -B integration/attacks/wrapped.py "${@:2}"
}

# tunnel_of HOST - the name of its device
tunnel_of() {
	ip -n "$1" -j link show group 51772 | jq -r 'map(.ifname | strings)[0] // ""'
}

mac_at() {
	ip -n "$1" -j link show dev "$2" | jq -r '.[0].address'
}

# arrivals KIND TO [LOCAL] - the names of the cases whose datagrams reach container a, in $cases; the last of them is honest
arrivals() {
	local way=$1 watching texts
	[ "$1" != vxlan ] || way=vxlan@$(mac_at east "$(tunnel_of east)")
	port=$((port + 1))
	exec {watching}< <(exec nsenter --net=/run/netns/a /usr/bin/python3 -SE -B integration/attacks/forge.py watch "$port" honest)
	read -r -t 10 -u "$watching" || return 1
	wrapped router near "$(mac_at east eth0)" "$way" "${3:-192.0.2.11}" "$2" "$port" "${cases[@]}"
	mapfile -t texts <&"$watching"
	exec {watching}<&-
	echo "${texts[*]}"
}

# watch_guard - count on east what gets past the guard wrapped in some way, and what of that belongs to no connection
watch_guard() {
	place east nft -f - <<-END
		table ip watch {
			counter passed { }
			counter untracked { }
			chain wrapped {
				counter name passed
				ct state untracked counter name untracked
			}
			chain behind_raw {
				type filter hook prerouting priority -299
				meta l4proto { ipencap, ipv6, gre } jump wrapped
				udp dport 4789 jump wrapped
			}
		}
	END
}

# counted - how many of each since it was asked last
counted() {
	place east nft -j reset counters table ip watch | jq -r '[.nftables[].counter | select(. != null)] | sort_by(.name) | map(.packets) | join(" ")'
}

# guard_kind KIND - assertions: what reaches container a through a tunnel of this kind, and what a may send itself
guard_kind() {
	local kind=$1 family families='4 6' to
	[ "$kind" != ipip ] || families=4
	config=$(tunnel_config "$kind")
	on east cni ADD a
	is "$status" 0 "$kind: a container is attached" || explain "$output" "$errors"
	watch_guard
	place east sysctl -q net.ipv4.conf.all.rp_filter=0 "net.ipv4.conf.$(tunnel_of east).rp_filter=0"
	for family in $families; do
		to=$(address_of "$family")
		forgeries_of "$kind" "$family" +
		counted >/dev/null
		is "$(arrivals "$kind" "$to")" "${names[*]}" "$kind: of IPv$family inside, what peers send from their own subnets arrives"
		is "$(counted)" "${#names[@]} ${#names[@]}" "$kind: nothing else gets past the guard, and nothing is tracked"
		place east nft delete rule inet cambric raw handle \
			"$(place east nft -a list chain inet cambric raw | sed -n 's/.*@tunnels # handle //p')"
		forgeries_of "$kind" "$family" '+!'
		is "$(arrivals "$kind" "$to")" "${names[*]}" "$kind: without the guard all of that arrives"
		place east "$cambric" --data-dir /run/cambric-east reload
	done
	guard_container "$kind"
	on east cni DEL a
	is "$(place east nft list table inet cambric | grep -A5 'tunnel' | grep -c elements)" 0 "$kind: with the last container the guard goes"
	place east nft delete table ip watch
}

# guard_container KIND - what the container wraps itself does not leave east, whomever it is for
guard_container() {
	local way=$1 source to
	source=$(ip -n a -4 -j addr show eth0 | jq -r '.[0].addr_info[0].local')
	[ "$1" != vxlan ] || way=vxlan@02:00:00:00:00:02
	cases=("forged=$source/$source")
	counted >/dev/null
	for to in 192.0.2.12 198.51.100.99; do
		wrapped a eth0 "$(result '.interfaces[0].mac')" "$way" "$to" 10.77.2.9 7 "${cases[@]}"
	done
	is "$(counted)" '0 0' "$1: what a container wraps goes nowhere"
	place east nft flush chain inet cambric tunnel
	place east nft flush chain inet cambric raw
	wrapped a eth0 "$(result '.interfaces[0].mac')" "$way" 192.0.2.12 10.77.2.9 7 "${cases[@]}"
	is "$(counted)" '1 0' "$1: without the guard it would"
	place east "$cambric" --data-dir /run/cambric-east reload
}
