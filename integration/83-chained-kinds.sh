#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tuning, bandwidth, firewall and sbr behind any plugin, also twice: each does its part, knows when it is gone, and takes it back.
. "$(dirname "$0")/lib.sh"

real=$PLUGIN
bin=$scratch/bin
mkdir "$bin"
for kind in cambric bridge ptp portmap tuning bandwidth firewall sbr; do
	ln -s "$real" "$bin/$kind"
done
CNI_PATH=$bin

both='"ipam": {"type": "host-local", "ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}'
routes='"routes": [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}]'

# cni_as KIND VERB CONTAINER [MEMBERS] - one call of a kind; $netns, $version and $network as for cni and network_config
# For a chained kind $chain is the result so far; what an ADD prints becomes the new one.
cni_as() {
	PLUGIN=$bin/$1 type=$1 config=$(network_config "${4:-$both}")
	[ -z "${chain-}" ] || config=$(jq -c --argjson result "$chain" '. + {prevResult: $result}' <<<"$config")
	cni "$2" ${3:+"$3"}
	[ "$2" != ADD ] || [ "$status" -ne 0 ] || chain=$output
	return "$status"
}

# attach KIND CONTAINER [MEMBERS] - ADD of the plugin that makes the interface
attach() {
	chain='' cni_as "$1" ADD "$2" "${3-}"
	is "$status" 0 "$1 attaches $2"
	[ "$status" -eq 0 ] || explain "$output"
	chain=$output
}

# chained KIND VERB CONTAINER [MEMBERS] - a call that has to succeed
chained() {
	cni_as "$1" "$2" "$3" "${4:-\"x\": 1}"
	is "$status" 0 "$1 $2 $3${4:+ with ${4:0:90}}"
	[ "$status" -eq 0 ] || explain "$output"
}

# refused KIND VERB CONTAINER MEMBERS PATTERN NAME - a call that has to fail, in these words
refused() {
	cni_as "$1" "$2" "$3" "$4"
	like "$status $(result '"\(.code) \(.msg) \(.details // "")"')" "^1 .*$5" "$6"
}

# tampered KIND CONTAINER MEMBERS PATTERN BREAK MEND NAME - CHECK names what BREAK does, and is content after MEND
tampered() {
	bash -c "$5"
	refused "$1" CHECK "$2" "$3" "$4" "CHECK of $1: $7"
	bash -c "$6"
	cni_as "$1" CHECK "$2" "$3"
	is "$status" 0 "CHECK of $1: $7 put back"
	[ "$status" -eq 0 ] || explain "$output"
}

# mac_of CONTAINER - of its eth0
mac_of() {
	ip -n "$1" -j link show eth0 | jq -r '.[0].address'
}

# records KIND - how many there are
records() {
	find "$store" -path '*/a/*' -exec jq -r .kind {} + 2>/dev/null | grep -cx "$1"
}

# lose_record KIND - nobody can read it any more
lose_record() {
	find "$store" -path "*/net/*/a/*@$1" -exec sh -c 'echo "{" >"$1"' _ {} \;
}

make_container one two three
declare -A made_by=([cambric]=$both [ptp]="${both%\}}, $routes}" [bridge]="$both, \"isDefaultGateway\": true, \"macspoofchk\": true")
for kind in "${!made_by[@]}"; do
	attach "$kind" one "${made_by[$kind]}"
	chain='' cni_as "$kind" DEL one "${made_by[$kind]}"
done

. integration/chained/tuning.sh
. integration/chained/bandwidth.sh
. integration/chained/firewall.sh
. integration/chained/sbr.sh
. integration/chained/twice.sh

# All of them, behind an interface of the reference plugins and in another order than podman has
if [ -x /usr/lib/cni/bridge ]; then
	remove_container one && make_container one
	reference=$(network_config "$both" | jq -c '. + {type: "bridge", bridge: "ref0", isDefaultGateway: true, cniVersion: "1.0.0"} | .ipam.dataDir = "/run/scratch/ref"')
	remember_world
	config=$reference PLUGIN=/usr/lib/cni/bridge CNI_PATH=/usr/lib/cni
	cni ADD one
	chain=$output CNI_PATH=$bin version=1.0.0
	declare -A link=([sbr]='"addSourceHints": true' [bandwidth]=$rates [firewall]=$isolated [tuning]=$every
		[portmap]='"runtimeConfig": {"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}')
	order=(sbr bandwidth tuning portmap firewall)
	serve one tcp:80
	for kind in "${order[@]}"; do
		chained "$kind" ADD one "${link[$kind]}"
	done
	is "$(ask outside tcp 192.0.2.1 8080)" 'one 192.0.2.2' 'a chain of all of them behind the reference bridge: a published port is served'
	for kind in "${order[@]}"; do
		chained "$kind" CHECK one "${link[$kind]}"
	done
	for kind in bandwidth sbr firewall portmap tuning; do
		chain='' chained "$kind" DEL one
	done
	stop_server "$server"
	unset version
	config=$reference PLUGIN=/usr/lib/cni/bridge CNI_PATH=/usr/lib/cni
	cni DEL one
	is "$status" 0 'and the reference takes its interface back'
	ip link del ref0
	remove_container one && make_container one
	world_is_unchanged 'a chain of all of them: the world is as it was before'
fi
done_testing
