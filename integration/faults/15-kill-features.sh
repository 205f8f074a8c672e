#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Killed at any system call, nothing of a feature is lost or left: each by itself, and all of them at once.
. "$(dirname "$0")/lib.sh"

# A bridge of somebody else has carrier and a MAC from its ports: it is as it will be again once it has had one
ip link add br0 type bridge && ip link set br0 addrgenmode none && ip link set br0 up
warm_up '{mode: "bridge", bridge: "br0"}'
# What is lent comes back with IPv6 as it is by default
sysctl -q net.ipv6.conf.default.addr_gen_mode=1
ip link add lent type veth peer name lan netns outside
ip link set lent address 02:00:00:00:00:11 up && ip -n outside link set lan addrgenmode none up
wait_for link_is_ready lent
remember_world
sweep kill.py features
done_testing
