#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a packet pays for what is installed: a client outside opens TCP connections to a published port of the host, with one
# mapping in place and with many, and rules in other networks, in turns. latency.sh CONNECTIONS MAPPINGS RULES PODS_OF_REFERENCE
# Prints lines for bench/report.py: "latency", competitor, what is in place, p50, p95, p99 in microseconds, connections.
. "$(dirname "$0")/../integration/lib.sh"
. bench/prepare.sh

connections=$1 mappings=$2 rules=$3 reference_pods=$4
turns=3
first_port=20000 # of what "measure" publishes
mappings_of_pod=4000 rules_of_network=50
# Where client and server run decides more than what is measured: each has a processor, if there are two
last_processor=$(($(nproc) - 1))
bulk=()

# ports FIRST COUNT - runtimeConfig of a pod with so many mappings
ports() {
	jq -cn --argjson first "$1" --argjson count "$2" \
		'{portMappings: [range($count) | {hostPort: ($first + .), containerPort: 80, protocol: "tcp"}]}'
}

# attach POD CONFIG, detach POD CONFIG
attach() {
	config=$2
	cni ADD "$1"
	[ "$status" = 0 ] || fail "ADD of $1: $output"
}

detach() {
	config=$2
	cni DEL "$1"
	[ "$status" = 0 ] || fail "DEL of $1: $output"
}

# bulk_configs - the networks of others: their mappings, their rules
bulk_configs() {
	local i count
	for ((i = 0; i * mappings_of_pod < mappings; i++)); do
		count=$((mappings - i * mappings_of_pod < mappings_of_pod ? mappings - i * mappings_of_pod : mappings_of_pod))
		bulk+=("$(network=ports network_config "\"ipam\": {\"subnet\": \"10.90.0.0/16\"}, \"runtimeConfig\": $(ports $((20000 + i * mappings_of_pod)) "$count")")")
	done
	for ((i = 0; i * rules_of_network < rules; i++)); do
		bulk+=("$(network=rules$i network_config "\"ipam\": {\"subnet\": \"10.$((100 + i)).0.0/24\"}, \"firewall\": {\"rules\":
			$(jq -cn --argjson count "$rules_of_network" '[range($count) | {direction: "in", protocol: "tcp", destinationPorts: [1000 + .], action: "drop"}]')}")")
	done
}

# timed WHAT COMPETITOR PORT - connections from outside, kept in a file
timed() {
	place outside taskset --cpu-list "$last_processor" "$programs/connect" time 192.0.2.1 "$3" "$connections" >>"$scratch/$2.$1" || fail "$2 with $1: no connection"
}

# settled WHAT COMPETITOR PORT - the same once tables have grown and caches are warm: the kernel does that beside the first ones
settled() {
	timed warming-up "${@:2}"
	timed "$@"
}

# percentiles WHAT COMPETITOR
percentiles() {
	sort -n "$scratch/$2.$1" | awk -v OFS='\t' -v what="$1" -v who="$2" '{ times[NR] = $1 / 1000 }
		function at(share) { return sprintf("%.1f", times[int((NR - 1) * share) + 1]) }
		END { print "latency", who, what, at(0.5), at(0.95), at(0.99), NR }'
}

# server POD - what answers on port 80
server() {
	place "$1" taskset --cpu-list 0 "$programs/connect" serve 80 >"$scratch/server.$1" &
	wait_for grep -q ready "$scratch/server.$1" || fail "no server in $1"
}

measure_cambric() {
	local turn i
	plain=$(network=plain network_config "\"ipam\": {\"subnet\": \"10.77.0.0/16\"}, \"runtimeConfig\": $(ports 8080 1)")
	make_pods 0 $((${#bulk[@]} + 1))
	attach pod0 "$plain"
	server pod0
	for ((turn = 0; turn < turns; turn++)); do
		settled 'one mapping' cambric 8080
		for ((i = 0; i < ${#bulk[@]}; i++)); do
			attach "pod$((i + 1))" "${bulk[i]}"
		done
		settled "$mappings mappings and $rules rules of others" cambric 8080
		for ((i = 0; i < ${#bulk[@]}; i++)); do
			detach "pod$((i + 1))" "${bulk[i]}"
		done
	done
	percentiles 'one mapping' cambric
	percentiles "$mappings mappings and $rules rules of others" cambric
}

# The chain of plugins cannot take 20,000 mappings: each ADD reads and writes all rules of iptables, several times. So it has pods
# of one mapping each. Who comes last is found last
measure_reference() {
	local first=2000 last=$((2000 + reference_pods - 1))
	make_pods "$first" "$reference_pods"
	measure fill "$first" 1 reference
	server "pod$first"
	settled 'one mapping' reference $((first_port + first))
	measure fill $((first + 1)) $((reference_pods - 1)) reference
	server "pod$last"
	settled "$reference_pods mappings" reference $((first_port + last))
	percentiles 'one mapping' reference
	percentiles "$reference_pods mappings" reference
}

prepare_competitors
bulk_configs
measure_cambric
[ "$reference_pods" = 0 ] || measure_reference
