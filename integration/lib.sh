# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034  # what is set here is read by the scripts that source this file
# A host, its neighbour and its containers for one integration test, and the snapshot that most assertions compare.
#
# Sourcing this file starts the script anew in its own network, mount and process namespace with an empty /run: that
# is "the host". It ends with the script, and everything in it, servers and links and files, ends with it. Nothing on
# the real machine is seen or changed. A script that sets "rootless" before gets a host as a plain user has it, in a user
# namespace.
#
#   outside (192.0.2.2, 2001:db8:1::2) --- uplink (192.0.2.1, 2001:db8:1::1) host --- containers
#
# "outside" stands for the LAN; it has no route to any container's network. A place is "host", "outside" or a container.

export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
if [ -z "${CAMBRIC_TEST_HOST:-}" ]; then
	CAMBRIC_TEST_HOST=1 exec unshare ${rootless:+--user --map-root-user} --net --mount --pid --fork --kill-child \
		--mount-proc --propagation private bash "$0" "$@"
fi
. tests/tap.sh

PLUGIN=$(realpath "${PLUGIN:-build/cambric}")
PLUGIN_PATH=$(dirname "$PLUGIN")
store=/run/cambric   # where the store under test is, for snapshots
scratch=/run/scratch # for the files of a test
patience=${PATIENCE:-1} # how much longer than usual this machine may take; integration/vm/ sets it

# namespace_path PLACE - a path is a place, too
namespace_path() {
	case $1 in
	host) echo /proc/self/ns/net ;;
	*/*) echo "$1" ;;
	*) echo "/run/netns/$1" ;;
	esac
}

# place PLACE COMMAND... - run a command in the network namespace of a place
place() {
	nsenter --net="$(namespace_path "$1")" "${@:2}"
}

# make_container NAME... - network namespaces as a runtime makes them
make_container() {
	local name
	for name; do
		ip netns add "$name" && ip -n "$name" link set lo up
	done
}

remove_container() {
	local name
	for name; do
		ip netns del "$name"
	done
}

# make_host - uplink, neighbour and default routes; what the machine has set is not inherited
make_host() {
	mount -t tmpfs -o mode=755 tmpfs /run && mkdir /run/netns "$scratch"
	# Nobody answers names here, and some servers ask for them before they listen: be told so at once, by lo
	: >"$scratch/resolv.conf"
	[ ! -e /etc/resolv.conf ] || mount --bind "$scratch/resolv.conf" /etc/resolv.conf
	sysctl -q net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0 net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.default.rp_filter=0 net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0
	ip link set lo up
	make_container outside
	ip link add uplink type veth peer name eth0 netns outside
	sysctl -q net.ipv6.conf.uplink.accept_dad=0
	place outside sysctl -q net.ipv6.conf.eth0.accept_dad=0
	ip addr add 192.0.2.1/24 dev uplink
	ip addr add 2001:db8:1::1/64 dev uplink
	ip -n outside addr add 192.0.2.2/24 dev eth0
	ip -n outside addr add 2001:db8:1::2/64 dev eth0
	ip -n outside link set eth0 up
	ip link set uplink up
	wait_for link_is_ready uplink
	ip route add default via 192.0.2.2
	ip route add default via 2001:db8:1::2
}

link_is_ready() {
	ip -br link show dev "$1" | grep -q ' UP '
}

# wait_for COMMAND... - until it succeeds, for three seconds at most (times patience)
wait_for() {
	local deadline=$((${EPOCHREALTIME/./} + patience * 3000000))
	until "$@" >/dev/null 2>&1; do
		[ "${EPOCHREALTIME/./}" -lt "$deadline" ] || return 1
		sleep 0.02
	done
}

# --- the plugin ---

# network_config [MEMBERS] - a configuration on stdout; $network, $version and $type may be set before
#   network_config '"ipam": {"subnet": "10.77.0.0/16"}, "mtu": 1400'
network_config() {
	local members=${1:-'"ipam": {"subnet": "10.77.0.0/16"}'}
	echo "{\"cniVersion\": \"${version:-1.1.0}\", \"name\": \"${network:-net}\", \"type\": \"${type:-cambric}\", $members}"
}

# example_config NAME - the plugin's object of an example, as a runtime would send it
example_config() {
	jq -c '{cniVersion: "1.1.0", name: .name} + .plugins[0]' "conf/examples/$1.conflist"
}

# run_plugin NAME=VALUE... - run the plugin with exactly this environment, $config on stdin
# Sets $output, $errors (its stderr) and $status.
run_plugin() {
	output=$(env -i "$@" "$PLUGIN" <<<"${config-}" 2>"$scratch/stderr")
	status=$?
	errors=$(<"$scratch/stderr")
	return $status
}

# cni VERB [CONTAINER [IFNAME]] - one call as a runtime makes it; the container's name is its id
# $config is the configuration, $cni_args become CNI_ARGS, $netns replaces the path of the container's namespace.
cni() {
	local variables=(CNI_COMMAND="$1" CNI_PATH="${CNI_PATH:-$PLUGIN_PATH}")
	[ $# -lt 2 ] || variables+=(CNI_CONTAINERID="$2" CNI_NETNS="${netns-/run/netns/$2}" CNI_IFNAME="${3:-eth0}")
	[ -z "${cni_args:-}" ] || variables+=(CNI_ARGS="$cni_args")
	run_plugin "${variables[@]}"
}

# config_with_result - $config with the last $output as prevResult, as CHECK, DEL and chained plugins get it
config_with_result() {
	jq -cn --argjson config "$config" --argjson result "$output" '$config + {prevResult: $result}'
}

# result FILTER - a value out of the last $output
result() {
	jq -r "$1" <<<"$output"
}

# address_of FAMILY - the address of that family (4 or 6) in the last $output, without prefix length
address_of() {
	result '.ips[].address' | grep "$([ "$1" = 6 ] && echo : || echo '\.')" | head -n 1 | cut -d/ -f1
}

# --- traffic ---

# serve PLACE [NAME] PROTOCOL:PORT... - answer on these ports; returns when they listen
# The answer is NAME (PLACE if it is not given) and the client's address as the server sees it.
serve() {
	local place=$1 name=$1 ready
	shift
	[[ $1 == *:* ]] || { name=$1 && shift; }
	exec {ready}< <(exec nsenter --net="$(namespace_path "$place")" /usr/bin/python3 -SE integration/traffic.py serve "$name" "$@")
	server=$!
	read -r -t $((patience * 5)) -u "$ready" || return 1
}

# stop_server PID - the value of $server after serve
stop_server() {
	kill "$1" && wait "$1" 2>/dev/null
}

# ask PLACE PROTOCOL ADDRESS PORT [SOURCE [SOURCE_PORT]] - the server's answer, or nothing and status 1 after a second (times patience)
ask() {
	place "$1" /usr/bin/python3 -SE integration/traffic.py ask "${@:2}"
}

# ping_from PLACE ADDRESS [OPTIONS...]
ping_from() {
	place "$1" ping -n -q -c 1 -W 2 "${@:3}" "$2"
}

# --- the world ---

# world_of PLACE... - links, addresses, routes, rules and permanent neighbours, one sorted line each
world_of() {
	local place
	for place; do
		echo "\"$place\""
		place "$place" sh -c 'ip -d -j link; ip -j addr; ip -j -4 route show table all; ip -j -6 route show table all
			ip -j -4 rule; ip -j -6 rule; ip -j neigh show nud permanent; ip -j neigh show proxy'
	done | jq -nr 'foreach inputs as $next (null; if ($next | type) == "string" then $next else . end; . as $place |
		$next | arrays[] | walk(if type == "object" then
			del(.valid_life_time, .preferred_life_time, .expires) | with_entries(select(.key | endswith("_timer") | not))
			else . end) | "\($place): \(tojson)")' | sort
}

# world_of_nftables - the ruleset without what changes by itself
world_of_nftables() {
	nft -j list ruleset | jq -cS '.nftables[] | select(.metainfo | not) |
		walk(if type == "object" then del(.handle, .packets, .bytes, .expires, .used) |
			if has("elem") and (.elem | type) == "array" then .elem |= sort else . end else . end)' | sort
}

# world_of_store - the records with their content, and who uses what; caches and locks are not the truth
world_of_store() {
	find "$store" -type f \( -path '*/net/*/a/*' -o -path '*/use/*' -o -name guard -o -name intent -o -path '*/corrupt/*' \) \
		-printf 'store %m %P\n' -exec grep -H '' {} + 2>/dev/null | sort
}

# world - all that can be seen of host, containers and neighbour; equal before and after is the main assertion
world() {
	local places=(/run/netns/*)
	world_of host "${places[@]##*/}"
	world_of_nftables
	world_of_store
	grep -r '' /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf /proc/sys/net/ipv4/ip_forward 2>/dev/null | sort
	conntrack -L --dst-nat -p udp 2>/dev/null | awk '{ $3 = ""; print "conntrack", $0 }' | sort
}

# remember_world - take the snapshot that world_is_unchanged compares with
remember_world() {
	world >"$scratch/world.before"
}

# world_is_unchanged NAME - assertion: nothing differs from the last remember_world
world_is_unchanged() {
	world >"$scratch/world.after"
	local difference
	difference=$(diff "$scratch/world.before" "$scratch/world.after" | grep '^[<>]' | cut -c -600)
	[ -z "$difference" ]
	verdict $? "$1" "$difference"
}

make_host

# fails_behind ROW NAME - assertions: ADD of container "one" fails when something fails behind this row of the table, and leaves
# the world as it was remembered. "$fail_after" alone says how many rows there are
fail_after=$(realpath -m "$(dirname "$PLUGIN")/integration/programs/fail_after")
fails_behind() {
	output=$(env -i CNI_COMMAND=ADD CNI_PATH=/x CNI_CONTAINERID=one CNI_NETNS=/run/netns/one CNI_IFNAME=eth0 \
		"$fail_after" "$1" <<<"$config" 2>&1)
	is "$?" 1 "$2: ADD fails when something fails behind row $1"
	like "$output" 'row that always fails.*resource: failing' "$2: row $1 is not what failed"
	world_is_unchanged "$2: nothing is left of the rows before $1"
}
