#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Run fuzz programs for FUZZ_SECONDS each, one after the other; a crash, a leak or an input that takes long is a failure.
# New inputs go to build-fuzz/corpus/, what broke a program to build-fuzz/found/.
#   tests/fuzz/run.sh build-fuzz/tests/fuzz/fuzz_args...
cd "$(dirname "$0")/../.." || exit 1
seconds=${FUZZ_SECONDS:-60}

# make_seeds FOLDER - a plugin object of each example, as libcni would send it, behind the letter of each verb
make_seeds() {
	local example verb
	for example in conf/examples/*.conflist; do
		for verb in A D C G S; do
			jq -j --arg verb "$verb" '$verb, (.plugins[0] + {cniVersion: .cniVersions[-1], name} | tojson)' \
				"$example" >"$1/$(basename "$example" .conflist)-$verb"
		done
	done
}

# fuzz PROGRAM - its output is shown only when it fails
fuzz() {
	local parser=${1##*/fuzz_} corpus found=build-fuzz/found/ log
	corpus=build-fuzz/corpus/$parser log=build-fuzz/$parser.log
	mkdir -p "$corpus" "$found"
	[ "$parser" != request ] || make_seeds "$corpus"
	if "$1" -max_total_time="$seconds" -timeout=10 -max_len=16384 -artifact_prefix="$found$parser-" \
		"$corpus" "tests/fuzz/corpus/$parser" >"$log" 2>&1; then
		awk -v parser="$parser" '$2 == "DONE" { edges = $4; inputs = $8 }
			/^Done / { printf "%-8s %9d inputs, %6d a second, %5d edges, corpus of %s, nothing found\n",
				parser, $2, $2 / $5, edges, inputs }' "$log"
	else
		tail -n 40 "$log"
		echo "$parser: FAILED (all of it: $log)"
		return 1
	fi
}

status=0
[ $# -gt 0 ] || { echo 'no programs to run' && exit 1; }
for program; do
	fuzz "$program" || status=1
done
exit "$status"
