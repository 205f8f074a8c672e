#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How long ADD, CHECK and DEL take, with one attachment in place and with many. Medians of interleaved runs: the
# machine's noise is in the column of /bin/true, too.
#   make bench [ROUNDS=200] [IN_PLACE=1000]
. "$(dirname "$0")/../integration/lib.sh"

rounds=${ROUNDS:-200} in_place=${IN_PLACE:-1000}
verbs=$(realpath "$(dirname "$PLUGIN")/bench/verbs")
members='"ipam": {"subnet": "10.77.0.0/16"}, "capabilities": {"portMappings": true}, "runtimeConfig": {"portMappings": [
	{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}'

measure() {
	echo "$1"
	"$verbs" "$PLUGIN" "$(network_config "$members")" "$rounds" measured0 measured1 measured2 measured3 | sed 's/^/  /'
}

make_container measured0 measured1 measured2 measured3 kept
config=$(network_config)
cni ADD kept || explain "$output"
measure 'with one other attachment'
for ((i = 0; i < in_place; i++)); do
	ip netns add "c$i"
	cni ADD "c$i" || explain "$output"
done
measure "with $in_place other attachments"
stripped=$scratch/stripped
strip -o "$stripped" "$PLUGIN"
echo "stripped size: $(stat -c %s "$stripped") bytes"
