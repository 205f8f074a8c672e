#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a container says about the link that it shares with the host: router advertisements, ARP and neighbour answers.
. "$(dirname "$0")/lib.sh"

# has_bad_prefix PLACE - whether somebody there believes in the rogue router's prefix
has_bad_prefix() {
	place "$1" ip -6 route show table all | grep -q 2001:db8:bad:
}

# router PLACE INTERFACE - who advertises: a container's own link-local address, which is let through, if it has one. From
# the host's fe80::1 the kernel would take nothing, as there is a default route through it already.
router() {
	[ "$1" != host ] || { echo fe80::bad && return; }
	place "$1" ip -j -6 addr show dev "$2" scope link | jq -r '[.[].addr_info[]? | .local // empty][0] // "fe80::bad"'
}

# ignores NAME FROM INTERFACE TARGET - assertions: an advertisement sent there changes nothing anywhere
ignores() {
	remember_world
	ok "$1: it is sent" forge "$2" advertise "$3" "$(router "$2" "$3")"
	# what comes later on the same way has passed it
	ok "$1: and something behind it" ping_from "$2" "$4"
	world_is_unchanged "$1"
}

# believes NAME PLACE FROM INTERFACE SETTING... - assertions: with these settings it would have been believed
believes() {
	place "$2" sysctl -q "${@:5}"
	ok "$1: without the guard it is sent" forge "$3" advertise "$4" "$(router "$3" "$4")"
	ok "$1: without the guard it is believed" wait_for has_bad_prefix "$2"
}

make_container one
config=$(network_config "$dual")
attach one
ignores 'CVE-2020-10749: an advertisement from a container changes nothing on the host' one eth0 10.77.0.1
ignores 'CVE-2020-13401: one from the host end changes nothing in the container' host "$host_end" "$ip4"
checking=$(config_with_result)
for setting in accept_ra autoconf; do
	sysctl -q "net.ipv6.conf.$host_end.$setting=1"
	config=$checking cni CHECK one
	like "$(result '"\(.code) \(.msg)"')" "$setting is 1, expected 0" "CVE-2020-10749: CHECK sees that somebody turned on $setting"
	sysctl -q "net.ipv6.conf.$host_end.$setting=0"
done
believes 'CVE-2020-10749' host one eth0 "net.ipv6.conf.$host_end.accept_ra=2" "net.ipv6.conf.$host_end.autoconf=1"
believes 'CVE-2020-13401' one host "$host_end" net.ipv6.conf.eth0.accept_ra=1 net.ipv6.conf.eth0.autoconf=1

# --- neighbours ---
cni DEL one
attach one
remember_world
for ip in "$ip4" 10.77.0.1 192.0.2.2; do
	forge one claim eth0 "$ip" 02:66:66:66:66:66
done
for ip in "$ip6" fd00:77::1 fe80::1; do
	forge one claim eth0 "$ip" 02:66:66:66:66:66
done
ok 'a container that claims addresses for other MACs is still reached at its own' ping_from host "$ip4"
ok 'and over IPv6' ping_from host "$ip6"
world_is_unchanged 'no claim of it is written down'
# poisoned FAMILY - whether the host believes the claim
poisoned() {
	ip neigh show to "$1" dev "$host_end" | grep -q 02:66:66:66:66:66
}
for ip in "$ip4" "$ip6"; do
	ip neigh replace "$ip" lladdr "$(mac_of one eth0)" dev "$host_end" nud stale
	forge one claim eth0 "$ip" 02:66:66:66:66:66
	ok "without the permanent entry of $ip the claim is believed" wait_for poisoned "$ip"
done
cni DEL one

# --- an IPv4-only network ---
config=$(network_config)
attach one
remember_world
is "$(place one ip -6 addr show dev eth0)$(ip -6 addr show dev "$host_end")" '' \
	'CVE-2024-32473: on an IPv4-only network neither end has IPv6'
# With IPv6 it could as soon as nobody had answered for its new address
not_ok 'CVE-2024-32473: nor can the container send any' wait_for ping_from one ff02::1%eth0 -W 0.3
ignores 'CVE-2024-32473: an advertisement from the host changes nothing in an IPv4-only container' host "$host_end" "$(address_of 4)"
ignores 'CVE-2020-13597: one from an IPv4-only container changes nothing on the host' one eth0 10.77.0.1
believes 'CVE-2024-32473' one host "$host_end" net.ipv6.conf.eth0.disable_ipv6=0 net.ipv6.conf.eth0.accept_ra=1
take_out raw @owner6 # a second layer
believes 'CVE-2020-13597' host one eth0 "net.ipv6.conf.$host_end.disable_ipv6=0" "net.ipv6.conf.$host_end.accept_ra=2"
cni DEL one
done_testing
