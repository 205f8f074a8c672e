#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# GUARD=FILE.patch: takes one guard out of a copy of the tree and demands that exactly the assertions fail that are about it.
#
# Above the patch stand the test to run and, one per line, the names of the assertions that must fail (* stands for anything):
#   test: integration/attacks/40-ports.sh transit_traffic
#   fails: CVE-2025-67499: what goes through the host *
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

name=$(basename "$GUARD" .patch)
read -r -a test < <(sed -n 's/^test: //p' "$GUARD")
mapfile -t expected < <(sed -n 's/^fails: //p' "$GUARD")
copy=$(mktemp -d "${TMPDIR:-/tmp}/cambric-guard-XXXXXX")
trap 'rm -rf "$copy"' EXIT

# build_what TEST - the targets that it needs; also without our own make's settings, which would mean another build
build_what() {
	local target=build
	[[ $1 != *.c ]] || target=build-guards/${1%.c}
	env -u MAKEFLAGS -u MAKEOVERRIDES -u MAKELEVEL make --no-print-directory --silent -C "$copy" BUILD=build-guards "$target"
}

# is_expected ASSERTION
is_expected() {
	local pattern
	for pattern in "${expected[@]}"; do
		# shellcheck disable=SC2053  # a pattern it is
		[[ $1 != $pattern ]] || return 0
	done
	return 1
}

# Times are kept, so that nothing but the patched file is built
find . -maxdepth 1 ! -name . ! -name .git ! -name 'build*' -exec cp -a -t "$copy" {} +
cp -a build-guards "$copy"
ok "$name: the patch applies" patch --batch --silent -p1 -d "$copy" -i "$PWD/$GUARD" || { done_testing; }
ok "$name: and builds" build_what "${test[0]}" || { done_testing; }
program=./${test[0]}
[[ $program != *.c ]] || program=./build-guards/${test[0]%.c}
(cd "$copy" && PLUGIN=build-guards/cambric timeout 200 "$program" "${test[@]:1}") >"$copy/output" 2>&1

mapfile -t failed < <(sed -n 's/^not ok [0-9]* - //p' "$copy/output")
like "$(<"$copy/output")" $'(^|\n)1\.\.[0-9]+' "$name: the test comes to its end"
surprises=
for assertion in "${failed[@]}"; do
	is_expected "$assertion" || surprises+="$assertion"$'\n'
done
is "$surprises" '' "$name: nothing else fails"
for pattern in "${expected[@]}"; do
	noticed=1
	for assertion in "${failed[@]}"; do
		# shellcheck disable=SC2053  # a pattern it is
		[[ $assertion != $pattern ]] || noticed=0
	done
	verdict "$noticed" "$name: noticed by '$pattern'"
done
done_testing
