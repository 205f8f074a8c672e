#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Which lines the tests ran, per room, from the counters that a build with gcc's --coverage left behind.
#   tests/coverage.sh FOLDER ROOM...     a list per line of each source is in FOLDER/coverage.txt
# Fails below BAR percent of all lines (90). Not counted: children that leave by _exit(), and whatever a test killed.
cd "$(dirname "$0")/.." || exit 1
build=$1
shift

filters=()
for room; do
	filters+=(--filter "$room/")
done
gcovr --root . --object-directory "$build" "${filters[@]}" --csv "$build/coverage.csv" --txt "$build/coverage.txt" "$build" ||
	exit 1
awk -F, -v bar="${BAR:-90}" 'NR > 1 { split($1, path, "/"); lines[path[1]] += $2; run[path[1]] += $3; lines["total"] += $2; run["total"] += $3 }
	END { if (lines["total"] == 0) exit 1
		for (room in lines) printf "%-8s %6d of %6d lines  %5.1f %%\n", room, run[room], lines[room], 100 * run[room] / lines[room]
		if (100 * run["total"] < bar * lines["total"]) { print "total is less than " bar " %"; exit 1 } }' \
	"$build/coverage.csv" | sort
exit "${PIPESTATUS[0]}"
