#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a packet from a container to one on another host pays for the way there, in turns: routed without a tunnel ("bare"),
# through a tunnel made by hand with ip ("hand"), and through cambric's ("ours"). On the machine itself for the kinds that any
# kernel has; as a script of integration/vm/run.sh for all.
#   PATH_ROUNDS=20 PATH_MS=500 PATH_ASKS=500 PATH_KINDS='direct vxlan' bench/path.sh
# Each of the three has two hosts of its own on one link, with a container each:
#
#   c-bare1 --- bare1 (192.0.2.11) ---+--- bare2 (192.0.2.12) --- c-bare2
#   c-hand1 --- hand1 (192.0.2.21) ---+--- hand2 (192.0.2.22) --- c-hand2
#   c-ours1 --- ours1 (192.0.2.31) ---+--- ours2 (192.0.2.32) --- c-ours2
#
# Containers of the first ones are in 10.77.1.0/24 and fd00:77:1::/64, of the second ones in 10.77.2.0/24 and fd00:77:2::/64.
# Prints lines for bench/report.py, a value for each round: "path native" or "path emulated", kind, of whom and what (bits per
# second; nanoseconds there and back, the median and the 99th percentile), values. And a verdict for each kind.
. "$(dirname "$0")/../integration/lib.sh"
. integration/hosts.sh
. bench/prepare.sh

who='bare hand ours'
port=5001
# As in latency.sh: client and server have a processor each, if there are two
last_processor=$(($(nproc) - 1))
where=${CAMBRIC_GUEST:+emulated}
where=${where:-native}
declare -A all_kinds=([native]='direct vxlan' [emulated]='direct ipip gre sit vxlan wireguard') usual_rounds=([native]=20 [emulated]=5)
kinds=${PATH_KINDS:-${all_kinds[$where]}} # with commas, too
rounds=${PATH_ROUNDS:-${usual_rounds[$where]}}
send_ms=${PATH_MS:-500}
asks=${PATH_ASKS:-500}
declare -A overhead=([direct]=0 [ipip]=20 [sit]=20 [gre]=24 [vxlan]=50 [wireguard]=60) # docs/tunnels.md
# Where a kind carries IPv6 only when it is alone
declare -A family=([sit]=6)
declare -A server_of destination number_of=([bare]=1 [hand]=2 [ours]=3)
# A key of each of two hosts: any 32 bytes, and what "wg pubkey" makes of them
private_keys=([1]=CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEA= [2]=EAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEA=)
public_keys=([1]=QiyOemIn17yhNQs+K7cnn3iXuHu2hUt4PGDoAxGuMHk= [2]=jSD4x7v7mvPaTvUy7UTvxozmQrxdDFyx17kblsdO3wI=)

# underlay WHO NUMBER - the address of its first or second host
underlay() {
	echo "192.0.2.${number_of[$1]}$2"
}

# inner FAMILY NUMBER [HOST] - the subnet behind the first or second hosts; with HOST an address of it
inner() {
	case $1 in
	4) echo "10.77.$2.${3:-0/24}" ;;
	6) echo "fd00:77:$2::${3:-/64}" ;;
	esac
}

make_all_hosts() {
	local name number
	make_container lan
	ip -n lan link add near type bridge
	ip -n lan link set near up
	for name in $who; do
		for number in 1 2; do
			make_peer "$name$number" "$(underlay "$name" $number)/24" 192.0.2.1 near
			ip -n "$name$number" addr add "2001:db8:77::${number_of[$name]}$number/64" dev eth0
			[ "$name" = ours ] || place "$name$number" sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
		done
	done
	mkdir -m 700 /run/keys
	for number in 1 2; do
		(umask 77 && echo "${private_keys[number]}" >/run/keys/$number)
	done
}

# container_by_hand WHO NUMBER MTU
container_by_hand() {
	local host=$1$2 container=c-$1$2 protocol
	make_container "$container"
	place "$container" sysctl -q net.ipv6.conf.default.accept_dad=0
	ip -n "$host" link add inside mtu "$3" type veth peer name eth0 mtu "$3" netns "$container"
	for protocol in 4 6; do
		ip -n "$host" addr add "$(inner $protocol "$2" 1)/$((protocol == 4 ? 24 : 64))" dev inside
		ip -n "$container" addr add "$(inner $protocol "$2" 2)/$((protocol == 4 ? 24 : 64))" dev eth0
	done
	ip -n "$host" link set inside up
	ip -n "$container" link set eth0 up
	for protocol in 4 6; do
		ip -n "$container" "-$protocol" route add default via "$(inner $protocol "$2" 1)"
	done
}

# join_bare NUMBER - nothing but a route
join_bare() {
	local other=$((3 - $1))
	ip -n "bare$1" route add "$(inner 4 $other)" via "$(underlay bare $other)"
	ip -n "bare$1" route add "$(inner 6 $other)" via "2001:db8:77::${number_of[bare]}$other"
}

# join_hand NUMBER KIND - as a person would do it who knows the kind well
join_hand() {
	local host=hand$1 other=$((3 - $1)) here there
	local subnet=${family[$2]:-4}
	here=$(underlay hand "$1") there=$(underlay hand $other) subnet=$(inner "$subnet" $other)
	local mac="02:00:00:00:00:0$1" mac_there="02:00:00:00:00:0$other"
	case $2 in
	ipip | gre) ip -n "$host" link add tunnel type "$2" local "$here" remote any ttl 64 ;;
	sit) ip -n "$host" link add tunnel type sit mode any local "$here" remote any ttl 64 ;;
	vxlan) ip -n "$host" link add tunnel address "$mac" type vxlan id 1 local "$here" dstport 4789 ttl 64 nolearning ;;
	wireguard) ip -n "$host" link add tunnel type wireguard ;;
	esac
	[ "$2" != wireguard ] || place "$host" wg set tunnel private-key "/run/keys/$1" listen-port 51820 peer "${public_keys[other]}" \
		endpoint "$there:51820" allowed-ips "$subnet"
	ip -n "$host" link set tunnel mtu $((1500 - overhead[$2])) up
	case $2 in
	ipip) ip -n "$host" route add "$subnet" via "$there" dev tunnel onlink ;;
	sit) ip -n "$host" route add "$subnet" via "::$there" dev tunnel ;;
	wireguard) ip -n "$host" route add "$subnet" dev tunnel ;;
	gre) ip -n "$host" neigh add "$there" lladdr "$there" dev tunnel nud permanent ;;&
	vxlan) ip -n "$host" neigh add "$there" lladdr "$mac_there" dev tunnel nud permanent &&
		bridge -n "$host" fdb append "$mac_there" dev tunnel dst "$there" ;;&
	gre | vxlan) ip -n "$host" route add "$subnet" via "$there" dev tunnel onlink ;;
	esac
}

# config_of NUMBER KIND - sets $config of the host's only network
config_of() {
	local other=$((3 - $1)) protocol subnets=() ranges=()
	for protocol in 4 6; do
		[ "$protocol" = 4 ] || [ "${family[$2]:-4}" = 6 ] || continue
		subnets+=("\"$(inner $protocol $other)\"") ranges+=("[{\"subnet\": \"$(inner $protocol "$1")\"}]")
	done
	config=$(IFS=,; network_config "\"ipam\": {\"dataDir\": \"/run/cambric-ours$1\", \"ranges\": [${ranges[*]}]}, \"overlay\": {\"kind\": \"$2\",
		\"privateKeyFile\": \"/run/keys/$1\", \"peers\": [{\"host\": \"$(underlay ours $other)/24\", \"subnets\": [${subnets[*]}],
		\"publicKey\": \"${public_keys[other]}\"}]}")
}

# attach_ours VERB NUMBER KIND - the last of ADD is where packets go
attach_ours() {
	config_of "$2" "$3"
	on "ours$2" cni "$1" "c-ours$2"
	[ "$status" = 0 ] || fail "$3: $1 on host $2: $output"
	[ "$1" = DEL ] || destination[ours]=$(address_of "${family[$3]:-4}")
}

# make_paths KIND, remove_paths KIND - all but the bare one, which stays
make_paths() {
	local number
	for number in 1 2; do
		container_by_hand hand $number $((1500 - overhead[$1]))
		if [ "$1" != direct ]; then
			join_hand $number "$1"
		else
			ip -n hand$number route add "$(inner 4 $((3 - number)))" via "$(underlay hand $((3 - number)))"
		fi
		make_container c-ours$number
		attach_ours ADD $number "$1"
	done
}

remove_paths() {
	local number
	for number in 1 2; do
		attach_ours DEL $number "$1"
		ip -n hand$number link del inside # with its namespace it would go later
		remove_container c-ours$number c-hand$number
		[ "$1" != direct ] || ip -n hand$number route del "$(inner 4 $((3 - number)))"
		[ "$1" = direct ] || ip -n hand$number link del tunnel
	done
}

start_servers() {
	local name
	for name in $who; do
		exec_server "c-${name}2" >"$scratch/server.$name" &
		server_of[$name]=$!
		wait_for grep -q ready "$scratch/server.$name" || fail "no server behind ${name}2"
	done
}

exec_server() {
	exec nsenter --net="$(namespace_path "$1")" taskset --cpu-list 0 "$programs/flow" serve $port
}

# flow WHO VERB ADDRESS VALUE
flow() {
	place "c-${1}1" taskset --cpu-list "$last_processor" "$programs/flow" "$2" "$3" $port "$4"
}

# measure_round - each in turn, into files
measure_round() {
	local name
	for name in $who; do
		flow "$name" send "${destination[$name]}" "$send_ms" >>"$scratch/$name.bits" &&
			flow "$name" ask "${destination[$name]}" "$asks" | sort -n >"$scratch/asked" || return 1
		sed -n "$((asks / 2 + 1))p" "$scratch/asked" >>"$scratch/$name.p50"
		sed -n "$((asks * 99 / 100 + 1))p" "$scratch/asked" >>"$scratch/$name.p99"
	done
}

print_series() {
	local name what
	for name in $who; do
		for what in bits p50 p99; do
			printf 'path %s\t%s\t%s %s\t%s\n' "$where" "$1" "$name" $what "$(paste -s "$scratch/$name.$what")"
			rm "$scratch/$name.$what"
		done
	done
}

measure_kind() {
	local round status=0
	destination=([bare]=$(inner "${family[$1]:-4}" 2 2) [hand]=$(inner "${family[$1]:-4}" 2 2))
	make_paths "$1"
	start_servers
	# Not counted: what tables and caches have to learn
	measure_round || status=1
	rm -f "$scratch"/*.{bits,p50,p99}
	for ((round = 0; round < rounds && status == 0; round++)); do
		measure_round || status=1
	done
	kill "${server_of[@]}" && wait "${server_of[@]}" 2>/dev/null
	[ $status -ne 0 ] || print_series "$1"
	remove_paths "$1"
	verdict $status "$1: $rounds rounds"
}

[ "$where" = native ] || modprobe -a ipip ip_gre sit vxlan wireguard
make_all_hosts
for number in 1 2; do
	container_by_hand bare $number 1500
	join_bare $number
done
for kind in ${kinds//,/ }; do
	measure_kind "$kind"
done
done_testing
