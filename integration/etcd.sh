# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154  # $scratch and $patience are of lib.sh
# etcd, and agents that talk to it. For scripts that have sourced lib.sh and hosts.sh.

AGENT=$(realpath "${AGENT:-${PLUGIN%/*}/cambricd}")
etcd_url=http://192.0.2.1:2379
declare -A etcd_pid agent_pid

# exec_in PLACE COMMAND... - in the place of this shell: what is put into the background has the PID of the command
exec_in() {
	exec nsenter --net="$(namespace_path "$1")" "${@:2}"
}

# start_etcd [NAME [PORT [CLUSTER]]] - a member at 192.0.2.1, in the namespace of the router; its data stays over restarts
start_etcd() {
	local name=${1:-a} port=${2:-2379}
	local peer=http://192.0.2.1:$((port + 1000)) client=http://192.0.2.1:$port
	exec_in router etcd --name "$name" --data-dir "$scratch/etcd-$name" --listen-client-urls "$client" \
		--advertise-client-urls "$client" --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" \
		--initial-cluster "${3:-$name=$peer}" "${etcd_options[@]}" >>"$scratch/etcd-$name.log" 2>&1 &
	etcd_pid[$name]=$!
}

# etcd_is_well [URL] - it answers and has a leader
etcd_is_well() {
	place router curl -sf -m 2 "${1:-$etcd_url}/health" | grep -q true
}

# wait_for_etcd - until it has a leader: an election takes seconds
wait_for_etcd() {
	local tries
	for tries in 1 2 3 4 5; do
		wait_for etcd_is_well && return
	done
	explain "no etcd after $tries tries of 3 s"
}

# kill_etcd [NAME]
kill_etcd() {
	kill -9 "${etcd_pid[${1:-a}]}" && wait "${etcd_pid[${1:-a}]}" 2>/dev/null
}

# etcd_ask PATH BODY - the answer of the gateway
etcd_ask() {
	place router curl -s -m 5 "$etcd_url/v3/$1" -d "$2"
}

# in_base64 TEXT
in_base64() {
	printf '%s' "$1" | base64 -w 0
}

# etcd_put KEY VALUE
etcd_put() {
	etcd_ask kv/put "{\"key\": \"$(in_base64 "$1")\", \"value\": \"$(in_base64 "$2")\"}" >/dev/null
}

# etcd_delete KEY
etcd_delete() {
	etcd_ask kv/deleterange "{\"key\": \"$(in_base64 "$1")\"}" >/dev/null
}

# etcd_keys FROM TO - names and values, a tab between them
etcd_keys() {
	etcd_ask kv/range "{\"key\": \"$(in_base64 "$1")\", \"range_end\": \"$(in_base64 "$2")\"}" |
		jq -r '.kvs // [] | .[] | [(.key, .value | @base64d)] | @tsv'
}

# lease_of KEY - number of the lease that it hangs on
lease_of() {
	etcd_ask kv/range "{\"key\": \"$(in_base64 "$1")\"}" | jq -r '.kvs[0].lease // empty'
}

# agent_config NAME OVERLAY [MEMBERS] - write $scratch/NAME.json; the store is /run/cambric-NAME
agent_config() {
	jq -n --arg name "$1" --argjson overlay "$2" --argjson members "${3:-"{}"}" --arg url "$etcd_url" '{network: "net",
		dataDir: "/run/cambric-\($name)", nodeID: $name, overlay: $overlay, cacheFile: "/run/cache/\($name).json",
		etcd: {endpoints: [$url], prefix: "/net"}} * $members' >"$scratch/$1.json"
}

# agent HOST NAME COMMAND - run it to its end; what it says is in $scratch/NAME.log
agent() {
	place "$1" timeout $((patience * 20)) "$AGENT" "$3" --config "$scratch/$2.json" 2>>"$scratch/$2.log"
}

# start_agent HOST [NAME]
start_agent() {
	local name=${2:-$1}
	exec_in "$1" "$AGENT" run --config "$scratch/$name.json" 2>>"$scratch/$name.log" &
	agent_pid[$name]=$!
}

# stop_agent NAME [SIGNAL] - its exit status
stop_agent() {
	kill "-${2:-TERM}" "${agent_pid[$1]}" && wait "${agent_pid[$1]}" 2>/dev/null
}

# said NAME [OPTIONS] FILTER - a value out of what an agent has written
said() {
	jq -r "${@:2}" "/run/cambric-$1/net/peers" 2>/dev/null
}

# says NAME FILTER TEXT - whether that is so
says() {
	[ "$(said "$1" "$2")" = "$3" ]
}

# agents_say NAME FILTER TEXT WHAT - assertion: it becomes so within seconds
agents_say() {
	local tries
	for tries in 1 2 3 4 5; do
		wait_for says "$1" "$2" "$3" && break
	done
	says "$1" "$2" "$3"
	verdict $? "$4" "after $tries tries of 3 s $2 of $1 is: $(said "$1" "$2")" "expected $3" "$(tail -n 5 "$scratch/$1.log")"
}
