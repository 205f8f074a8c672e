# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154  # $scratch is of lib.sh
# Hosts of an overlay: network namespaces on one link, or behind a router. For scripts that have sourced lib.sh.
#
#   east (192.0.2.11/24) ---+
#   west (192.0.2.12/24) ---+--- lan --- router (192.0.2.1, 198.51.100.1) --- far (198.51.100.13/24)

cambric=$PLUGIN # what runs on each of them

# make_peer NAME ADDRESS GATEWAY BRIDGE - a host; $at_NAME is the plugin as it is run there
make_peer() {
	make_container "$1"
	place "$1" sysctl -q net.ipv4.ip_forward=0 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
		net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0 net.ipv6.conf.default.accept_dad=0
	ip link add "to-$1" type veth peer name eth0 netns "$1"
	ip link set "to-$1" netns lan
	ip -n lan link set "to-$1" master "$4" up
	ip -n "$1" addr add "$2" dev eth0
	ip -n "$1" link set eth0 up
	ip -n "$1" route add default via "$3"
	printf '#!/bin/sh\nexec /usr/bin/nsenter --net=/run/netns/%s %s "$@"\n' "$1" "$cambric" >"$scratch/at-$1"
	chmod +x "$scratch/at-$1"
}

# make_hosts - the three, their links and the router
make_hosts() {
	make_container lan router
	ip -n lan link add near type bridge
	ip -n lan link add remote type bridge
	ip -n lan link set near up
	ip -n lan link set remote up
	place router sysctl -q net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0
	local link
	for link in near/192.0.2.1 remote/198.51.100.1; do
		ip link add "r-${link%/*}" type veth peer name "${link%/*}" netns router
		ip link set "r-${link%/*}" netns lan
		ip -n lan link set "r-${link%/*}" master "${link%/*}" up
		ip -n router addr add "${link#*/}/24" dev "${link%/*}"
		ip -n router link set "${link%/*}" up
	done
	make_peer east 192.0.2.11/24 192.0.2.1 near
	make_peer west 192.0.2.12/24 192.0.2.1 near
	make_peer far 198.51.100.13/24 198.51.100.1 remote
}

# on HOST COMMAND... - cni and the like, with the plugin run on that host
on() {
	PLUGIN=$scratch/at-$1 "${@:2}"
}

# routes_of HOST [FAMILY] - those that lead to other hosts, one line each
routes_of() {
	ip -n "$1" "-${2:-4}" route show proto 201 | sed 's/ *$//' | sort
}

# overlay_config HOST SUBNET OVERLAY [MEMBERS] - of that host, with a store of its own
overlay_config() {
	network_config "\"ipam\": {\"subnet\": \"$2\", \"dataDir\": \"/run/cambric-$1\"}, \"overlay\": $3${4:+, $4}"
}
