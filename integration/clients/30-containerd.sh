#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# containerd with "ctr run --cni": a daemon of our own, real containers from busybox, no registry, no reference plugin.
. "$(dirname "$0")/lib.sh"

install_network 1.0.0
warm_up

mkdir "$scratch/tmp"
export TMPDIR=$scratch/tmp
make_root_filesystem "$scratch/root"
start_containerd
verdict $? 'containerd answers'

inside() {
	ctr task exec --exec-id "e$RANDOM" "$1" /bin/busybox "${@:2}"
}
pid_of() {
	ctr task ls | awk -v name="$1" '$1 == name { print $2 }'
}
address_in() {
	nsenter --net="/proc/$(pid_of "$1")/ns/net" ip -j "-$2" addr show dev eth0 scope global | jq -r '.[0].addr_info[0].local'
}

remember_world
# ctr has no words for published ports; libcni hands on what the configuration itself says
install_network 1.0.0 '"runtimeConfig": { "portMappings": [
	{ "hostPort": 8080, "containerPort": 80, "protocol": "tcp" },
	{ "hostPort": 5353, "containerPort": 53, "protocol": "udp" } ] }'
start one
verdict $? 'the first container starts, with published ports' "$(tail -n 5 "$scratch/containerd.log" "$scratch/one.log")"
install_network 1.0.0
start two
verdict $? 'the second container starts' "$(tail -n 5 "$scratch/containerd.log" "$scratch/two.log")"
first4=$(address_in one 4) first6=$(address_in one 6)
second4=$(address_in two 4)
like "$first4 $first6" '^10\.77\..* fd00:77::' 'the first container has an address of each family'

ok 'the second container reaches the first' inside two ping -c 1 -W 2 "$first4"
ok 'and over IPv6' inside two ping -c 1 -W 2 "$first6"
ok 'the first container reaches the second' inside one ping -c 1 -W 2 "$second4"
ok 'the first container reaches the LAN, which has no route back' inside one ping -c 1 -W 2 192.0.2.2
wait_for ask outside tcp 192.0.2.1 8080
is "$(ask outside tcp 192.0.2.1 8080)" 'one' 'a client on the LAN fetches through the published TCP port'
serve "/proc/$(pid_of one)/ns/net" one udp:53
is "$(ask outside udp 192.0.2.1 5353)" 'one 192.0.2.2' 'and through the published UDP port'
is "$(ask outside tcp 2001:db8:1::1 8080)" 'one' 'and over IPv6'
stop_server "$server"

stop one
verdict $? 'the first container stops and goes' "$(cat "$scratch/one.log")"
not_ok 'the published port is closed' ask outside tcp 192.0.2.1 8080
stop two
verdict $? 'the second container stops and goes' "$(cat "$scratch/two.log")"
world_is_unchanged 'nothing is left of both'

kill "$daemon" && wait "$daemon"
find /sys/fs/cgroup -depth -path '*/cambric-test*' -type d -exec rmdir {} + 2>/dev/null
done_testing
