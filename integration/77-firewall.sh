#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Who may reach whom: every ingress, every field a rule can match, actions, order; the examples.
. "$(dirname "$0")/lib.sh"
. integration/firewall.sh

empty=$(chains)

# --- ingress ---
network=other attach three "$other"
ingress() {
	local mode="$1${4:+ on a bridge}" family gets_in members="$dual${4:+, $4}, \"firewall\": {\"ingress\": \"$1\"}"
	attach two "$members"
	attach one "$members, $ports"
	is "$status$errors" 0 "ingress $mode: ADD"
	for family in 4 6; do
		probes "ingress $mode" "$2: outside tcp @one$family 80; $2: three tcp @one$family 80; $3: two tcp @one$family 80;
			answer: host tcp @one$family 80; answer: outside tcp @host$family 8080; answer: three tcp @host$family 8080;
			answer: two tcp @host$family 8080; answer: one tcp @host$family 8080; answer: one tcp @outside$family 80;
			answer: one udp @outside$family 80; answer: one tcp @three$family 80; answer: one tcp @host$family 8888;
			$2: outside ping @one$family; $3: two ping @one$family; answer: host ping @one$family"
	done
	# A source of the own network that comes from elsewhere: replies would not find back, but one packet can be too many
	ip -n outside addr replace 10.77.99.99/32 dev eth0
	place one nft 'add table inet count; add chain inet count input { type filter hook input priority 0; };
		add rule inet count input ip saddr 10.77.99.99 counter'
	is "$(outcome 'outside udp @one4 80 10.77.99.99')" silence "ingress $mode: a borrowed source gets no answer"
	gets_in=$([ "$1" = open ] && echo 1 || echo 0)
	like "$(place one nft list table inet count)" "counter packets $gets_in " "ingress $mode: and gets in only where everybody does"
	place one nft delete table inet count
	ip -n outside addr del 10.77.99.99/32 dev eth0
	config=$(config_with_result)
	cni CHECK one
	is "$status$output" 0 "ingress $mode: CHECK"
	detach one two
	is "$(chains)" "$empty" "ingress $mode: no chain is left"
}
ingress open answer answer
ingress published silence answer
ingress isolated silence silence
# On a bridge, where translated frames go by way of the host
[ ! -e /proc/sys/net/bridge ] || sysctl -q net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0
bridge='"mode": "bridge", "hairpinMode": true'
ingress open answer answer "$bridge"
ingress published silence answer "$bridge"
ingress isolated silence silence "$bridge"

# --- fields ---
# rules NAME RULES PROBES - one container with these rules; each rule is an object without its braces, one per line
rules() {
	local list
	list=$(sed '/^[[:space:]]*$/d; s/.*/{&}/' <<<"$(addresses "$2")" | paste -sd,)
	attach one "$dual, \"firewall\": {\"rules\": [$list]${ingress:+, \"ingress\": \"$ingress\"}}"
	is "$status" 0 "$1: ADD"
	probes "$1" "$3"
	config=$(config_with_result)
	cni CHECK one
	is "$status$output" 0 "$1: CHECK"
	detach one
}

rules 'in-interface' "$in, \"inInterface\": \"uplink\"" 'refused: outside tcp @one4 80; refused: outside tcp @one6 80; answer: three tcp @one4 80'
rules 'in-interface by the beginning of its name' "$in, \"inInterface\": \"upl*\"" 'refused: outside tcp @one4 80; answer: three tcp @one4 80'
rules 'in-interface whose name only begins so' "$in, \"inInterface\": \"upl\"" 'answer: outside tcp @one4 80'
rules 'in-interface of a packet from the container' "$out, \"inInterface\": \"veth*\"" 'refused: one tcp @outside4 80; refused: one tcp @host4 8888'
rules 'out-interface' "$out, \"outInterface\": \"uplink\"" 'refused: one tcp @outside4 80; refused: one tcp @outside6 80;
	answer: one tcp @three4 80; answer: one tcp @host4 8888'
rules 'out-interface by the beginning of its name' "$out, \"outInterface\": \"veth*\"" 'answer: one tcp @outside4 80; refused: one tcp @three6 80'
rules 'out-interface of a packet to the container' "$in, \"outInterface\": \"veth*\"" 'refused: outside tcp @one4 80'
rules 'protocol tcp' "$in, \"protocol\": \"tcp\"" 'refused: outside tcp @one4 80; refused: outside tcp @one6 80; answer: outside udp @one4 80; answer: outside ping @one4'
rules 'protocol udp' "$in, \"protocol\": \"udp\"" 'answer: outside tcp @one4 80; refused: outside udp @one4 80; refused: outside udp @one6 80'
rules 'protocol icmp' "$in, \"protocol\": \"icmp\"" 'answer: outside tcp @one4 80; refused: outside ping @one4; answer: outside ping @one6'
rules 'protocol icmpv6' "$in, \"protocol\": \"icmpv6\"" 'answer: outside tcp @one6 80; refused: outside ping @one6; answer: outside ping @one4'
rules 'protocol by number' "$out, \"protocol\": 17" 'answer: one tcp @outside4 80; refused: one udp @outside4 80; refused: one udp @outside6 80'
rules 'protocol sctp' "$in, \"protocol\": \"sctp\"" 'answer: outside tcp @one4 80; answer: outside udp @one6 80'
rules 'source address' "$in, \"source\": [\"192.0.2.66\"]" 'refused: outside tcp @one4 80 @second4; answer: outside tcp @one4 80; answer: outside tcp @one6 80'
rules 'source address of IPv6' "$in, \"source\": [\"2001:db8:1::66\"]" 'refused: outside tcp @one6 80 @second6; answer: outside tcp @one6 80; answer: outside tcp @one4 80'
rules 'source subnet that ends within a byte' "$in, \"source\": [\"192.0.2.64/26\"]" 'refused: outside tcp @one4 80 @second4; answer: outside tcp @one4 80'
rules 'source subnets of both families' "$in, \"source\": [\"198.51.100.0/24\", \"192.0.2.64/26\", \"192.0.2.3\", \"2001:db8:1::40/122\", \"2001:db8:2::/48\"]" \
	'refused: outside tcp @one4 80 @second4; answer: outside tcp @one4 80 @outside4; refused: outside tcp @one6 80 @second6; answer: outside tcp @one6 80 @outside6'
rules 'any source of one family' "$in, \"source\": [\"0.0.0.0/0\"]" 'refused: outside tcp @one4 80; answer: outside tcp @one6 80'
rules 'source of a packet from the container' "$out, \"source\": [\"10.77.0.0/16\"]" 'refused: one tcp @outside4 80; answer: one tcp @outside6 80'
rules 'destination address' "$out, \"destination\": [\"192.0.2.66\", \"2001:db8:1::66\"]" \
	'refused: one tcp @second4 80; answer: one tcp @outside4 80; refused: one tcp @second6 80; answer: one tcp @outside6 80'
rules 'destination subnet' "$in, \"destination\": [\"10.77.0.0/17\"]" 'refused: outside tcp @one4 80; answer: outside tcp @one6 80'
rules 'destination port' "$in, \"protocol\": \"tcp\", \"destinationPorts\": [80]" 'refused: outside tcp @one4 80; answer: outside tcp @one4 81; answer: outside udp @one4 80'
rules 'destination ports' "$in, \"protocol\": \"tcp\", \"destinationPorts\": [\"70-80\", 99, \"65535\"]" \
	'refused: outside tcp @one4 80; answer: outside tcp @one4 81; refused: outside tcp @one6 99'
rules 'range of destination ports' "$in, \"protocol\": \"udp\", \"destinationPorts\": [\"80-90\"]" 'answer: outside tcp @one4 80; refused: outside udp @one4 80'
rules 'source port' "$in, \"protocol\": \"tcp\", \"sourcePorts\": [\"40000-40010\"]" \
	'refused: outside tcp @one4 80 @outside4#40010; answer: outside tcp @one4 80 @outside4#40011'
rules 'source ports' "$out, \"protocol\": \"udp\", \"sourcePorts\": [40000, \"40005-40010\"]" \
	'refused: one udp @outside4 80 @one4#40000; answer: one udp @outside4 80 @one4#40001; refused: one udp @outside6 80 @one6#40007'
rules 'everything at once' "$in, \"protocol\": \"tcp\", \"inInterface\": \"uplink\", \"outInterface\": \"veth*\", \"source\": [\"192.0.2.66\", \"2001:db8:1::66\"], \"destination\": [\"10.77.0.0/16\", \"fd00:77::/64\"], \"sourcePorts\": [40000], \"destinationPorts\": [80, 81]" \
	'refused: outside tcp @one4 81 @second4#40000; refused: outside tcp @one6 80 @second6#40000; answer: outside tcp @one4 99 @second4#40000'

# --- actions, order, what always passes ---
rules 'drop' "${in/reject/drop}" 'silence: outside tcp @one4 80; silence: outside udp @one6 80; silence: three ping @one4; answer: host tcp @one4 80;
	answer: host ping @one6; answer: one tcp @outside4 80; answer: one ping @outside6'
rules 'reject of any protocol' "$in" 'refused: outside tcp @one4 80; refused: outside udp @one4 80; refused: outside ping @one4;
	refused: outside tcp @one6 80; refused: outside udp @one6 80; refused: outside ping @one6; answer: host tcp @one4 80'
rules 'nothing out' "$out" 'refused: one tcp @outside4 80; refused: one udp @outside6 80; refused: one tcp @host4 8888; refused: one tcp @host6 8888;
	refused: one tcp @three4 80; answer: outside tcp @one4 80; answer: outside udp @one6 80; answer: host tcp @one4 80; answer: host tcp @one6 80'
rules 'some ports of the host' "$out, \"protocol\": \"tcp\", \"destination\": [\"192.0.2.1\"], \"destinationPorts\": [8888]" \
	'refused: one tcp @host4 8888; answer: one tcp @host4 8889; answer: one tcp @host6 8888'
rules 'the first that matches' "${in/reject/accept}, \"source\": [\"192.0.2.66\"]
$in" 'answer: outside tcp @one4 80 @second4; refused: outside tcp @one4 80 @outside4'
rules 'in the order as written' "$in, \"protocol\": \"tcp\"
${in/reject/accept}, \"source\": [\"192.0.2.66\"]" 'refused: outside tcp @one4 80 @second4; answer: outside udp @one4 80 @second4'
ingress=isolated rules 'rules come before the ingress' "${in/reject/accept}, \"protocol\": \"tcp\", \"destinationPorts\": [81]
$in, \"protocol\": \"tcp\", \"destinationPorts\": [99]" 'answer: outside tcp @one4 81; refused: outside tcp @one6 99; silence: outside tcp @one4 80'
rules 'both directions' "$in, \"protocol\": \"udp\"
$out, \"protocol\": \"tcp\"" 'refused: outside udp @one4 80; answer: outside tcp @one4 80; refused: one tcp @outside4 80; answer: one udp @outside4 80'

# --- examples ---
# example NAME - the configuration of the example as libcni hands it over, as members for network_config()
example() {
	jq -c --arg name "$1" '.plugins[0] | del(.type)' "conf/examples/$1.conflist" | sed 's/^{//; s/}$//'
}
published='"runtimeConfig": {"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}'
attach two "$(example firewall-published)"
attach one "$(example firewall-published), $published"
probes 'firewall-published.conflist' 'silence: outside tcp @one4 80; answer: outside tcp @host4 8080; answer: outside tcp @host6 8080; answer: two tcp @one6 80; answer: one tcp @outside4 80'
detach one two
attach two "$(example firewall-isolated)"
attach one "$(example firewall-isolated), $published"
probes 'firewall-isolated.conflist' 'silence: outside tcp @one6 80; answer: outside tcp @host4 8080; silence: two tcp @one4 80; answer: one tcp @outside6 80'
detach one two
attach one "$(example firewall-rules), $published"
is "$status$errors" 0 'firewall-rules.conflist: ADD'
serve one tcp:22 tcp:8050
probes 'firewall-rules.conflist' 'silence: outside tcp @one4 22 @second4; silence: outside tcp @host6 8080 @second6; answer: outside tcp @one4 22; answer: outside tcp @one6 8050;
	silence: outside tcp @one4 81; answer: outside tcp @host4 8080; answer: outside ping @one4; answer: outside ping @one6;
	answer: one tcp @outside4 80; refused: one tcp @outside4 80 @one4#1024; refused: one udp @outside6 80'
detach one
done_testing
