#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# GC and what heals by itself: unclaimed attachments, dead containers in a full pool.
. "$(dirname "$0")/lib.sh"

gc() {
	local kept=$config
	config=$(jq -c ". + $1" <<<"$config")
	cni GC
	config=$kept
}

records() {
	find "$store" -path '*/net/*/a/*' -printf '%f\n' | sort | cut -d@ -f1 | tr '\n' ' '
}

make_container one two three
other=$(network=other network_config '"ipam": {"subnet": "10.78.0.0/16"}')
plain=$(network_config '"ipam": {"subnet": "10.77.0.0/16"}, "capabilities": {"portMappings": true}, "runtimeConfig": {"portMappings": [
	{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}')
config=$(network_config)
gc '{"cni.dev/valid-attachments": []}'
is "$status$output" 0 'GC where nothing was ever attached'
not_ok 'makes no store' test -e "$store"

cni ADD two
cni ADD three
config=$plain
cni ADD one
config=$other
cni ADD three eth1
config=$(network_config)

gc '{"cni.dev/valid-attachments": [{"containerID": "one", "ifname": "eth0"}, {"containerID": "two", "ifname": "eth0"}]}'
is "$status$output" 0 'GC with a list'
is "$(records)" 'one three two ' 'keeps what is listed, and other networks'
not_ok 'and detaches the rest' place three ip link show eth0
ok 'other network of the same container' place three ip link show eth1
gc '{}'
is "$status" 0 'GC without a list'
is "$(records)" 'one three two ' 'keeps what is alive'
gc '{"cni.dev/valid-attachments": [{"containerID": "one", "ifname": "eth7"}, {"containerID": "two", "ifname": "eth0"}]}'
is "$(records)" 'three two ' 'the interface counts, too'
gc '{"cni.dev/attachments": [{"containerID": "two", "ifname": "eth0"}]}'
is "$(records)" 'three two ' 'the old name of the key is read'
gc '{"cni.dev/valid-attachments": null}'
is "$(records)" 'three ' 'null is an empty list'
for wrong in '"x"' '{}' '[1]' '[{"containerID": 5, "ifname": "eth0"}]' '[{"containerID": "one"}]'; do
	gc "{\"cni.dev/valid-attachments\": $wrong}"
	is "$status" 1 "list $wrong is refused"
	is "$(records)" 'three ' 'and nothing is collected'
done
gc '{"CNI.dev/Valid-Attachments": [{"ContainerID": "three", "IfName": "eth1"}]}'
config=$other
gc '{"cni.dev/valid-attachments": [{"CONTAINERID": "three", "IfName": "eth1"}]}'
is "$status$(records)" '0three ' 'keys are read without regard to case, those of the list too'
host_end=$(ip -o link show group 51771 | awk -F'[ :@]+' '{print $2; exit}')
for change in "group 0" "address 02:00:00:00:00:77" "name renamed0"; do
	# shellcheck disable=SC2086
	ip link set "$host_end" $change
	gc '{}'
	is "$(records)" 'three ' "a host end that somebody altered ($change) is no dead container"
done
ip link set renamed0 down name "$host_end"
ip link set "$host_end" group 51771 up
cni DEL three eth1
is "$status$(ip -o link show group 51771)" 0 'and its DEL finds it by the mark that is left'

# Dead ones are found without a list
config=$(network_config)
cni ADD one
cni ADD two
remove_container two
ok 'the host end dies with the namespace' wait_for bash -c '[ "$(ip -o link show group 51771 | wc -l)" = 1 ]'
gc '{}'
is "$(records)" 'one ' 'GC without a list collects what has lost its namespace'
cni DEL one
make_container two

# A full pool helps itself
config=$(network_config '"ipam": {"subnet": "10.79.0.0/29"}')
make_container a b c d e
for name in a b c d e; do
	cni ADD "$name"
	is "$status" 0 "$name gets one of five addresses"
done
cni ADD one
like "$status $(result '(.code | tostring) + .msg')" '1 102.*no IP addresses available in range set: 10.79.0.1-10.79.0.6' 'the sixth gets none'
cni STATUS
is "$status" 0 'a full pool is no reason to take the node out of service'
like "$errors" 'no IP addresses' 'but worth a warning'
remove_container c
ok 'the host end dies' wait_for bash -c '[ "$(ip -o link show group 51771 | wc -l)" = 4 ]'
cni ADD one
is "$status $(address_of 4)" '0 10.79.0.4' 'ADD takes the address of the dead one'
for name in a b d e one; do
	cni DEL "$name"
done
is "$(records)" '' 'all are gone'
done_testing
