#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The whole bench: what the scripts of bench/ measure, as tables and verdicts. About twenty minutes:
#   make bench [ROUNDS=200] [IN_PLACE=1000] [IN_PLACE_REFERENCE=100] [AT_ONCE='1 8 32'] [FELT_ROUNDS=20]
#              [PEERS=1000] [PATH_ROUNDS=20] [VM_ROUNDS=5] [AGENT_PEERS=5000] [AGENTS=100] [AGENT_ROUNDS=50]
# Some of it: PARTS, of which there are
#   attach    ADD, CHECK and DEL beside the reference plugins        latency  a connection to a published port
#   felt      "podman run" and "ctr run"                             overlay  ADD with peers, the agent, the path between hosts
# Less than one minute, and less than two:
#   make bench ROUNDS=5 IN_PLACE=10 IN_PLACE_REFERENCE=5 CONNECTIONS=100 MAPPINGS=100 RULES=100 AT_ONCE='1 8' FELT_ROUNDS=2 PARTS='attach latency felt'
#   make bench PARTS=overlay ROUNDS=20 PATH_ROUNDS=3 VM_ROUNDS=0 AGENT_PEERS=500 AGENTS=10 AGENT_ROUNDS=5
# Every part runs on a host of its own (integration/lib.sh). Ends with status 1 when anything fails, or leaves something behind.
set -eu -o pipefail
cd "$(dirname "$0")/.."

PLUGIN=$(realpath "${PLUGIN:-build/cambric}")
PROGRAMS=$(dirname "$PLUGIN")/bench
export PLUGIN PROGRAMS
rounds=${ROUNDS:-200}
figures=${FIGURES:-$PROGRAMS/figures.tsv} # what the report is made of, kept
said=$figures.said                        # all that the last script said

# run COMMAND... - what it measured are the lines with tabs; on stderr, how far it is
run() {
	echo "bench: $*" >&2
	"$@" >"$said" || { cat "$said" >&2 && exit 1; }
	grep $'\t' "$said" >>"$figures" || { echo "bench: $* has measured nothing" >&2 && exit 1; }
}

measure_attach() {
	run bench/attach.sh cost "$((rounds < 3 ? rounds : 3))" cambric reference floor nothing
	run bench/attach.sh in_place 0 "$rounds" cambric reference floor nothing
	run bench/attach.sh in_place 1 "$rounds" cambric floor nothing
	run bench/attach.sh in_place "${IN_PLACE:-1000}" "$rounds" cambric floor nothing
	# A thousand of the reference chain would take minutes to build
	run bench/attach.sh in_place "${IN_PLACE_REFERENCE:-100}" "$rounds" reference nothing
	run bench/attach.sh features "$rounds"
	run bench/attach.sh names "$rounds"
	for count in ${AT_ONCE:-1 8 32}; do
		run bench/attach.sh at_once "$count" "$rounds" cambric reference floor
	done
}

measure_latency() {
	run bench/latency.sh "${CONNECTIONS:-2000}" "${MAPPINGS:-20000}" "${RULES:-1000}" "${IN_PLACE_REFERENCE:-100}"
}

measure_felt() {
	[ "${FELT_ROUNDS:-20}" -eq 0 ] || run bench/felt.sh "${FELT_ROUNDS:-20}"
}

measure_overlay() {
	for source in stdin file agent; do
		run bench/attach.sh overlay $source "${PEERS:-1000}" "$rounds"
	done
	run bench/agents.sh "${AGENT_PEERS:-5000}" "${AGENTS:-100}" "${AGENT_ROUNDS:-50}"
	run env PATH_ROUNDS="${PATH_ROUNDS:-20}" bench/path.sh
	# An emulated processor: ratios alone mean something
	[ "${VM_ROUNDS:-5}" -eq 0 ] || run env VM_ENVIRONMENT="PATH_ROUNDS=${VM_ROUNDS:-5}" integration/vm/run.sh bench/path.sh
}

: >"$figures"
for part in ${PARTS:-attach latency felt overlay}; do
	"measure_$part"
done
rm -f "$said"
bench/report.py <"$figures"
