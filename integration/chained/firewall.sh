# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154  # what is set here is read elsewhere, and the other way round
# firewall, for 83-chained-kinds.sh: who reaches whom, by TCP.

same='"backend": "iptables", "ingressPolicy": "same-bridge", "iptablesAdminChainName": "MY-ADMIN"'
isolated='"backend": "firewalld", "ingressPolicy": "isolated", "firewalldZone": "trusted"'

# member_of KIND NETWORK SUBNET CONTAINER [MEMBERS] - attached; ${ip[CONTAINER]} is its address, ${result_of[CONTAINER]} the result
declare -A ip result_of
member_of() {
	network=$2 attach "$1" "$4" "\"bridge\": \"$2\", \"isDefaultGateway\": true, \"ipam\": {\"type\": \"host-local\", \"subnet\": \"10.$3.0.0/24\", \"routes\": [{\"dst\": \"0.0.0.0/0\"}]}${5:+, $5}"
	ip[$4]=$(address_of 4) result_of[$4]=$chain
	serve "$4" tcp:80
	servers+=("$server")
}

# reach FROM TO [PORT] - "yes" or "no": whether a TCP connection to a container, or to a port of the host, stands
reach() {
	[ -n "$(ask "$1" tcp "${ip[$2]:-$2}" "${3:-80}" 2>/dev/null)" ] && echo yes || echo no
}

# policy VERB CONTAINER NETWORK MEMBERS
policy() {
	chain=${result_of[$2]}
	network=$3 chained firewall "$1" "$2" "$4"
}

ip -n outside route add 10.0.0.0/8 via 192.0.2.1
remember_world
for kind in bridge ptp; do
	servers=()
	make_container four
	member_of $kind red 71 one
	member_of $kind red 71 two
	member_of $kind blue 72 three
	member_of $kind green 73 four
	is "$(reach two one)$(reach three one)$(reach four one)$(reach outside one)" yesyesyesyes "$kind: without a policy everybody reaches everybody"
	for member in one:red two:red three:blue; do
		policy ADD ${member/:*/ } ${member/*:/} "$same"
		is "$(jq -cS . <<<"$chain")" "$(jq -cS . <<<"${result_of[${member/:*/}]}")" "$kind: ${member/:*/}: the result is handed on"
	done
	is "$(reach two one)$(reach one two)" yesyes "$kind, same-bridge: neighbours reach each other"
	is "$(reach three one)$(reach one three)" nono "$kind, same-bridge: two networks do not"
	is "$(reach four one)$(reach one four)" yesyes "$kind, same-bridge: a network without a policy is not meant"
	is "$(reach outside one)$(reach one 192.0.2.2)$(reach host one)" yesnoyes "$kind, same-bridge: nor are the outside (where nobody listens) and the host"
	chain=${result_of[one]} network=red chained portmap ADD one '"runtimeConfig": {"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}'
	is "$(reach three 192.0.2.1 8080)$(reach two 192.0.2.1 8080)$(reach outside 192.0.2.1 8080)" yesyesyes "$kind, same-bridge: a published port is open to all"
	policy CHECK one red "$same"
	policy DEL two red "$same"
	is "$(reach three one)$(reach one three)" nono "$kind, same-bridge: what neighbours share stays"
	"$real" reload
	is "$(reach three one)$(reach four one)" noyes "$kind, same-bridge: a rebuilt table keeps them apart, too"
	policy DEL three blue "$same"
	is "$(reach three one)" yes "$kind: without the last of it a network is not meant any more"

	policy DEL one red "$same"
	policy ADD one red "$isolated"
	policy ADD two red "$isolated"
	is "$(reach two one)$(reach one two)" nono "$kind, isolated: not even neighbours"
	# br_netfilter lets the bridge pass on what was translated, from port to port, and those are isolated
	bridged=$([ $kind = bridge ] && cat /proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null)
	is "$(reach two 192.0.2.1 8080)$(reach three 192.0.2.1 8080)" "$([ "$bridged" = 1 ] && echo no || echo yes)yes" "$kind, isolated: published ports are open"
	is "$(reach outside 192.0.2.1 8080)$(reach host one)$(reach outside one)" yesyesyes "$kind, isolated: as are the host and the outside"
	if [ -n "$bridged" ]; then
		sysctl -q net.bridge.bridge-nf-call-iptables=0
		is "$(reach two one)$(reach one two)$(reach two 192.0.2.1 8080)" nonoyes "$kind, isolated: by the port itself where no rule sees what a bridge passes on"
		sysctl -q net.bridge.bridge-nf-call-iptables="$bridged"
	fi
	policy CHECK one red "$isolated"
	chain=${result_of[one]} network=red cni_as $kind CHECK one "\"bridge\": \"red\", \"isDefaultGateway\": true, \"ipam\": {\"type\": \"host-local\", \"subnet\": \"10.71.0.0/24\", \"routes\": [{\"dst\": \"0.0.0.0/0\"}]}"
	is "$status" 0 "$kind: CHECK of who made the interface"
	[ "$status" -eq 0 ] || explain "$output"
	end=$(jq -r '[.interfaces[] | select(.sandbox | not)][-1].name' <<<"${result_of[one]}")
	side=$([ $kind = bridge ] && echo red || echo "$end")
	chain=${result_of[one]} network=red tampered firewall one "$isolated" "106 element of $side in nftables set apart is missing" \
		"nft delete element inet cambric apart { $side }" "nft add element inet cambric apart { $side }" "$kind: element"
	[ $kind != bridge ] || chain=${result_of[one]} network=red tampered firewall one "$isolated" '106 the container.s bridge port is not isolated' \
		"bridge link set dev $end isolated off" "bridge link set dev $end isolated on" 'isolation of the port'
	policy DEL one red "$isolated"
	policy DEL two red "$isolated"
	is "$(reach two one)" yes "$kind: DEL takes it from an interface that lives"
	chain='' network=red cni_as portmap DEL one
	policy ADD two red "$isolated"
	remove_container two
	chain='' network=red cni_as firewall GC '' '"cni.dev/valid-attachments": []'
	is "$status $(records firewall)" '0 0' "$kind: GC takes the rest"
	make_container two
	for member in one:red two:red three:blue four:green; do
		chain='' network=${member/*:/} cni_as $kind DEL ${member/:*/}
	done
	for server in "${servers[@]}"; do
		stop_server "$server"
	done
	remove_container one two three four && make_container one two three
	world_is_unchanged "firewall, $kind: the world is as it was before"
done

attach bridge one "${made_by[bridge]}"
made=$chain
chained firewall ADD one '"backend": "", "ingressPolicy": "open"'
is "$(jq -cS . <<<"$chain") $(records firewall)" "$(jq -cS . <<<"$made") 0" 'open is nothing to do'
refused firewall ADD one '"ingressPolicy": "x"' '7 unknown ingress policy: "x"' 'another policy'
chain='' refused firewall ADD one "$same" '7 missing prevResult from earlier plugin' 'no result'
chain=$(jq -c '.interfaces |= map(.name = "none0") | .ips = []' <<<"$made")
refused firewall ADD one "$same" '7 ingressPolicy: no interface of this host leads to the container' 'nowhere to be kept apart'
is "$(records firewall)" 0 '... and nothing is left'
chain='' cni_as firewall STATUS '' "$same"
is "$status" 0 'STATUS'
nft 'add table ip filter; add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }'
chain='' cni_as firewall STATUS '' "$same"
like "$status $errors" '^0 .*ip filter FORWARD has policy drop' 'STATUS tells of a chain of others that drops us'
nft delete table ip filter
netns='' chain='' cni_as firewall DEL one
is "$status" 0 'DEL without anything'
chain='' cni_as bridge DEL one
world_is_unchanged 'firewall: the world is as it was before'
