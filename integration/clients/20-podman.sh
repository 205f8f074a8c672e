#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# podman with its CNI backend: real containers from busybox, no registry, no reference plugin.
. "$(dirname "$0")/lib.sh"

install_network 0.4.0
warm_up

prepare_podman

# start NAME OPTIONS... - a container that answers on TCP port 80
start() {
	podman run --detach --name "$1" --network net --log-driver=none --stop-timeout=0 --cgroup-parent=/cambric-test "${@:2}" \
		--rootfs "$scratch/root" /bin/sh -c "$(answering "$1")" 2>&1
}

remember_world
output=$(start one --publish 8080:80/tcp --publish 5353:53/udp)
verdict $? 'the first container starts, with published ports' "$output"
output=$(start two)
verdict $? 'the second container starts' "$output"
inspect() {
	podman inspect --format "{{with .NetworkSettings}}{{$2}}{{end}}" "$1"
}
address_in='(index .Networks "net")'
first4=$(inspect one "$address_in.IPAddress") first6=$(inspect one "$address_in.GlobalIPv6Address")
second4=$(inspect two "$address_in.IPAddress")
like "$first4 $first6" '^10\.77\..* fd00:77::' 'podman knows an address of each family'

ok 'the second container reaches the first' podman exec two ping -c 1 -W 2 "$first4"
ok 'and over IPv6' podman exec two ping -c 1 -W 2 "$first6"
ok 'the first container reaches the second' podman exec one ping -c 1 -W 2 "$second4"
ok 'the first container reaches the LAN, which has no route back' podman exec one ping -c 1 -W 2 192.0.2.2
wait_for ask outside tcp 192.0.2.1 8080
is "$(ask outside tcp 192.0.2.1 8080)" 'one' 'a client on the LAN fetches through the published TCP port'
serve "$(inspect one .SandboxKey)" one udp:53
is "$(ask outside udp 192.0.2.1 5353)" 'one 192.0.2.2' 'and through the published UDP port'
is "$(ask outside tcp 2001:db8:1::1 8080)" 'one' 'and over IPv6'
is "$(ask host tcp 127.0.0.1 8080)" 'one' 'the host itself fetches from 127.0.0.1'

stop_server "$server"
ok 'the first container stops and goes' podman rm --force --time 0 one
not_ok 'the published port is closed' ask outside tcp 192.0.2.1 8080
ok 'the second container stops and goes' podman rm --force --time 0 two
world_is_unchanged 'nothing is left of both'
find /sys/fs/cgroup -depth -path '*/cambric-test*' -type d -exec rmdir {} + 2>/dev/null
done_testing
