#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves that each room includes only what tests/lint/layers.txt allows; a breach is shown with file and line.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

libraries='jansson|netlink|libnftnl|libmnl|curl'

# allowed ROOM - the regular expression of what it may include, libc left aside
allowed() {
	sed -n "s/^$1: *\(.*\)/\1/p" tests/lint/layers.txt | awk -F/ -v room="$1" '{
		gsub(/^ +| +$/, "", $1); gsub(/ +/, "|", $1); gsub(/^ +| +$/, "", $2); gsub(/ +/, "|", $2)
		printf "\"(%s%s)/", room, $1 == "" ? "" : "|" $1
		if ($2 != "")
			printf "|<(%s)[./]", $2
	}'
}

# breaches ROOM - includes of own rooms or of the libraries above that are not allowed
breaches() {
	grep -nHE "^[[:space:]]*#[[:space:]]*include[[:space:]]+(\"|<($libraries)[./])" "$1"/*.[ch] 2>/dev/null |
		grep -vE "include[[:space:]]+($(allowed "$1"))"
}

mapfile -t rooms < <(sed -n 's/^ROOMS := //p' Makefile | tr ' ' '\n')
for room in "${rooms[@]}"; do
	[ -n "$(allowed "$room")" ]
	verdict $? "$room has a line in tests/lint/layers.txt"
	is "$(breaches "$room")" '' "$room includes only from lower rooms and from its own libraries"
done

# The check itself: a forbidden include must be seen, an allowed one must not
mkdir -p build
scratch=$(mktemp -d build/layers.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/conf"
printf '#include "kernel/rtnl.h"\n#include <libmnl/libmnl.h>\n#include "base/ip.h"\n#include <jansson.h>\n' \
	>"$scratch/conf/example.c"
is "$(cd "$scratch" && mkdir -p tests/lint && cp "$OLDPWD"/tests/lint/layers.txt tests/lint/ && breaches conf | wc -l)" 2 \
	'the check sees a forbidden room and a forbidden library, and nothing else'
done_testing
