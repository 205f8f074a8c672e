#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Bandwidth: what a container receives and sends takes the time that the rates say, and nothing is left of it afterwards.
. "$(dirname "$0")/lib.sh"

make_container one two
config=$(network_config)
cni ADD two && cni DEL two
remember_world

# attach CONTAINER IFNAME MEMBERS - ADD with members of a configuration; its result is in $output
attach() {
	config=$(network_config "\"ipam\": {\"subnet\": \"10.77.0.0/16\"}${3:+, $3}")
	cni ADD "$1" "$2"
	is "$status" 0 "ADD $1 $2 ${3:-without limits}"
	[ "$status" -eq 0 ] || explain "$output"
}

# serve_transfers CONTAINER - sets $server
serve_transfers() {
	local ready
	exec {ready}< <(exec nsenter --net="/run/netns/$1" /usr/bin/python3 -SE integration/transfer.py serve 5001)
	server=$!
	read -r -t $((patience * 5)) -u "$ready" || return 1
}

# takes LEAST MOST put|get ADDRESS NAME - a megabyte to (put) or from (get) the container takes so many milliseconds
takes() {
	local took
	took=$(/usr/bin/python3 -SE integration/transfer.py "$3" "$4" 5001 1000000 2>&1)
	[ "$took" -ge "$1" ] && [ "$took" -le "$2" ]
	verdict $? "$5" "took $took ms, expected $1 to $2"
	explain "$5: $took ms"
}

# ifbs - names of our interfaces for what containers send
ifbs() {
	ip -br link show group 51773 type ifb | cut -d' ' -f1
}

# A megabyte at 8 Mbit/s is one second; what the bucket holds goes at once
attach one eth0
serve_transfers one
takes 0 800 put "$(address_of 4)" 'without limits a megabyte to the container takes no time'
takes 0 800 get "$(address_of 4)" 'nor does one from it'
is "$(tc qdisc show | grep -c -e tbf -e ingress)$(ifbs)" 0 'and no queueing discipline was touched'
cni DEL one
rates='"ingressRate": 8000000, "ingressBurst": BURST, "egressRate": 8000000, "egressBurst": BURST'
slow=$(sed 's/8000000/1000/g; s/BURST/1000/g' <<<"$rates")
for case in \
	"ingress|$(jq -c 'del(.egressRate, .egressBurst)' <<<"{${rates//BURST/400000}}")|900 3000|0 800|0" \
	"egress|$(jq -c 'del(.ingressRate, .ingressBurst)' <<<"{${rates//BURST/400000}}")|0 800|900 3000|1" \
	"burst of containerd|{\"runtimeConfig\": {\"bandwidth\": {${rates//BURST/4294967295}}}}|700 3000|700 3000|1" \
	"top level before the runtime's|{\"ingressRate\": 8000000, \"ingressBurst\": 400000, \"runtimeConfig\": {\"bandwidth\": {$slow}}}|900 3000|0 800|0"; do
	IFS='|' read -r name members put get ifb_count <<<"$case"
	attach one eth0 "$(sed 's/^{//; s/}$//' <<<"$members")"
	is "$(result '.interfaces | length') $(result '.interfaces[2:] | map(select(.sandbox | not) | .name) | join(" ")')" \
		"$((2 + ifb_count)) $(ifbs)" "$name: the result lists the ifb, and nothing else"
	# shellcheck disable=SC2086  # two numbers
	takes $put put "$(address_of 4)" "$name: a megabyte to the container"
	# shellcheck disable=SC2086
	takes $get get "$(address_of 4)" "$name: a megabyte from the container"
	cni DEL one
	is "$status$(ifbs)" 0 "$name: DEL takes the ifb along"
done
world_is_unchanged 'the world is as it was before'

# The example: both ways, and the source binding sees the host end behind the ifb
example=$(jq -c '{cniVersion: "1.1.0", name} + .plugins[0]' conf/examples/bandwidth.conflist)
config=$example
cni ADD one
is "$status" 0 'ADD of the example'
address=$(address_of 4) host_end=$(result '.interfaces[0].name') ifb=$(result '.interfaces[2].name')
takes 900 3000 put "$address" 'example: to the container'
takes 900 3000 get "$address" 'example: from the container'
nft add table inet watch
nft 'add chain inet watch seen { type filter hook prerouting priority 0; }'
nft add rule inet watch seen iifname "$host_end" ip saddr "$address" counter
nft add rule inet watch seen ip saddr 10.77.99.99 counter
place one ip addr add 10.77.99.99/32 dev eth0
ping_from one 10.77.0.1 -I 10.77.99.99 >/dev/null
ok 'the container reaches its gateway' ping_from one 10.77.0.1
place one ip addr del 10.77.99.99/32 dev eth0
counters=$(nft -j list chain inet watch seen | jq -c '[.nftables[].rule.expr[]?.counter.packets // empty]')
like "$counters" '^\[[1-9][0-9]*,0\]$' 'what comes back from the ifb comes from the host end, with no foreign source'
nft delete table inet watch

# Another attachment of the same container has rates of its own
result_one=$output
config=$(jq -c '.name = "other" | .ingressRate = 16000000 | .egressRate = 16000000 | .ipam.subnet = "10.78.0.0/16"' <<<"$example")
cni ADD one eth1
is "$status" 0 'ADD of a second attachment'
second=$(address_of 4)
is "$(ifbs | sort -u | wc -l)" 2 'which has an ifb of its own'
takes 400 900 put "$second" 'twice as fast to it'
takes 400 900 get "$second" 'and from it'
takes 900 3000 put "$address" 'the first keeps its rate'
cni DEL one eth1
is "$status $(ifbs)" "0 $ifb" 'DEL of the second leaves the ifb of the first'
takes 900 3000 get "$address" 'and its rate'

# CHECK
config=$(jq -cn --argjson config "$example" --argjson result "$result_one" '$config + {prevResult: $result}')
cni CHECK one
is "$status" 0 'CHECK'
[ "$status" -eq 0 ] || explain "$output"
# tc's "latency" is the limit less the burst, at this rate
tbf='handle 1: tbf rate 8mbit burst 50000 latency 25ms'
all="dev $host_end parent ffff: protocol all prio 1 u32 match u32 0 0 action mirred egress redirect dev"
for case in \
	"qdisc of the host end|token bucket of interface $host_end|qdisc del dev $host_end root|qdisc add dev $host_end root $tbf" \
	"its rate|token bucket of interface $host_end|qdisc change dev $host_end root ${tbf/8mbit/9mbit}|qdisc change dev $host_end root $tbf" \
	"its burst|token bucket of interface $host_end|qdisc change dev $host_end root ${tbf/50000/90000}|qdisc change dev $host_end root $tbf" \
	"qdisc of the ifb|token bucket of interface $ifb|qdisc del dev $ifb root|qdisc add dev $ifb root $tbf" \
	"redirection|not redirected to $ifb|filter del dev $host_end parent ffff:|filter add $all $ifb" \
	"redirection elsewhere|not redirected to $ifb|filter del dev $host_end parent ffff: ; tc filter add $all uplink|filter del dev $host_end parent ffff: ; tc filter add $all $ifb" \
	"ingress hook|not redirected to $ifb|qdisc del dev $host_end ingress|qdisc add dev $host_end ingress ; tc filter add $all $ifb"; do
	IFS='|' read -r name pattern break mend <<<"$case"
	bash -c "tc $break"
	cni CHECK one
	like "$status $(result .msg) $(result .details)" "^1 .*$pattern.*resource: shaping" "CHECK: $name"
	bash -c "tc $mend"
	cni CHECK one
	is "$status" 0 "CHECK: $name put back"
done
ip link set "$ifb" down
cni CHECK one
like "$status $(result .msg)" "^1 .*$ifb is down" 'CHECK: ifb down'
ip link set "$ifb" up
cni CHECK one
is "$status" 0 'CHECK: ifb up again'
ip link del "$ifb"
cni CHECK one
like "$status $(result .msg)" "^1 .*$ifb is missing" 'CHECK: ifb removed'
config=$example
cni DEL one
is "$status" 0 'DEL without the ifb'

# Ways to lose it
cni ADD one
remove_container one
wait_for test ! -e "/sys/class/net/$host_end"
is "$(ifbs)" "$ifb" 'the ifb outlives the namespace'
cni DEL one
is "$status$(ifbs)" 0 'DEL takes it when the namespace is gone'
make_container one
cni ADD one && rm "$store"/*/net/*/a/one*
cni DEL one
is "$status$(ifbs)" 0 'DEL takes it when the record is lost'
cni ADD one && rm "$store"/*/net/*/a/one* && ip link del "$host_end"
cni ADD one
is "$status $(ifbs)" "0 $ifb" 'ADD replaces what a lost record left'
remove_container one
config=$(jq -c '. + {"cni.dev/valid-attachments": []}' <<<"$example")
cni GC
is "$status$(ifbs)" 0 'GC takes it'
make_container one
config=$example
ip link add "$ifb" type bridge
cni ADD one
like "$status $(result .msg) $(result .details)" "^1 add ifb $ifb.*resource: shaping" 'ADD fails when the name belongs to somebody else'
is "$(ip -br link show type veth | grep -c veth)" 0 'and leaves nothing'
ok 'nor takes what is not ours' ip link del "$ifb"
"$PLUGIN" reload # lost records had elements
world_is_unchanged 'the world is as it was before'
stop_server "$server"
done_testing
