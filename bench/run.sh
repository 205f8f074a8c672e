#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The whole bench: what bench/attach.sh, bench/latency.sh and bench/felt.sh measure, as tables and verdicts. About ten minutes:
#   make bench [ROUNDS=200] [IN_PLACE=1000] [IN_PLACE_REFERENCE=100] [AT_ONCE='1 8 32'] [FELT_ROUNDS=20]
# Less than one:
#   make bench ROUNDS=5 IN_PLACE=10 IN_PLACE_REFERENCE=5 CONNECTIONS=100 MAPPINGS=100 RULES=100 AT_ONCE='1 8' FELT_ROUNDS=2
# Every part runs on a host of its own (integration/lib.sh). Ends with status 1 when anything fails, or leaves something behind.
set -eu
cd "$(dirname "$0")/.."

PLUGIN=$(realpath "${PLUGIN:-build/cambric}")
PROGRAMS=$(dirname "$PLUGIN")/bench
export PLUGIN PROGRAMS
rounds=${ROUNDS:-200}
figures=${FIGURES:-$PROGRAMS/figures.tsv} # what the report is made of, kept

# part SCRIPT ARGUMENTS... - one part; on stderr, how far it is
part() {
	echo "bench: $*" >&2
	"bench/$1.sh" "${@:2}" >>"$figures"
}

: >"$figures"
part attach cost "$((rounds < 3 ? rounds : 3))" cambric reference floor nothing
part attach in_place 0 "$rounds" cambric reference floor nothing
part attach in_place 1 "$rounds" cambric floor nothing
part attach in_place "${IN_PLACE:-1000}" "$rounds" cambric floor nothing
# A thousand of the reference chain would take minutes to build
part attach in_place "${IN_PLACE_REFERENCE:-100}" "$rounds" reference nothing
part attach features "$rounds"
part attach names "$rounds"
part latency "${CONNECTIONS:-2000}" "${MAPPINGS:-20000}" "${RULES:-1000}" "${IN_PLACE_REFERENCE:-100}"
for count in ${AT_ONCE:-1 8 32}; do
	part attach at_once "$count" "$rounds" cambric reference floor
done
[ "${FELT_ROUNDS:-20}" -eq 0 ] || part felt "${FELT_ROUNDS:-20}"
bench/report.py <"$figures"
