# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2034  # variables come from and go to lib.sh
# What holds of every kind that gives a container an interface of its own; for scripts that have sourced lib.sh.

kinds=$scratch/kinds failing=$scratch/failing
mkdir -p "$kinds" "$failing"
cambric=$PLUGIN
for kind in macvlan ipvlan vlan dummy host-device tap vrf loopback bridge; do
	ln -sf "$cambric" "$kinds/$kind"
	ln -sf "$(realpath "$(dirname "$cambric")/integration/programs/fail_after")" "$failing/$kind"
done

# be KIND - from now on the plugin is this one, and $type its name
be() {
	type=$1 PLUGIN=$kinds/$1 PLUGIN_PATH=$kinds
}

# inside CONTAINER [FILTER] - the container's interface of the last result, as "ip -d -j addr" has it
inside() {
	ip -n "$1" -d -j addr show dev "${ifname:-eth0}" 2>/dev/null | jq -c ".[0] | ${2:-.linkinfo.info_kind}"
}

# interfaces_in CONTAINER - all but lo
interfaces_in() {
	ip -n "$1" -j link | jq -r '[.[].ifname | select(. != "lo")] | sort | join(" ")'
}

# remember_settled, unchanged NAME - remember_world and world_is_unchanged, when $settle says that links are as they will be
remember_settled() {
	${settle:-true}
	remember_world
}
unchanged() {
	${settle:-true}
	world_is_unchanged "$1"
}

# lives_and_dies - $config, which needs the containers "one" and "two" without interfaces: verbs in any order leave what
# they should; the interface of "one" is found and taken out whatever happened. At the end nothing is there.
lives_and_dies() {
	local plain=$config rows row record alias
	cni STATUS
	is "$status$output" 0 "$type: STATUS"
	cni ADD one && cni DEL one
	is "$status$output" 0 "$type: ADD and DEL"
	remember_settled
	cni DEL one
	is "$status$output" 0 "$type: DEL before any ADD"
	unchanged "$type: makes nothing"

	cni ADD one
	is "$status$errors" 0 "$type: ADD"
	is "$(result '[.interfaces[0].name, .interfaces[0].sandbox, (.interfaces | length)] | join(" ")')" 'eth0 /run/netns/one 1' \
		"$type: the container's interface is the first of the result, and the only one"
	is "$(result '[.ips[]?.interface] | unique | join(" ")')" "${expect_index-0}" "$type: the addresses are its"
	is "\"$(result '.interfaces[0].mac')\"" "$(inside one .address)" "$type: the result has its MAC"
	is "$(result '.interfaces[0].mtu')" "$(inside one .mtu)" "$type: and its MTU"
	config=$(config_with_result)
	cni CHECK one
	is "$status$output" 0 "$type: CHECK"
	ip -n one link set eth0 down
	cni CHECK one
	is "$status $(result .msg)" '1 interface eth0 is down in the container' "$type: CHECK of an interface that is down"
	ip -n one link set eth0 up
	config=$plain
	cni ADD one
	is "$status $(result .code)" '1 108' "$type: a second ADD"
	alias=$(inside one .ifalias)
	config=$(jq -c '.name = "others"' <<<"$plain")
	cni ADD one
	is "$status $(inside one .ifalias)" "1 $alias" "$type: an ADD of another network leaves the interface alone"
	cni DEL one
	is "$status $(inside one .ifalias)" "0 $alias" "$type: as does its DEL"
	config=$plain
	cni DEL one
	is "$status$output" 0 "$type: DEL"
	unchanged "$type: leaves nothing"
	cni DEL one
	is "$status$output" 0 "$type: DEL again"

	# a failure behind any row
	rows=$("$failing/$type")
	for ((row = 0; row <= rows; row++)); do
		output=$(env -i CNI_COMMAND=ADD CNI_PATH="$kinds" CNI_CONTAINERID=one CNI_NETNS=/run/netns/one CNI_IFNAME=eth0 \
			"$failing/$type" "$row" <<<"$config" 2>&1)
		like "$output" 'row that always fails.*resource: failing' "$type: ADD fails behind row $row"
		unchanged "$type: and leaves nothing"
	done

	# a name that is taken
	ip -n one link add eth0 type bridge
	cni ADD one
	is "$status $(result '[.code, .msg] | join(" ")')" '1 105 interface eth0 is already in the container: File exists' "$type: a name that is taken"
	is "$(interfaces_in one)" eth0 "$type: is left to its owner"
	cni DEL one
	is "$(interfaces_in one)" eth0 "$type: by DEL, too"
	ip -n one link del eth0
	unchanged "$type: and nothing else is left"

	# no record, no CNI_NETNS, another name
	cni ADD one
	record=$(find "$store" -path '*/net/*/a/one@*')
	rm "$record"
	cni DEL one
	is "$status$output" 0 "$type: DEL without a record"
	is "$(interfaces_in one)" '' "$type: takes the interface out"
	${after_unrecorded:-true}
	cni ADD one
	is "$status$errors" 0 "$type: ADD"
	netns='' cni DEL one
	is "$status$output$(interfaces_in one)" 0 "$type: DEL without CNI_NETNS finds it by its record"
	cni ADD one
	ip -n one link set eth0 down
	ip -n one link set eth0 name other
	cni DEL one
	is "$status$output$(interfaces_in one)" 0 "$type: DEL finds it under another name"

	# GC
	cni ADD one
	config=$(jq -c '. + {"cni.dev/valid-attachments": [{containerID: "one", ifname: "eth0"}]}' <<<"$plain")
	cni GC
	is "$status$(interfaces_in one)" 0eth0 "$type: GC of a valid attachment"
	config=$(jq -c '. + {"cni.dev/valid-attachments": []}' <<<"$plain")
	cni GC
	is "$status$(interfaces_in one)" 0 "$type: GC of one that is not"
	config=$plain
	unchanged "$type: nothing is left of all that"

	# versions
	for version in 0.3.1 0.4.0 1.0.0; do
		config=$(jq -c --arg version $version '.cniVersion = $version' <<<"$plain")
		cni ADD one
		is "$status$errors" 0 "$type: ADD of version $version"
		config=$(config_with_result)
		[ $version = 0.3.1 ] || cni CHECK one
		is "$status" 0 "$type: CHECK of version $version"
		cni DEL one
	done
	unset version
	config=$plain
	unchanged "$type: versions leave nothing"
}

# tampered KIND-OF-DRIFTS - lines NAME|PATTERN|COMMAND|UNDO on stdin: CHECK of $config (which has the result) fails after
# COMMAND with a message that matches, and succeeds after UNDO
tampered() {
	local name pattern command undo
	while IFS='|' read -r name pattern command undo; do
		bash -c "$command" >"$scratch/said" 2>&1 || explain "$name: $(<"$scratch/said")"
		cni CHECK one
		like "$status $(result '.code, .msg' | tr '\n' ' ')" "^1 106 $pattern" "$type, $name: CHECK names it"
		bash -c "$undo" >"$scratch/said" 2>&1 || explain "$name: $(<"$scratch/said")"
		cni CHECK one
		is "$status$output" 0 "$type, $name: put back, CHECK succeeds"
	done
}

# leaks_nothing CYCLES - as often ADD and DEL
leaks_nothing() {
	local cycle failed=0
	remember_settled
	for ((cycle = 0; cycle < $1; cycle++)); do
		cni ADD one && cni DEL one || failed=$((failed + 1))
	done
	is "$failed" 0 "$type: $1 times ADD and DEL"
	unchanged "$type: leak nothing"
	is "$(ip -n one netns list-id | wc -l)" "$(ip -n one netns list-id | sort -u | wc -l)" "$type: nor names of namespaces"
}
