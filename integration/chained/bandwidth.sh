# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154  # what is set here is read elsewhere, and the other way round
# bandwidth, for 83-chained-kinds.sh.

rates='"ingressRate": 8000000, "ingressBurst": 400000, "egressRate": 8000000, "egressBurst": 400000'

# serve_transfers CONTAINER - sets $server
serve_transfers() {
	local ready
	exec {ready}< <(exec nsenter --net="/run/netns/$1" /usr/bin/python3 -SE integration/transfer.py serve 5001)
	server=$!
	read -r -t $((patience * 5)) -u "$ready" || return 1
}

# takes LEAST MOST put|get NAME - a megabyte to (put) or from (get) the container takes so many milliseconds
takes() {
	local took
	took=$(/usr/bin/python3 -SE integration/transfer.py "$3" "$(jq -r '.ips[0].address' <<<"$chain" | cut -d/ -f1)" 5001 1000000 2>&1)
	[ "$took" -ge "$1" ] && [ "$took" -le "$2" ]
	verdict $? "$4" "took $took ms, expected $1 to $2"
}

# disciplines - what shapes, on this host
disciplines() {
	tc qdisc show | grep -cE 'tbf|ingress'
}

# ifbs - names of our interfaces for what containers send
ifbs() {
	ip -br link show group 51773 type ifb | cut -d' ' -f1
}

remember_world
serve_transfers one
for maker in cambric bridge; do
	attach $maker one "${made_by[$maker]}"
	made=$chain
	takes 0 800 put "$maker: without limits a megabyte to the container takes no time"
	chained bandwidth ADD one "$rates"
	is "$(jq -S 'del(.interfaces[-1])' <<<"$chain")" "$(jq -S . <<<"$made")" "$maker: the result has one more interface"
	is "$(jq -r '.interfaces[-1] | "\(.name) \(has("sandbox"))"' <<<"$chain")" "$(ifbs) false" "$maker: which is the ifb"
	takes 900 3000 put "$maker: a megabyte to the container takes a second"
	takes 900 3000 get "$maker: and one from it, too"
	chained bandwidth CHECK one "$rates"
	chained bandwidth DEL one "$rates"
	is "$(disciplines)$(ifbs)" 0 "$maker: DEL takes all of it from an interface that lives"
	takes 0 800 put "$maker: and a megabyte takes no time again"
	takes 0 800 get "$maker: both ways"
	chained bandwidth DEL one
	chained bandwidth ADD one "\"runtimeConfig\": {\"bandwidth\": {${rates//400000/4294967295}}}"
	takes 700 3000 put "$maker: with containerd's burst there is a limit, too"
	chained bandwidth DEL one
	chain='' cni_as $maker DEL one
done
stop_server "$server"

attach ptp one "${made_by[ptp]}"
made=$chain
chained bandwidth ADD one
is "$(jq -S . <<<"$chain") $(records bandwidth)" "$(jq -S . <<<"$made") 0" 'without limits it hands on what it got'
chain='' refused bandwidth ADD one '"x": 1' '7 must be called as chained plugin' 'without limits and result: no panic'
chain=$(jq -c '.interfaces[0].name = "other0"' <<<"$made")
refused bandwidth ADD one "$rates" '7 no veth peer of container interface found in host ns' 'the host end must be in the result'
chain=$made
refused bandwidth ADD three "$rates" '7 no veth peer of container interface found in host ns' 'and there must be an interface'
host_end=$(jq -r '.interfaces[0].name' <<<"$made")
tc qdisc add dev "$host_end" root handle 7: pfifo
refused bandwidth ADD one "$rates" '100 add a token bucket' 'a discipline of somebody else is not replaced'
is "$(disciplines)$(ifbs)$(records bandwidth) $(tc qdisc show dev "$host_end" | grep -c pfifo)" '00 1' 'nor removed, and nothing is left'
tc qdisc del dev "$host_end" root

chained bandwidth ADD one "$rates"
ifb=$(ifbs) tbf='handle 1: tbf rate 8mbit burst 50000 limit 75000'
tampered bandwidth one "$rates" "106 the token bucket of interface $host_end is missing.*shaping" "tc qdisc del dev $host_end root" \
	"tc qdisc add dev $host_end root $tbf" 'bucket of the host end'
tampered bandwidth one "$rates" "106 the token bucket of interface $ifb" "tc qdisc change dev $ifb root ${tbf/8mbit/9mbit}" \
	"tc qdisc change dev $ifb root $tbf" 'rate of the ifb'
tampered bandwidth one "$rates" "106 interface $ifb is down" "ip link set $ifb down" "ip link set $ifb up" 'ifb down'
ip link set "$host_end" name other0
refused bandwidth CHECK one "$rates" "106 host interface $host_end does not lead to eth0" 'CHECK of bandwidth: host end with another name'
ip link del "$ifb"
netns='' chain='' cni_as bandwidth DEL one
is "$status $(disciplines)$(ifbs)" '0 0' 'DEL finds it all the same, also without its ifb, and without CNI_NETNS'
ip link set other0 name "$host_end"
# a record that nobody can read any more
chained bandwidth ADD one "$rates"
lose_record bandwidth
chain='' chained bandwidth DEL one
like "$errors" 'bandwidth is no record and was moved' 'DEL of who has lost his record'
is "$(ifbs)$(tc filter show dev "$host_end" parent ffff: | wc -l)" 0 'takes the ifb all the same, and nothing is led to it any more'
ok 'the container is reached' reaches one
rm "$store"/*/corrupt/*
chained bandwidth ADD one "$rates"
is "$(disciplines) $(ifbs)" "3 $ifb" 'the next ADD finds its own bucket'
remove_container one
wait_for bash -c "! ip link show dev $host_end"
chain='' cni_as bandwidth GC '' '"cni.dev/valid-attachments": []'
is "$status $(disciplines)$(ifbs)$(records bandwidth)" '0 00' 'GC takes the ifb of a namespace that is gone'
make_container one
chain='' cni_as ptp DEL one
chain='' cni_as bandwidth STATUS '' "$rates"
is "$status" 0 'STATUS'
world_is_unchanged 'bandwidth: the world is as it was before'
