#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rootless: the verbs inside a user namespace, as rootless podman runs them.
rootless=yes
. "$(dirname "$0")/lib.sh"

unlike "$(cat /proc/self/uid_map)" '4294967295' 'this is a user namespace'
make_container one two
config=$(network_config '"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]},
	"runtimeConfig": {"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}')
cni ADD one && cni DEL one
remember_world

cni ADD one
is "$status" 0 'ADD' || explain "$output"
first4=$(address_of 4) first6=$(address_of 6)
config=$(network_config '"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}')
cni ADD two
is "$status" 0 'ADD of a second container' || explain "$output"
config=$(config_with_result)
cni CHECK two
is "$status/$output" 0/ 'CHECK'
ok 'the second reaches the first' ping_from two "$first4"
ok 'and over IPv6' ping_from two "$first6"
ok 'the first reaches the LAN' ping_from one 192.0.2.2
serve one tcp:80
is "$(ask outside tcp 192.0.2.1 8080)" 'one 192.0.2.2' 'a client on the LAN fetches through the published port'
stop_server "$server"
cni DEL two
is "$status/$output" 0/ 'DEL'
cni DEL one
is "$status/$output" 0/ 'DEL of the first'
world_is_unchanged 'nothing is left of both'

# A plain user cannot enlarge the send buffer, and a removal says everything twice
ports=$(jq -cn '[range(8000) | {hostPort: (20000 + .), containerPort: (30000 + .), protocol: "tcp"}]')
config=$(network_config "\"capabilities\": {\"portMappings\": true}, \"ipam\": {\"subnet\": \"10.77.0.0/16\"}, \"runtimeConfig\": {\"portMappings\": $ports}")
cni ADD one
is "$status" 0 'ADD with 8000 ports' || explain "$output"
cni DEL one
is "$status/$output" 0/ 'DEL of them'
is "$(nft list map inet cambric dnat4a | grep -c elements)" 0 'none is left'

# A plain user's /run often cannot be written: the message must name the way out
mkdir /run/other && mount -t tmpfs -o ro tmpfs /run/other
config=$(network_config '"ipam": {"subnet": "10.77.0.0/16", "dataDir": "/run/other/store"}')
cni ADD one
like "$(result '(.code | tostring) + " " + .msg')" '^101 .*dataDir.*/run/other/store' \
	'where the store cannot be written, the error names dataDir'
done_testing
