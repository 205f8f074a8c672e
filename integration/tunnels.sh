# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154  # what scripts that source this file read and set
# Three hosts on one underlay and a kind of tunnel between them, for scripts that drive kinds by hand
# (integration/programs/tunnel.c). Host number N is 203.0.113.N with 10.9.N.0/24 and fd00:9:N::/64 behind it.
#
#   one (203.0.113.1) ---+--- two (203.0.113.2)
#                      +--- three (203.0.113.3)

tunnel_program=$(realpath "$(dirname "$PLUGIN")/integration/programs/tunnel")
hosts=([1]=one [2]=two [3]=three)
declare -A public_key

# make_hosts - the underlay and three hosts; an address behind each is its own
make_hosts() {
	local number host
	make_container "${hosts[@]}"
	ip link add underlay type bridge
	ip link set underlay up
	for number in "${!hosts[@]}"; do
		host=${hosts[number]}
		ip link add "to-$host" type veth peer name wire netns "$host"
		ip link set "to-$host" master underlay up
		place "$host" sysctl -q net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
		ip -n "$host" -batch - <<-END_OF_BATCH
			addr add 203.0.113.$number/24 dev wire
			link set wire up
			addr add 10.9.$number.1/24 dev lo
			addr add fd00:9:$number::1/64 dev lo
		END_OF_BATCH
		wait_for place "$host" ip -br link show dev wire up
	done
}

# peer NUMBER - as the program wants it
peer() {
	echo "203.0.113.$1=10.9.$1.0/24,fd00:9:$1::/64${public_key[$1]:+=${public_key[$1]}}"
}

# others NUMBER - all peers of a host
others() {
	local number
	for number in "${!hosts[@]}"; do
		[ "$number" = "$1" ] || peer "$number"
	done
}

# drive NUMBER COMMAND [PEER...] - the program on a host, with $kind
drive() {
	TUNNEL_KEY=/run/keys/$1/private.key place "${hosts[$1]}" "$tunnel_program" "$kind" "$2" "203.0.113.$1" "${@:3}"
}

# routes NUMBER COMMAND PEER... - carry out what "routes" or "stale" says
routes() {
	drive "$@" | ip -n "${hosts[$1]}" -batch -
}

# make_tunnel NUMBER - the device of a host, up; it knows no peer
make_tunnel() {
	drive "$1" make && ip -n "${hosts[$1]}" link set tunnel up && drive "$1" join
}

# make_tunnels - all three hosts, all peers of each
make_tunnels() {
	local number
	public_key=()
	for number in "${!hosts[@]}"; do
		make_tunnel "$number" || return 1
		[ "$kind" != wireguard ] || public_key[$number]=$(drive "$number" key)
	done
	for number in "${!hosts[@]}"; do
		# shellcheck disable=SC2046  # words without spaces
		drive "$number" join $(others "$number") && routes "$number" routes $(others "$number") || return 1
	done
}

remove_tunnels() {
	local host
	for host in "${hosts[@]}"; do
		ip -n "$host" link del tunnel
	done
}

# behind NUMBER FAMILY - the address behind a host
behind() {
	if [ "$2" = 4 ]; then echo "10.9.$1.1"; else echo "fd00:9:$1::1"; fi
}

# ping_behind FROM TO FAMILY [OPTIONS...] - from what is behind a host to what is behind another
ping_behind() {
	ping_from "${hosts[$1]}" "$(behind "$2" "$3")" -I "$(behind "$1" "$3")" "${@:4}"
}

# on_the_wire COMMAND... - what a command's packets look like on the wire of host one, of which it is run
on_the_wire() {
	place one /usr/bin/python3 -SE integration/outer.py wire "$@"
}

# all_check - the comparison finds nothing on any host
all_check() {
	local number
	for number in "${!hosts[@]}"; do
		# shellcheck disable=SC2046  # words without spaces
		drive "$number" check $(others "$number") || return 1
	done
}

# rejoin NUMBER - what a host does when the comparison found something
rejoin() {
	# shellcheck disable=SC2046  # words without spaces
	drive "$1" join $(others "$1") && routes "$1" routes $(others "$1")
}

# leave NUMBER PEER - a peer goes: its routes first
leave() {
	routes "$1" stale "$2" && drive "$1" part "$2"
}

# --- what holds of every kind ---

# both_full SIZE - a command that pings in both families with packets of that size, which are not to be fragmented
both_full() {
	local family header=([4]=28 [6]=48)
	for family in 4 6; do
		echo "ping -n -q -c 1 -W $((patience * 2)) -M do -s $(($1 - header[family])) -I $(behind 1 $family) $(behind 2 $family)"
	done
}

# unfragmented FAMILY SIZE - host one sends host two one such packet and gets it back
unfragmented() {
	local header=([4]=28 [6]=48)
	ping_behind 1 2 "$1" -M "do" -s $(($2 - header[$1]))
}

# carries PROTOCOL4 PROTOCOL6 ROOM - both ways, both families, nothing else on the wire than what the kind is; a full packet
# leaves nothing unused. Short packets are what wireguard says by itself
carries() {
	local family
	for family in 4 6; do
		ok "$kind: IPv$family, also to the third" ping_behind 3 1 $family
		not_ok "$kind: nothing over $3 bytes" unfragmented $family $(($3 + 1))
	done
	is "$(on_the_wire sh -c "$(both_full "$3")" | awk '$4 > 1000')" \
		"$(printf '%s 1500\n' {"$1","$2"}\ {'203.0.113.1 203.0.113.2','203.0.113.2 203.0.113.1'} | sort -u)" \
		"$kind: and these are full ones outside"
}

# notices NAME PATTERN COMMAND - the comparison of host one fails after COMMAND there, with this message; joining mends it
notices() {
	local said
	place one bash -c "$3" || verdict 1 "$kind: $1: done"
	# shellcheck disable=SC2046  # words without spaces
	said=$(drive 1 check $(others 1) 2>&1)
	like "$? $said" "^1 106 $2" "$kind: $1: noticed and named"
	rejoin 1
	# shellcheck disable=SC2046  # words without spaces
	ok "$kind: $1: mended" drive 1 check $(others 1)
	ok "$kind: $1: for IPv4 packets" ping_behind 1 2 4
	ok "$kind: $1: and for IPv6" ping_behind 1 2 6
}

# vxlan_tampering - NAME|PATTERN|COMMAND for notices
vxlan_tampering() {
	cat <<-"END_OF_TABLE"
		another MAC|the vxlan interface has another MAC|ip link set tunnel address 02:00:00:00:00:01
		no neighbour|neighbour of tunnel peer 203.0.113.2 |ip neigh del 203.0.113.2 dev tunnel
		no IPv6 neighbour|neighbour of tunnel peer fe80::cb00:7103 |ip neigh del fe80::cb00:7103 dev tunnel
		no forwarding entry|forwarding entry of tunnel peer 203.0.113.2 |bridge fdb del 02:ca:cb:00:71:02 dev tunnel dst 203.0.113.2 self
		a host elsewhere|forwarding entry of tunnel peer 203.0.113.2 |bridge fdb replace 02:ca:cb:00:71:02 dev tunnel dst 203.0.113.3 self permanent
	END_OF_TABLE
}

# crowd COUNT - peers that nobody will ever talk to
crowd() {
	local number
	for ((number = 1; number <= $1; number++)); do
		printf '198.51.%d.%d=10.%d.%d.0/24,fd00:8:%x::/64' $((number / 250)) $((number % 250 + 1)) \
			$((100 + number / 250)) $((number % 250)) "$number"
		[ "$kind" != wireguard ] || printf '=%042d0=' "$number"
		echo
	done
}

# come_and_go - peers leave and join for as long as another one is talked to
come_and_go() {
	local rounds=0 failures=0 peers family loads=()
	mapfile -t peers < <(crowd 40)
	for family in 4 6; do
		place one ping -n -q -c $((100 * patience)) -i 0.01 -W $((patience * 2)) -I "$(behind 1 $family)" "$(behind 2 $family)" \
			>"$scratch/load$family" 2>&1 &
		loads+=($!)
	done
	while kill -0 "${loads[@]}" 2>/dev/null; do
		drive 1 join "${peers[@]}" && drive 1 part "${peers[@]}" && leave 1 "$(peer 3)" && rejoin 1 ||
			failures=$((failures + 1))
		rounds=$((rounds + 1))
	done
	wait "${loads[@]}"
	[ $rounds -gt 1 ]
	verdict $? "$kind: peers come and go while another one is talked to" "$rounds rounds"
	is $failures 0 "$kind: all of which succeeds"
	like "$(cat "$scratch/load4" "$scratch/load6")" "$((100 * patience)) received.*$((100 * patience)) received" "$kind: and no packet was lost"
}

# leaves_for_good - who is routed to by somebody stays; then all that there was of a peer is gone
leaves_for_good() {
	ok "$kind: one leaves to whom somebody still has routes" drive 1 part "$(peer 3)"
	ok "$kind: he stays" all_check
	ok "$kind: nobody has" leave 1 "$(peer 3)"
	ok "$kind: he leaves once more" drive 1 part "$(peer 3)"
	unlike "$(ip -n one neigh show dev tunnel) $(bridge -n one fdb show dev tunnel)" '203\.0\.113\.3' "$kind: he is in no list"
	[ "$kind" = sit ] || not_ok "$kind: as the comparison sees" drive 1 check "$(peer 3)"
	ok "$kind: the other one stays" drive 1 check "$(peer 2)"
	ok "$kind: and is reached" ping_behind 1 2 4
}

# all_of_it PROTOCOL4 PROTOCOL6 ROOM - of $kind; tampering is read from stdin: NAME|PATTERN|COMMAND
all_of_it() {
	local name pattern command table
	mapfile -t table
	make_tunnels
	verdict $? "$kind: three hosts know each other"
	ok "$kind: the comparison finds nothing" all_check
	carries "$@"
	for name in "${table[@]}"; do
		IFS='|' read -r name pattern command <<<"$name"
		notices "$name" "$pattern" "$command"
	done
	come_and_go
	leaves_for_good
	remove_tunnels
}

# --- the same from container to container ---

# Keys of hosts one and two: any 32 bytes, and their products with the base point (RFC 7748, section 5)
private_keys=([1]=CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEA= [2]=EAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEA=)
public_keys=([1]=QiyOemIn17yhNQs+K7cnn3iXuHu2hUt4PGDoAxGuMHk= [2]=jSD4x7v7mvPaTvUy7UTvxozmQrxdDFyx17kblsdO3wI=)

# overlay_config NUMBER PEER - of a host that has one peer
overlay_config() {
	network_config "\"ipam\": {\"dataDir\": \"/run/cambric/$1\",
		\"ranges\": [[{\"subnet\": \"10.9.$1.0/24\"}], [{\"subnet\": \"fd00:9:$1::/64\"}]]},
		\"overlay\": {\"kind\": \"$kind\", \"privateKeyFile\": \"/run/keys/$1/private.key\", \"peers\": [{
			\"host\": \"203.0.113.$2\", \"publicKey\": \"${public_keys[$2]}\",
			\"subnets\": [\"10.9.$2.0/24\", \"fd00:9:$2::/64\"]}]}"
}

# attach NUMBER VERB - of container c1 or c2 on its host, of which it sets $output and $status
attach() {
	output=$(place "${hosts[$1]}" env -i CNI_COMMAND="$2" CNI_CONTAINERID="c$1" CNI_NETNS="/run/netns/c$1" CNI_IFNAME=eth0 \
		CNI_PATH="$PLUGIN_PATH" "$PLUGIN" <<<"$config")
	status=$?
}

# between_containers - those of hosts one and two, with $kind; nothing of it is left in the end
between_containers() {
	local number address4 address6
	mkdir -p /run/keys/{1,2}
	chmod 700 /run/keys/{1,2}
	make_container c1 c2
	for number in 1 2; do
		ip -n "${hosts[number]}" addr flush dev lo scope global
		(umask 77 && echo "${private_keys[number]}" >"/run/keys/$number/private.key")
		config=$(overlay_config $number $((3 - number)))
		attach $number ADD
		is $status 0 "$kind: ADD on host $number" || explain "$output"
		address4=$(address_of 4) address6=$(address_of 6)
		config=$(config_with_result)
		attach $number CHECK
		is "$status$output" 0 "$kind: CHECK on host $number"
	done
	ok "$kind: IPv4 from container to container" ping_from c1 "$address4"
	ok "$kind: and IPv6" ping_from c1 "$address6"
	for number in 1 2; do
		config=$(overlay_config $number $((3 - number)))
		attach $number DEL
		is "$status$output" 0 "$kind: DEL on host $number"
		is "$(ip -n "${hosts[number]}" -br link | awk '$1 !~ /^(lo|wire@.*|cambric0|[a-z]+0(@NONE)?)$/')" '' "$kind: takes the tunnel along"
	done
	remove_container c1 c2
}
