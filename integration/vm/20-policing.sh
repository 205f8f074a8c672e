#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a container sends is policed where the kernel has no ifb. Needs a kernel that can police, and do without ifb.
. "$(dirname "$0")/lib.sh"

# takes LEAST MOST put|get NAME - half a megabyte to (put) or from (get) the container takes so many milliseconds
takes() {
	local took
	took=$(/usr/bin/python3 -SE integration/transfer.py "$3" "$address" 5001 500000 2>&1)
	[ "$took" -ge "$1" ] && [ "$took" -le "$2" ]
	verdict $? "$4" "took $took ms, expected $1 to $2"
}

# filters - what packets of the container go through
filters() {
	tc filter show dev "$host_end" parent ffff: | grep -oE 'police|mirred|rate [0-9]+[KM]?bit|action drop' | sort -u | paste -sd ' '
}

make_container one
config=$(network_config)
cni ADD one && cni DEL one
# The kernel tells later that the new bridge has no carrier
wait_for bash -c 'ip link show cambric0 | grep -q NO-CARRIER'
remember_world
config=$(network_config '"ipam": {"subnet": "10.77.0.0/16"}, "egressRate": 2000000, "egressBurst": 800000')

cni STATUS
is "$status$output$errors" 0 'STATUS where all is there'
without_module ifb act_police
cni STATUS
like "$status $(result '[.code, .msg, .details] | join(" ")')" '^1 50 ifb .*module ifb.*module act_police' 'neither ifb nor policing: STATUS names the modules'
cni ADD one
like "$status $(result .details)" '^1 .*module ifb.*module act_police' 'neither ifb nor policing: ADD names the modules'
world_is_unchanged 'and leaves nothing'
with_module act_police
cni STATUS
like "$status$output $errors" '^0 egressRate: .*module ifb.*dropped, not delayed' 'without ifb STATUS says how it is limited'
without_module sch_tbf
cni STATUS
is "$status$output" 0 'which needs no token buckets'
both=$config
config=$(jq -c '. + {ingressRate: 2000000, ingressBurst: 800000}' <<<"$config")
cni STATUS
like "$status $(result '[.code, .msg] | join(" ")')" '^1 50 .*module sch_tbf' 'the other direction does: STATUS names the module'
tc qdisc add dev lo root handle 1: pfifo
cni STATUS
like "$status $(result '[.code, .msg] | join(" ")')" '^1 50 .*module sch_tbf' 'also where the place that is tried is taken'
with_module sch_tbf
cni STATUS
is "$status$output" 0 'with it all is well'
like "$(tc qdisc show dev lo)" '^qdisc pfifo 1: root' 'and what was there is there'
tc qdisc del dev lo root
config=$both
cni ADD one
is "$status $(result '.interfaces | length')" '0 2' 'without ifb ADD succeeds, and there is none in the result'
[ "$status" -eq 0 ] || explain "$output"
address=$(address_of 4) host_end=$(result '.interfaces[0].name')
is "$(filters)" 'action drop police rate 2Mbit' 'packets beyond the rate are dropped'
exec {ready}< <(exec nsenter --net=/run/netns/one /usr/bin/python3 -SE integration/transfer.py serve 5001)
read -r -t 60 -u "$ready"
takes 0 1000 put 'what it receives is not limited'
takes 1500 15000 get 'what it sends is: half a megabyte less the bucket at 2 Mbit/s'

config=$(config_with_result)
cni CHECK one
is "$status$output" 0 'CHECK'
tc filter del dev "$host_end" parent ffff:
cni CHECK one
like "$status $(result .msg)" "^1 the policing of host interface $host_end is missing" 'CHECK notices that it is gone'
cni DEL one
is "$status" 0 'DEL'
world_is_unchanged 'the world is as it was before'
done_testing
