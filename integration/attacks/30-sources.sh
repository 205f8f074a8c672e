#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Packets of a container under somebody else's address: none may leave it, with a strict or a loose machine.
#
# Two layers hold each other's place: the binding of source and interface in our table, and for IPv4 rp_filter of the
# host end. The kernel itself drops what no machine can be (127/8, 0.0.0.0, multicast, the host's own).
. "$(dirname "$0")/lib.sh"

# arrivals PLACE TO FAMILY - the sources whose datagrams reach PLACE when the container sends one from each, its own last
arrivals() {
	local to=$2 sources own=$ip4 watching texts
	case $3 in
	4) sources=("$two4" 192.0.2.1 192.0.2.2 192.0.2.9 10.77.0.1 10.77.9.9 10.78.0.9 198.51.100.9 127.0.0.1 127.9.9.9 0.0.0.0
		224.0.0.1 255.255.255.255) ;;
	6) sources=("$two6" 2001:db8:1::1 2001:db8:1::2 2001:db8:1::9 fd00:77::1 fd00:77::9:9 fd00:78::9 2001:db8:9::9 ::1 :: ff02::1
		fe80::bad ::ffff:192.0.2.9) && own=$ip6 ;;
	esac
	port=$((port + 1))
	exec {watching}< <(exec nsenter --net="$(namespace_path "$1")" /usr/bin/python3 -SE integration/attacks/forge.py watch "$port" "$own")
	read -r -t 5 -u "$watching" || return 1
	forge one send eth0 "$(mac_of host "$host_end")" "$to" "$port" "${sources[@]}" "$own"
	mapfile -t texts <&"$watching"
	exec {watching}<&-
	echo "${texts[*]}"
}

# only_own NAME - assertions: nothing under another address gets anywhere
only_own() {
	is "$(arrivals outside 192.0.2.2 4)" "$ip4" "$1: to the outside"
	is "$(arrivals two "$two4" 4)" "$ip4" "$1: to another container"
	is "$(arrivals host 192.0.2.1 4)" "$ip4" "$1: to the host"
}

only_own_ipv6() {
	is "$(arrivals outside 2001:db8:1::2 6)" "$ip6" "$1: to the outside"
	is "$(arrivals two "$two6" 6)" "$ip6" "$1: to another container"
	is "$(arrivals host 2001:db8:1::1 6)" "$ip6" "$1: to the host"
}

port=7000
make_container one two
config=$(network_config "$(publishing '"hostPort": 8080, "containerPort": 80, "protocol": "tcp"')")
sysctl -q net.ipv4.conf.all.rp_filter=0
cni ADD two
two4=$(address_of 4) two6=$(address_of 6)
config=$(network_config "$(publishing '"hostPort": 8081, "containerPort": 80, "protocol": "tcp"')")
attach one

for all in 0 2; do
	sysctl -q "net.ipv4.conf.all.rp_filter=$all"
	only_own "both layers, all.rp_filter $all"
	only_own_ipv6 "IPv6, all.rp_filter $all"
done

# Loose: rp_filter of the host end reads as 2, and still nothing comes through, as the host end has no address
take_out raw @owner4
for all in 0 2; do
	sysctl -q "net.ipv4.conf.all.rp_filter=$all"
	only_own "rp_filter alone, all.rp_filter $all"
done
put_back

# The ruleset alone: somebody turned rp_filter off
sysctl -q net.ipv4.conf.all.rp_filter=0 "net.ipv4.conf.$host_end.rp_filter=0"
only_own 'the ruleset alone'

# Neither: what our guards are for
take_out raw @owner
is "$(arrivals outside 192.0.2.2 4)" "$two4 192.0.2.9 10.77.9.9 10.78.0.9 198.51.100.9 $ip4" \
	'without any guard others are forged towards the outside'
like "$(arrivals two "$two4" 4)" '198\.51\.100\.9' 'and towards another container'
like "$(arrivals host 192.0.2.1 4)" '198\.51\.100\.9' 'and towards the host'
like "$(arrivals outside 2001:db8:1::2 6)" '2001:db8:9::9' 'IPv6: forged towards the outside'
like "$(arrivals two "$two6" 6)" 'fd00:77::1.*2001:db8:9::9' 'IPv6: towards another container'
like "$(arrivals host 2001:db8:1::1 6)" '2001:db8:9::9' 'IPv6: towards the host'
done_testing
