#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tap mode under faults: what CHECK notices, what a failed ADD leaves, namespaces that are gone, GC, a machine without taps.
. "$(dirname "$0")/lib.sh"
. integration/machines.sh

make_container one two three
members='"mode": "tap", "owner": 61000, "ipam": {"ranges": [[{"subnet": "10.77.0.0/24"}], [{"subnet": "fd00:77::/64"}]]},
	"capabilities": {"portMappings": true}, "runtimeConfig": {"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "udp"}]}'
plain=$(network_config "$members")

nobody_listens() {
	ip -n one link show eth0 | grep -q NO-CARRIER
}

# --- CHECK ---
config=$plain
cni ADD one
veth=$(result '.interfaces[0].name') mac=$(result '.interfaces[1].mac')
config=$(config_with_result)
# Nobody has it open: that takes the kernel a moment to notice
wait_for nobody_listens
remember_world
cni CHECK one
is "$status$output" 0 'CHECK directly after ADD'
world_is_unchanged 'changes nothing'
all='protocol all pref 1 u32 match u8 0 0 action mirred egress redirect dev'
tap="tap del dev eth0 mode tap; ip -n one tuntap add dev eth0 mode"
again="ip -n one link set eth0 address $mac group 51771 alias $veth up; ip netns exec one sysctl -q net.ipv6.conf.eth0.disable_ipv6=1
	tc -n one qdisc add dev eth0 ingress; tc -n one filter add dev eth0 parent ffff: $all $veth
	tc -n one filter del dev $veth parent ffff: pref 1; tc -n one filter add dev $veth parent ffff: $all eth0"
again=${again//$'\n'/;}
# tamper NAME|PATTERN|COMMAND|UNDO - CHECK fails after COMMAND with a message that matches, and succeeds after UNDO
while IFS='|' read -r name pattern command undo; do
	bash -c "$command" >"$scratch/said" 2>&1 || explain "$name: $(<"$scratch/said")"
	cni CHECK one
	is "$status" 1 "$name: noticed"
	like "$(result '.msg')" "$pattern" "$name: named"
	bash -c "$undo" >"$scratch/said" 2>&1 || explain "$name: $(<"$scratch/said")"
	cni CHECK one
	is "$status$output" 0 "$name: put back, CHECK succeeds"
done <<END
the tap is gone|interface eth0 is missing in the container|ip -n one link del eth0|ip -n one tuntap add dev eth0 mode tap user 61000; $again
another tap, of another user|tap eth0 has owner 61001 and group -1, expected 61000 and -1|ip -n one tun$tap tap user 61001; $again|ip -n one tun$tap tap user 61000; $again
another tap, for a group as well|tap eth0 has owner 61000 and group 7, expected 61000 and -1|ip -n one tun$tap tap user 61000 group 7; $again|ip -n one tun$tap tap user 61000; $again
another tap, of several queues|tap eth0 has several queues, expected one|ip -n one tun$tap tap user 61000 multi_queue; $again|ip -n one tuntap del dev eth0 mode tap multi_queue; ip -n one tuntap add dev eth0 mode tap user 61000; $again
a bridge of that name|interface eth0 in the container is no tap|ip -n one link del eth0; ip -n one link add eth0 type bridge; ip -n one link set eth0 address $mac up|ip -n one link del eth0; ip -n one tuntap add dev eth0 mode tap user 61000; $again
the tap is down|interface eth0 is down in the container|ip -n one link set eth0 down|ip -n one link set eth0 up
the tap has another MAC|interface eth0 has another MAC than prevResult says|ip -n one link set eth0 address 02:00:00:00:00:98|ip -n one link set eth0 address $mac
the tap has another alias|tap eth0 has another alias than we gave it|ip -n one link set eth0 alias other|ip -n one link set eth0 alias $veth
the tap has another MTU|interface eth0 has MTU 1300, prevResult says 1500|ip -n one link set eth0 mtu 1300|ip -n one link set eth0 mtu 1500
the veth is down|interface $veth is down in the container|ip -n one link set $veth down|ip -n one link set $veth up
the veth has another name|interface $veth is missing in the container|ip -n one link set $veth down; ip -n one link set $veth name other up|ip -n one link set other down; ip -n one link set other name $veth up
no way from the tap|what eth0 receives is not redirected to $veth|tc -n one filter del dev eth0 parent ffff: pref 1|tc -n one filter add dev eth0 parent ffff: $all $veth
no way to the tap|what $veth receives is not redirected to eth0|tc -n one qdisc del dev $veth ingress|tc -n one qdisc add dev $veth ingress; tc -n one filter add dev $veth parent ffff: $all eth0
a way to elsewhere|what $veth receives is not redirected to eth0|tc -n one filter del dev $veth parent ffff: pref 1; tc -n one filter add dev $veth parent ffff: $all lo|tc -n one filter del dev $veth parent ffff: pref 1; tc -n one filter add dev $veth parent ffff: $all eth0
the host answers for nobody|proxy_arp|sysctl -q net.ipv4.conf.$veth.proxy_arp=0|sysctl -q net.ipv4.conf.$veth.proxy_arp=1
or late|proxy_delay|sysctl -q net.ipv4.neigh.$veth.proxy_delay=80|sysctl -q net.ipv4.neigh.$veth.proxy_delay=0
the host route|host route to 10.77.0.2 over $veth is missing|ip route del 10.77.0.2|ip route add 10.77.0.2 dev $veth scope link src 10.77.0.1 proto 200
the guest's MAC on the host|neighbour entry of 10.77.0.2|ip neigh replace 10.77.0.2 dev $veth lladdr 02:00:00:00:00:98 nud permanent|ip neigh replace 10.77.0.2 dev $veth lladdr $mac nud permanent
END
config=$plain
cni DEL one
is "$status$output" 0 'DEL'

# --- rollback ---
cni ADD three && cni DEL three
remember_world
rows=$("$fail_after")
for neighbours in 0 1; do
	for ((row = 0; row <= rows; row++)); do
		fails_behind "$row" "$neighbours others"
	done
	[ "$neighbours" = 0 ] || break
	config=$(jq -c '.runtimeConfig.portMappings[0].hostPort = 8081' <<<"$plain")
	cni ADD two
	boot two guest
	config=$plain
	remember_world
done
ok 'the neighbour still reaches others' ping_from guest 192.0.2.2

# --- what is in the way ---
ip -n one link add "$veth" type bridge
cni ADD one
is "$status" 1 "the veth's name is taken in the container"
like "$(result .msg)" "$veth.*already exists" 'which the error names'
ip -n one link del "$veth"
world_is_unchanged 'and nothing is left'
mount --bind /dev/null /dev/net/tun
cni ADD one
is "$status" 1 'no driver of taps'
like "$(result .msg)" 'make tap eth0' 'which the error names'
world_is_unchanged 'and nothing is left'
umount /dev/net/tun
mount -t tmpfs tmpfs /dev/net
cni STATUS
like "$status $(result '.msg + .details')" '^1 .*taps cannot be made: open /dev/net/tun' 'STATUS says so'
cni ADD one
like "$status $(result .msg)" '^1 open /dev/net/tun' 'and ADD'
world_is_unchanged 'and nothing is left'
umount /dev/net
cni STATUS
is "$status" 0 'STATUS with the driver'

# --- namespaces that are gone, or not what they were, GC ---
cni ADD one
remove_container one
cni DEL one
is "$status$output" 0 'DEL after the namespace'
make_container one
cni ADD one
is "$status" 0 'ADD into a new one of that name'
netns='' cni DEL one
is "$status$output $(ip -n one link show eth0 2>&1)" '0 Device "eth0" does not exist.' 'DEL without CNI_NETNS finds the tap by the record'
cni ADD one
remove_container one && make_container one && ip -n one tuntap add eth0 mode tap && ip -n one link set eth0 group 51771 alias "$veth"
cni DEL one
is "$status$output" 0 'DEL where another namespace has the name'
ok 'leaves the tap there alone, whatever it looks like' ip -n one link show eth0
ip -n one link del eth0
cni ADD one
ip -n one link set eth0 name other
ip -n one tuntap add eth0 mode tap
cni DEL one
ok 'DEL leaves a tap that has nothing of ours' ip -n one link show eth0
remove_container one && make_container one
cni ADD one
config=$(jq -c '. + {"cni.dev/valid-attachments": [{containerID: "two", ifname: "eth0"}]}' <<<"$plain")
cni GC
is "$status$(ip -n one link show eth0 2>&1)" '0Device "eth0" does not exist.' 'GC takes the tap of a living namespace'
ok 'and keeps the other machine' ping_from guest 192.0.2.2
config=$(jq -c '. + {"cni.dev/valid-attachments": []}' <<<"$plain")
cni GC
is "$status$(ip -o link show group 51771)$(ip -n two -o link show group 51771)" 0 'GC of all'
is "$(find "$store" -path '*/net/*/a/*' -o -path '*/use/*/*')" '' 'takes the records along'
remove_container guest

# --- some at once ---
config=$(jq -c 'del(.runtimeConfig)' <<<"$plain")
for verb in ADD DEL; do
	for name in one two three; do
		for number in 0 1 2; do
			run_plugin CNI_COMMAND=$verb CNI_PATH=/x CNI_CONTAINERID="$name" CNI_NETNS="/run/netns/$name" CNI_IFNAME="eth$number" \
				>/dev/null 2>&1 &
		done
	done
	wait
	for name in one two three; do
		is "$(ip -n "$name" -d -o link show group 51771 | grep -c 'tun type tap')" "$([ $verb = ADD ] && echo 3 || echo 0)" "$verb of nine at once: $name"
	done
done
done_testing
