#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Forged packets for every kind of tunnel without encryption, and what the guard leaves alone: tunnels of others.
. "$(dirname "$0")/lib.sh"
. integration/hosts.sh
. integration/forged.sh
make_hosts
make_container a

for kind in ipip sit gre vxlan; do
	guard_kind "$kind"
done

# --- other ends on the same host ---
config=$(tunnel_config ipip)
on east cni ADD a
to=$(address_of 4)
forgeries_of ipip 4 +
expected=${names[*]}
# The kernel's own catch-all device, and one of anybody's that is in front of ours: what it takes is behind the guard
ip -n east link set tunl0 up
place east sysctl -q net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.tunl0.rp_filter=0 "net.ipv4.conf.$(tunnel_of east).rp_filter=0"
is "$(arrivals ipip "$to")" "$expected" 'with tunl0 up no more arrives'
ip -n east link add catch type ipip local 192.0.2.11 remote 192.0.2.66
ip -n east link set catch up
place east sysctl -q net.ipv4.conf.catch.rp_filter=0
is "$(arrivals ipip "$to")" "$expected" 'nor with a tunnel to one who is no peer, at the same address'
ip -n east link del catch

# An end at another address is its owner's business
ip -n east addr add 192.0.2.77/24 dev eth0
ip -n east link set tunl0 down
ip -n east link add other type ipip local 192.0.2.77
ip -n east link set other up
place east sysctl -q net.ipv4.conf.other.rp_filter=0
forgeries_of ipip 4 '+!'
is "$(arrivals ipip "$to" 192.0.2.77)" "${names[*]}" 'a tunnel of others at an address of its own is not guarded'
ip -n east link add others type gre local 192.0.2.11
ip -n east link set others up
place east sysctl -q net.ipv4.conf.others.rp_filter=0
forgeries_of gre 4 '+!'
is "$(arrivals gre "$to")" "${names[*]}" 'nor is one of another kind at the same address'
on east cni DEL a
done_testing
