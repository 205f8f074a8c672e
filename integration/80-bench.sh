#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The bench itself: it runs from one end to the other, and it notices a plugin that says yes and has not done its work.
. "$(dirname "$0")/lib.sh"
. bench/prepare.sh

output=$(env -u CAMBRIC_TEST_HOST FIGURES="$scratch/figures" ROUNDS=2 IN_PLACE=2 IN_PLACE_REFERENCE=2 AT_ONCE='1 2' FELT_ROUNDS=0 \
	PEERS=20 AGENT_PEERS=20 AGENTS=3 AGENT_ROUNDS=2 PATH_ROUNDS=2 PATH_MS=50 PATH_ASKS=50 VM_ROUNDS=0 bench/run.sh 2>&1)
verdict $? 'a short bench ends well' "$output"
like "$output" '\| cambric \| \*\*[0-9.]+\*\* / [0-9.]+ / [0-9.]+ \| \*\*[0-9.]+\*\*' 'it shows percentiles of cambric'
like "$output" '(ok    |MISSED) ADD is [0-9.]+ times faster than the reference chain' 'and what became of a bar'

like "$output" '(ok    |MISSED) the first ADD with peers in the configuration takes' 'also of overlays'
like "$output" '\| `vxlan` \| [0-9.]+ \| [0-9.]+ \| [0-9.]+ \| \*\*[0-9.]+\*\*' 'of the path between hosts'
like "$output" '(ok    |MISSED) a peer.s route is on 3 agents after' 'and of agents'

prepare_competitors
make_pods 0 2

# faulty COMPETITOR VERB COMMAND - the competitor, but for one verb a command is run instead of the plugin, with $real
faulty() {
	rm -rf "$scratch/faulty" && mkdir "$scratch/faulty"
	cat >"$scratch/faulty/$1" <<-EOT
		#!/bin/bash
		real=$(jq -r .path "$scratch/$1.json")/$1
		[ "\$CNI_COMMAND" = $2 ] || exec "\$real"
		$3
	EOT
	chmod +x "$scratch/faulty/$1"
	jq --arg path "$scratch/faulty" '.path = $path' "$scratch/$1.json" >"$scratch/faulty.json"
}

# renew - the pods as they were before a fault
renew() {
	remove_container pod0 pod1
	make_pods 0 2
	nft flush ruleset
	rm -rf "$store"
	prepare_table
}

# notices COMPLAINT COMPETITOR VERB COMMAND [MEASURE...] - the bench ends with this complaint
notices() {
	local said status
	faulty "${@:2:3}"
	said=$("$programs/measure" "${@:5}" "$scratch/faulty.json" 2>&1)
	status=$?
	[ "$status" = 1 ] && [[ $said == *"$1"* ]]
	verdict $? "${*:5:1}: $1" "exit $status: $said"
	renew
}

in_turns='turns 1 1' together='burst 2 2'
# shellcheck disable=SC2086  # commands of several words
{
	ok 'what does its work is not complained of' "$programs/measure" $in_turns "$scratch"/{cambric,floor}.json
	notices "the host's interface of pod0" cambric DEL 'exit 0' $in_turns
	notices "the host's interface of pod" cambric DEL 'exit 0' $together
	notices 'the reservation of pod0' cambric DEL "\$real && touch $store/pod0@eth0@cambric" $in_turns
	notices 'a rule with the published port of pod0' floor DEL \
		'$real && nft add element inet floor published "{ tcp . 20000 : 10.79.9.9 . 80 }"' $in_turns
	notices 'a rule with the address of pod0' floor DEL '$real && nft add element inet floor owner "{ other . 10.79.1.0 }"' $in_turns
	# That of pod0 finds the port of pod1 taken, if it is the faster
	notices 'a rule with the published port of pod1' floor DEL \
		'$real && { nft add element inet floor published "{ tcp . 20001 : 10.79.9.9 . 80 }" || true; }' $together
	notices 'a rule with the published port of pod0 (10.79.1.0, floor-0, port 20000) is not there after ADD' floor ADD \
		'$real && nft flush map inet floor published' $in_turns
	notices 'cambric CHECK of pod0' cambric CHECK 'echo no; exit 1' $in_turns
	notices 'cambric ADD of pod0' cambric ADD 'echo no; exit 1' $in_turns
	notices 'a run of a burst failed' cambric ADD 'echo no; exit 1' $together
}
done_testing
