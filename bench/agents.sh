#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the agent costs: time and memory of one that finds many peers in etcd, and the time from a peer's appearance there to its
# route on many hosts. agents.sh PEERS AGENTS ROUNDS. An etcd of one member, each agent on a host of its own:
#
#   etcd (192.0.2.1/16) --- lan --- h0 (192.0.3.0/16), which has many peers; h1, h2, ..., which find each other
#
# Prints lines for bench/report.py: "agents", who, what, values.
. "$(dirname "$0")/../integration/lib.sh"
. integration/hosts.sh
. integration/etcd.sh
. bench/prepare.sh

peers=$1 agents=$2 rounds=$3
nobody=192.0.255.254

make_container lan
ip -n lan link add near type bridge
ip -n lan link set near up
make_peer router 192.0.2.1/16 $nobody near
for ((i = 0; i <= agents; i++)); do
	make_peer "h$i" "192.0.3.$i/16" $nobody near
done
place router /usr/bin/python3 -SE bench/agents.py "$AGENT" "$scratch" "$peers" "$agents" "$rounds" || fail 'the agents failed'
