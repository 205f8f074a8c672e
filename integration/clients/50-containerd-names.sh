#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# containerd with conflists as its own documents, nerdctl and k3s have them, each link a name of one file.
. "$(dirname "$0")/lib.sh"

"$PLUGIN" install-names "$PLUGIN_PATH" >/dev/null
mkdir "$scratch/tmp"
export TMPDIR=$scratch/tmp
make_root_filesystem "$scratch/root"
start_containerd
verdict $? 'containerd answers'

ports='"runtimeConfig": {"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}'
portmap="{\"type\": \"portmap\", \"capabilities\": {\"portMappings\": true}, $ports}"
declare -A lists=(
	[containerd]='{"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true, "promiscMode": true, "ipam": {"type": "host-local",
		"ranges": [[{"subnet": "10.88.0.0/16"}], [{"subnet": "fd88::/64"}]], "routes": [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}]}}, '"$portmap"
	[nerdctl]='{"type": "bridge", "bridge": "nerdctl0", "isGateway": true, "ipMasq": true, "hairpinMode": true, "ipam": {"type": "host-local",
		"routes": [{"dst": "0.0.0.0/0"}], "ranges": [[{"subnet": "10.4.0.0/24", "gateway": "10.4.0.1"}]]}}, '"$portmap"',
		{"type": "firewall", "ingressPolicy": "same-bridge"}, {"type": "tuning"}'
	[k3s]='{"type": "bridge", "bridge": "cni0", "mtu": 1450, "hairpinMode": true, "forceAddress": true, "isDefaultGateway": true, "isGateway": true,
		"ipMasq": false, "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.42.0.0/24"}]], "routes": [{"dst": "10.42.0.0/16"}]}}, '"$portmap"',
		{"type": "bandwidth", "capabilities": {"bandwidth": true}}'
)

# use NAME PLUGINS - the list that containerd finds
use() {
	printf '{"cniVersion": "1.0.0", "name": "%s", "plugins": [%s]}' "$1" "$2" >/etc/cni/net.d/10-net.conflist
}

# try NAME - two containers of one list: they reach each other, one is reached from outside
try() {
	use "$1" "${lists[$1]}"
	start "$1-one" --rm
	verdict $? "$1: a container with a published port" "$(tail -n 3 "$scratch/$1-one.log")"
	use "$1" "${lists[$1]/"$ports"/\"snat\": true}"
	start "$1-two" --rm
	verdict $? "$1: its neighbour" "$(tail -n 3 "$scratch/$1-two.log")"
	wait_for ask outside tcp 192.0.2.1 8080
	is "$(ask outside tcp 192.0.2.1 8080)" "$1-one" "$1: a client on the LAN fetches through the published port"
	is "$(ctr task exec --exec-id get "$1-two" /bin/busybox nc -w 2 192.0.2.1 8080)" "$1-one" "$1: and so does the neighbour"
	stop "$1-one"
	verdict $? "$1: it stops and goes" "$(cat "$scratch/$1-one.log")"
	stop "$1-two"
	verdict $? "$1: both do" "$(cat "$scratch/$1-two.log")"
}

(try containerd) >/dev/null # what is made once and stays
remember_world
for list in containerd nerdctl k3s; do
	try "$list"
	world_is_unchanged "$list: nothing is left of both"
done

kill "$daemon" && wait "$daemon"
find /sys/fs/cgroup -depth -path '*/cambric-test*' -type d -exec rmdir {} + 2>/dev/null
done_testing
