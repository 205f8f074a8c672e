#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# podman with the networks that it generates itself: bridge, portmap, firewall and tuning, each a name of one file.
. "$(dirname "$0")/lib.sh"

"$PLUGIN" install-names "$PLUGIN_PATH" >/dev/null
prepare_podman

# create NAME OPTIONS...
create() {
	podman network create "${@:2}" "$1" >/dev/null
}
ok 'a network' create front --subnet 10.77.1.0/24
ok 'one of both families' create both --subnet 10.77.2.0/24 --subnet fd77:2::/64 --ipv6
ok 'an internal one' create inside --internal --subnet 10.77.3.0/24
ok 'an isolated one' create alone --subnet 10.77.4.0/24 -o isolate=true
ok 'and another' create apart --subnet 10.77.5.0/24 -o isolate=true
like "$(cat /etc/cni/net.d/*.conflist)" '"type": "bridge".*"type": "portmap".*"type": "firewall".*"type": "tuning"' \
	'podman has written what it always writes'

# start NAME NETWORK OPTIONS... - a container that answers on TCP port 80
start() {
	podman run --detach --name "$1" --network "$2" --log-driver=none --stop-timeout=0 --cgroup-parent=/cambric-test "${@:3}" \
		--rootfs "$scratch/root" /bin/sh -c "$(answering "$1")" 2>&1
}

# begin NAME NETWORK OPTIONS... - the same as an assertion
begin() {
	local output
	output=$(start "$@")
	verdict $? "a container on $2: ${*:3}" "$output"
}

# address NAME NETWORK FAMILY - as podman knows it
address() {
	local key=IPAddress
	[ "$3" = 4 ] || key=GlobalIPv6Address
	podman inspect --format "{{(index .NetworkSettings.Networks \"$2\").$key}}" "$1"
}

reaches() {
	podman exec "$1" ping -c 1 -W 2 "$2" >/dev/null
}

# what is made once and stays: forwarding in both families
warm() {
	start warm both && podman rm --force --time 0 warm
}
warm >/dev/null
remember_world

begin one front --publish 8080:80/tcp
begin two front --ip 10.77.1.99 --mac-address 02:00:00:00:77:99
is "$(address two front 4)" 10.77.1.99 'a fixed address'
is "$(podman exec two cat /sys/class/net/eth0/address)" 02:00:00:00:77:99 'and a fixed MAC'
ok 'neighbours reach each other' reaches two "$(address one front 4)"
ok 'and the gateway' reaches two 10.77.1.1
ok 'and the LAN, which has no route back' reaches two 192.0.2.2
wait_for ask outside tcp 192.0.2.1 8080
is "$(ask outside tcp 192.0.2.1 8080)" one 'a client on the LAN fetches through the published port'
is "$(ask host tcp 127.0.0.1 8080)" one 'the host from 127.0.0.1'
is "$(podman exec two nc -w 2 192.0.2.1 8080)" one 'a neighbour through the address of the host'

begin six both --publish 8100-8119:8100-8119/udp
ok 'IPv6 to the gateway' reaches six fd77:2::1
ok 'IPv6 to the LAN' reaches six 2001:db8:1::2
serve "$(podman inspect --format '{{.NetworkSettings.SandboxKey}}' six)" six udp:8107
is "$(ask outside udp 192.0.2.1 8107)" 'six 192.0.2.2' 'a port in the middle of a published range'
is "$(ask outside udp 2001:db8:1::1 8107)" 'six 2001:db8:1::2' 'over IPv6, too'
stop_server "$server"

begin hidden inside
not_ok 'an internal network has no way out' reaches hidden 192.0.2.2

begin lone alone
begin next apart
not_ok 'isolated networks do not reach each other' reaches lone "$(address next apart 4)"
ok 'but the LAN' reaches lone 192.0.2.2

output=$(start again front --publish 8080:80/tcp)
isnt "$?" 0 'a port that is taken is refused'
like "$output" '8080.*one|8080.*taken|8080.*published|address already in use' 'and the message says so'
podman rm --force --time 0 again >/dev/null 2>&1

ok 'all stop and go' podman rm --force --time 0 one two six hidden lone next
world_is_unchanged 'nothing is left of them'
find /sys/fs/cgroup -depth -path '*/cambric-test*' -type d -exec rmdir {} + 2>/dev/null
done_testing
