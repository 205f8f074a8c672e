# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154  # what is set here is read elsewhere, and the other way round
# For the tests of the firewall, behind lib.sh: servers everywhere, and what a probe comes to.

dual='"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}'
other='"ipam": {"ranges": [[{"subnet": "10.78.0.0/16"}], [{"subnet": "fd00:78::/64"}]]}'
ports='"capabilities": {"portMappings": true}, "runtimeConfig": {"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}'
make_container one two three

# The neighbour knows the way to the containers, has a second address of each family, and servers
for family in 4 6; do
	subnets=(10.77.0.0/16 10.78.0.0/16) router=192.0.2.1 second=(192.0.2.66/24)
	# deprecated: it is the source of those only who ask for it
	[ $family = 4 ] || subnets=(fd00:77::/64 fd00:78::/64) router=2001:db8:1::1 second=(2001:db8:1::66/64 preferred_lft 0 nodad)
	for subnet in "${subnets[@]}"; do
		ip -n outside route add "$subnet" via $router
	done
	ip -n outside addr add "${second[@]}" dev eth0
done
serve outside tcp:80 udp:80
serve host tcp:8888 tcp:8889
for name in one two three; do
	serve "$name" tcp:80 tcp:81 tcp:99 udp:80
done

# attach CONTAINER MEMBERS - ADD; the addresses become ${address[CONTAINER4]} and ${address[CONTAINER6]}
declare -A address=([outside4]=192.0.2.2 [outside6]=2001:db8:1::2 [second4]=192.0.2.66 [second6]=2001:db8:1::66
	[host4]=192.0.2.1 [host6]=2001:db8:1::1)
attach() {
	config=$(network_config "$2")
	cni ADD "$1" || explain "$output"
	address[${1}4]=$(address_of 4) address[${1}6]=$(address_of 6)
	return "$status"
}

# detach CONTAINER... - DEL; the network's name is all that matters
detach() {
	local container config
	config=$(network_config "$dual")
	for container; do
		cni DEL "$container" || explain "$output"
	done
}

# addresses TEXT - with @one4 and the like filled in
addresses() {
	local text=$1 name
	for name in "${!address[@]}"; do
		text=${text//@$name/${address[$name]}}
	done
	echo "$text"
}

# outcome "PLACE PROTOCOL ADDRESS [PORT [SOURCE]]" - answer, refused, silence, or what else there is to say
outcome() {
	local probe said
	read -ra probe <<<"$(addresses "$1")"
	if [ "${probe[1]}" = ping ]; then
		said=$(place "${probe[0]}" ping -n -c 1 -W 1 "${probe[2]}" 2>&1) && said='answer'
	else
		said=$(ask "${probe[@]}" 2>&1) && said='answer'
	fi
	case $said in
	answer) echo answer ;;
	*refused* | *'Port Unreachable'* | *'Port unreachable'*) echo refused ;;
	*'timed out'* | *'100% packet loss'*) echo silence ;;
	*) echo "$said" ;;
	esac
}

# probes NAME "EXPECTED: PROBE; ..." - each with this outcome
probes() {
	local probe probes=() asking=() i
	while read -r probe; do
		[ -n "$probe" ] || continue
		outcome "${probe#*: }" >"$scratch/outcome.${#probes[@]}" &
		probes+=("$probe") asking+=("$!")
	done <<<"${2//;/$'\n'}"
	wait "${asking[@]}"
	for i in "${!probes[@]}"; do
		probe=${probes[i]}
		is "$(<"$scratch/outcome.$i")" "${probe%%:*}" "$1: ${probe#*: } gets ${probe%%:*}"
	done
}

# chains - names of the chains of rules that are there
chains() {
	nft -j list chains inet | jq -r '.nftables[].chain.name // empty | select(test("^(in|out)_"))' | sort
}
# What stays by design is there before any snapshot
network=other attach three "$other" && network=other detach three

# The beginnings of most rules
in='"direction": "in", "action": "reject"'
out='"direction": "out", "action": "reject"'
