#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# install-names and remove-names: one file takes the place of the reference plugins in a directory, and gives it back.
. integration/lib.sh

plugins=/run/plugins
reference=(bridge portmap host-device other)
mkdir "$plugins"

# fill - a directory as a package leaves it: each file says who it is
fill() {
	for name; do
		rm -f "${plugins:?}/$name"
		printf '#!/bin/sh\necho the old %s\n' "$name" >"$plugins/$name"
		chmod 755 "$plugins/$name"
	done
}

# names - what is in the directory, and where it leads
names() {
	find "$plugins" -mindepth 1 \( -type l -printf '%P -> %l\n' -o -type f -printf '%P\n' \) | sort
}

fill "${reference[@]}"
before=$(names)
output=$("$PLUGIN" install-names "$plugins" 2>&1)
is "$?" 0 'install-names'
like "$output" 'bridge: the old one is kept' 'says what it has kept'
is "$(names | grep '^bridge')" 'bridge -> cambric' 'a name of a kind is a link now'
is "$(names | grep '^ptp')" 'ptp -> cambric' 'also one that was not there'
is "$("$plugins/other")" 'the old other' 'what is no name of ours is left alone'
cmp -s "$PLUGIN" "$plugins/cambric"
verdict $? 'the program is there, whole'
is "$("$plugins/.replaced-by-cambric/bridge")" 'the old bridge' 'and the old one beside it'
like "$("$plugins/bridge" version 2>&1)" 'CNI bridge plugin' 'it answers to its name, whatever words come with it'
"$plugins/bridge" version >/dev/null 2>&1
is "$?" 0 'which is no failure'

after=$(names)
is "$("$plugins/cambric" install-names "$plugins" 2>&1)/$(names)" "/$after" 'once more, from its own copy: nothing to do'
fill bridge
is "$("$PLUGIN" install-names "$plugins" 2>&1)/$(names)" "bridge: the old one is kept/$after" 'a package was upgraded: taken over again'

# stopped_at CALL N - the names when install-names was killed at its Nth such call
stopped_at() {
	rm -rf "$plugins" && mkdir "$plugins" && fill "${reference[@]}"
	{ strace -qq -o /dev/null -e inject="$1:signal=SIGKILL:when=$2" "$PLUGIN" install-names "$plugins" >/dev/null; } 2>/dev/null
}
lost='' points=0
for call in mkdirat openat sendfile fsync linkat symlinkat unlinkat renameat; do
	for ((point = 1; point <= 60; point++)); do
		stopped_at "$call" "$point" && break
		points=$((points + 1))
		for name in "${reference[@]}"; do
			[ -x "$plugins/$name" ] || lost+=" $name at $call $point"
		done
		"$PLUGIN" install-names "$plugins" >/dev/null 2>&1 || lost+=" again at $call $point"
		[ "$(names)" = "$after" ] || lost+=" other end at $call $point"
	done
done
is "$lost" '' 'killed anywhere: every name works all the time, and the next run ends it'
[ "$points" -gt 20 ]
verdict $? "(at $points points)"

rm -rf "$plugins" && mkdir "$plugins" && fill "${reference[@]}" && "$PLUGIN" install-names "$plugins" >/dev/null
make_container one
config='{"cniVersion": "1.0.0", "name": "net", "type": "bridge", "isGateway": true, "ipam": {"type": "host-local", "subnet": "10.77.0.0/24"}}'
PLUGIN="$plugins/bridge" cni ADD one
is "$status" 0 'a container, by the name bridge'
output=$("$PLUGIN" remove-names "$plugins" 2>&1)
is "$?" 1 'remove-names while it is attached'
like "$output" 'container one interface eth0 is attached by cambric.s "bridge": detach' 'is refused, and says whose'
PLUGIN="$plugins/bridge" cni DEL one
is "$status" 0 'the container leaves'
output=$("$PLUGIN" remove-names "$plugins" 2>&1)
is "$?" 0 'remove-names'
is "$(names)" "$(sort <<<"$before"$'\ncambric')" 'all is as it was, but for the program'
is "$("$plugins/bridge")" 'the old bridge' 'and works'
is "$("$PLUGIN" remove-names "$plugins" 2>&1)" '' 'once more: nothing to do'
like "$("$PLUGIN" install-names /run/nowhere 2>&1)" '^cambric: open /run/nowhere' 'a directory that is not there'
done_testing
