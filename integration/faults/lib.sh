# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the fault scripts share: a warm host with containers, and one way to run a sweep on it.
#
# EVERY=N tries every N-th point only, from the FIRST-th on: a sample for "make check", and how "make faults" shares the
# points out to several hosts, as most of the time goes by while the kernel waits for its own readers. FEATURES="NAME..." goes over
# these features only (integration/faults/sweep.py has their names).
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# sweep PROGRAM [features] - its verdicts, and then the world must be what it was before
sweep() {
	judged_by /usr/bin/python3 -BSE "integration/faults/$1" "$PLUGIN" "$scratch" "${EVERY:-1}" "${FIRST:-0}" "${@:2}"
	world_is_unchanged "$1: the world is as it was before"
}

# make_features - what features need of a host: an interface to lend, a bridge
make_features() {
	# A bridge of somebody else has carrier and a MAC from its ports: it is as it will be again once it has had one
	ip link add br0 type bridge && ip link set br0 addrgenmode none && ip link set br0 up
	warm_up '{mode: "bridge", bridge: "br0"}'
	# What is lent comes back with IPv6 as it is by default
	sysctl -q net.ipv6.conf.default.addr_gen_mode=1
	ip link add lent type veth peer name lan netns outside
	ip link set lent address 02:00:00:00:00:11 up && ip -n outside link set lan addrgenmode none up
	wait_for link_is_ready lent
	remember_world
}

make_container one two
config=$(network_config '"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}')
# The table of nftables, forwarding, the uplink's proxy_ndp and the store's caches stay by design: they are there before the snapshot
warm_up() {
	config=$(jq -c ". + $1" <<<"$plain")
	cni ADD one && cni DEL one
	verdict "$status" "the world is warm, with $1"
	config=$plain
}
plain=$config
warm_up '{runtimeConfig: {nat: {static: [{public: "2001:db8:1::10"}]}}}'
remember_world
