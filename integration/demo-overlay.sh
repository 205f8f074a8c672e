#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An overlay to look at: two hosts with a router between them, an etcd, an agent on each, and containers that reach each other.
# Hosts are network namespaces; the machine it runs on is not touched.
. "$(dirname "$0")/lib.sh"
. integration/show.sh
. integration/hosts.sh
. integration/etcd.sh

overlay='{"kind": "vxlan", "network": "10.77.0.0/16"}'
declare -A home=([web]=east [client]=far) address
make_hosts >/dev/null
mkdir /run/cache
etcd_options=(--logger zap --log-level error)

# call VERB CONTAINER - on its host
call() {
	local host=${home[$2]}
	config=$(network_config "\"ipam\": {\"dataDir\": \"/run/cambric-$host\"}, \"overlay\": $overlay")
	on "$host" cni "$1" "$2" || { explain "$output" && failures=$((failures + 1)); }
}


# has_peer HOST - the agent there knows the other host
has_peer() {
	says "$1" '.peers | length' 1
}

# etcd_holds - what the agents have written
etcd_holds() {
	etcd_keys /net/subnets/ /net/subnets0 | cut -f1
}

title 'An etcd, and cambricd on two hosts with a router between them'
start_etcd
expect 'etcd is healthy' wait_for_etcd
for host in east far; do
	agent_config "$host" "$overlay"
	start_agent "$host"
done
for host in east far; do
	expect "$host knows the other" wait_for has_peer "$host"
done
shown etcd_holds
shown agent east east status

title 'A container on each, with an address of the subnet that its host has leased'
make_container web client
for container in web client; do
	call ADD "$container"
	address[$container]=$(address_of 4)
done
expect "web on east" echo "${address[web]}"
expect "client on far" echo "${address[client]}"

title 'They reach each other'
expect "client pings web, ${address[web]}" round_trip client "${address[web]}"
expect "web pings client, ${address[client]}" round_trip web "${address[client]}"
expect "east itself pings client" round_trip east "${address[client]}"
expect 'a host that nobody is, is unreachable' place web sh -c 'ping -n -c 1 -W 1 10.77.255.1 | grep -i unreachable'

title 'How: a route for each host, through one tunnel'
shown ip -n east -br link show group 51772
shown ip -n east route show proto 201

title 'Without etcd everything goes on'
kill_etcd
expect "client pings web" round_trip client "${address[web]}"

title 'All leave'
for container in web client; do
	call DEL "$container"
done
start_etcd
expect 'etcd is back' wait_for_etcd
for host in east far; do
	stop_agent "$host"
	expect "$host leaves" agent "$host" "$host" leave
done
left=$(for host in east far; do ip -n "$host" route show proto 201 | sed "s/^/$host: /"; ip -n "$host" -br link show group 51772 type vxlan; done; etcd_holds)
[ -z "$left" ] || failures=$((failures + 1))
expect 'routes, tunnels and keys that are left' echo "${left:-none}"
kill_etcd
that_was_all 'That was all of it. Next: docs/overlay.md and docs/agent.md.'
