#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# cnitool, the reference client: libcni runs cambric as it does in every runtime.
. "$(dirname "$0")/lib.sh"

ok 'cnitool is there' test -x build/cnitool
install_network 1.0.0
warm_up
make_container one two
remember_world

cnitool() {
	CNI_PATH=$PLUGIN_PATH build/cnitool "$@" 2>&1
}

# publishing COMMAND... - with what a runtime asks for in behalf of the first container
publishing() {
	local -x CAP_ARGS='{"portMappings": [
		{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"},
		{"hostPort": 5353, "containerPort": 53, "protocol": "udp"}]}'
	"$@"
}

output=$(publishing cnitool add net /run/netns/one)
verdict $? 'add of the first container' "$output"
first4=$(address_of 4) first6=$(address_of 6)
output=$(cnitool add net /run/netns/two)
verdict $? 'add of the second container' "$output"
second4=$(address_of 4)
ok 'check of the first container' publishing cnitool check net /run/netns/one
ok 'check of the second container' cnitool check net /run/netns/two

like "$first4 $first6" '^10\.77\..* fd00:77::' 'the result names an address of each family'
ok 'the second container reaches the first' ping_from two "$first4"
ok 'and over IPv6' ping_from two "$first6"
ok 'the first container reaches the second' ping_from one "$second4"
ok 'the first container reaches the LAN, which has no route back' ping_from one 192.0.2.2

serve one tcp:80 udp:53
is "$(ask outside tcp 192.0.2.1 8080)" 'one 192.0.2.2' 'a client on the LAN fetches through the published TCP port'
is "$(ask outside udp 192.0.2.1 5353)" 'one 192.0.2.2' 'and through the published UDP port'
is "$(ask outside tcp 2001:db8:1::1 8080)" 'one 2001:db8:1::2' 'and over IPv6'
stop_server "$server"

ok 'del of the first container' publishing cnitool del net /run/netns/one
not_ok 'the published port is closed' ask outside tcp 192.0.2.1 8080
ok 'del of the second container' cnitool del net /run/netns/two
ok 'del of the second container again' cnitool del net /run/netns/two
world_is_unchanged 'nothing is left of both'
is "$(ls -A /var/lib/cni/results)" '' 'nothing is left in the cache of libcni'
done_testing
