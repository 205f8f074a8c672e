#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The parts of the bench that call plugins themselves, each on a host of its own: attach.sh PART [ARGUMENTS]. Prints
# lines for bench/report.py: part, competitor, what, values.
. "$(dirname "$0")/../integration/lib.sh"
. bench/prepare.sh

pods=4          # containers that take turns
first_kept=1000 # those that stay are numbered from here

# labelled LABEL COMMAND... - what the command prints, with a first column
labelled() {
	local output
	output=$("${@:2}") || exit 1
	awk -v label="$1" '{ print label "\t" $0 }' <<<"$output"
}

# in_place COUNT ROUNDS COMPETITOR... - the first competitor has so many attachments in place when all take turns
in_place() {
	make_pods 0 "$pods"
	if [ "$1" -gt 0 ]; then
		make_pods "$first_kept" "$1"
		measure fill "$first_kept" "$1" "$3"
	fi
	labelled "in place $1" measure turns "$2" "$pods" "${@:3}"
}

# features ROUNDS - cambric plain and with everything on, one of each in place
features() {
	make_pods 0 "$pods"
	make_pods "$first_kept" 2
	measure fill "$first_kept" 1 cambric
	measure fill $((first_kept + 1)) 1 everything
	labelled features measure turns "$1" "$pods" cambric everything
}

# names ROUNDS - the conflist of podman's generated networks, by either set of plugins, one in place
names() {
	make_pods 0 "$pods"
	make_pods "$first_kept" 1
	measure fill "$first_kept" 1 names
	labelled names measure turns "$1" "$pods" names chain
	size names "$names/cambric" | sed 's/^cost/names/'
	# shellcheck disable=SC2086  # a list of names without spaces
	(cd "$reference" && size chain $replaced_plugins) | sed 's/^cost/names/'
}

# many_peers COUNT - nobody will ever talk to them
many_peers() {
	jq -cn --argjson count "$1" '[range($count) | {host: "198.18.\(. / 250 | floor).\(. % 250 + 1)",
		subnets: ["10.\(100 + (. / 250 | floor)).\(. % 250).0/24"]}]'
}

# overlay_members SOURCE PEERS - of the configuration that has so many peers: "stdin" in itself, "file" in a file that it names,
# "agent" in that which an agent would have written
overlay_members() {
	local written
	written="{\"state\": \"ready\", \"network\": [\"10.0.0.0/8\"], \"subnets\": [\"10.99.0.0/16\"], \"peers\": $(many_peers "$2")}"
	echo '"kind": "vxlan", "network": "10.0.0.0/8"'
	case $1 in
	stdin) echo ", \"peers\": $(jq -c .peers <<<"$written")" ;;
	file) echo ", \"peersFile\": \"$scratch/peers\"" ;;
	esac
	(umask 77 && mkdir -p "$store/agent") || fail 'cannot make the store'
	echo "$written" | tee "$scratch/peers" >"$store/agent/peers"
}

# overlay SOURCE PEERS ROUNDS - cambric without and with an overlay, in turns: first each with nothing in place, so that each
# ADD makes tunnel and routes and each DEL takes them away; then with one attachment of either in place
overlay() {
	local few=$(($3 < 20 ? $3 : 20)) members
	members=$(overlay_members "$1" "$2") || exit 1
	competitor "$1" "$PLUGIN_PATH" "\"makes\": true, \"check\": true, \"state\": \"$store\"" \
		"$(conflist "$1" "{\"type\": \"cambric\", \"ipam\": {\"subnet\": \"10.99.0.0/16\"}, \"capabilities\": {\"portMappings\": true},
			\"overlay\": {$members}}")"
	make_pods 0 "$pods"
	labelled "overlay first $1" measure turns "$few" "$pods" cambric "$1"
	make_pods "$first_kept" 2
	measure fill "$first_kept" 1 cambric
	measure fill $((first_kept + 1)) 1 "$1"
	labelled "overlay later $1" measure turns "$3" "$pods" cambric "$1"
}

# at_once COUNT ROUNDS COMPETITOR...
at_once() {
	make_pods 0 "$1"
	# one by one first: the reference plugins trip over each other where each finds that a chain is missing and makes it
	measure turns 1 1 "${@:3}" >/dev/null
	labelled "at once $1" measure burst "$2" "$1" "${@:3}"
}

# wrapper NAME COMMAND... - a program that runs a plugin below another one, with $CNI_COMMAND to tell the verb
wrapper() {
	printf '#!/bin/sh\nexec %s "$@"\n' "${*:2}" >"$scratch/$1"
	chmod +x "$scratch/$1"
}

# calls COMPETITOR VERB ROUNDS - system calls of one verb, all processes together
calls() {
	local lines
	lines=$(grep -cvE 'resumed>|\+\+\+|---' "$scratch/calls.$2") || fail "strace saw no system call of $1"
	printf 'cost\t%s\tcalls %s\t%d\n' "$1" "$2" $((lines / $3))
}

# cost ROUNDS COMPETITOR... - system calls, and memory: the peak of the largest process
cost() {
	local competitor
	make_pods 0 1
	wrapper calls strace --follow-forks --quiet=all --output-append-mode --output="$scratch/calls.\$CNI_COMMAND"
	wrapper memory "$programs/timed" "$scratch/memory.\$CNI_COMMAND"
	for competitor in "${@:2}"; do
		rm -f "$scratch"/calls.* "$scratch"/memory.*
		measure under "$scratch/memory" "$1" "$competitor"
		measure under "$scratch/calls" "$1" "$competitor"
		calls "$competitor" ADD "$1"
		calls "$competitor" DEL "$1"
		awk -v who="$competitor" '$2 > peak { peak = $2 } END { printf "cost\t%s\tmemory\t%d\n", who, peak }' \
			"$scratch/memory.ADD"
	done
	size cambric "$PLUGIN"
	# shellcheck disable=SC2086  # a list of names without spaces
	(cd "$reference" && size reference $reference_plugins)
}

# size COMPETITOR FILE... - stripped, together
size() {
	local file sum=0
	for file in "${@:2}"; do
		strip -o "$scratch/stripped" "$file" || fail "cannot strip $file"
		sum=$((sum + $(stat -c %s "$scratch/stripped")))
	done
	printf 'cost\t%s\tsize\t%d\n' "$1" "$sum"
}

prepare_competitors
"$@"
