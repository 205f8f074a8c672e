#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Chains of rules come with the first container, are shared, count, change, heal, are checked, and go with the last.
. "$(dirname "$0")/lib.sh"
. integration/firewall.sh

empty=$(chains)
remember_world
network=other attach three "$other"

# --- counters and the log (which belongs to the real host: that the rule is there is all we see) ---
counted="$in, \"protocol\": \"tcp\", \"source\": [\"192.0.2.66\"], \"counter\": true, \"log\": true"
attach one "$dual, \"firewall\": {\"rules\": [{$counted}, {${in/reject/accept}, \"counter\": true}]}"
probes 'counted' 'refused: outside tcp @one4 80 @second4; answer: outside tcp @one4 80; answer: outside tcp @one4 80'
listing=$(nft list chain inet cambric "$(chains)")
like "$listing" 'ip saddr 192.0.2.66 .*counter packets 1 bytes [0-9]+ reject with tcp reset comment "firewall.rules\[0\]"' \
	'nft shows what was refused, and by which rule'
like "$listing" 'ip saddr 192.0.2.66 .*limit rate 10/second burst 20 packets log prefix "cambric net in: " comment "firewall.rules\[0\]"' \
	'and what is logged, as long as it is not too much'
like "$listing" 'counter packets 2 bytes [0-9]+ return comment "firewall.rules\[1\]"' 'and connections, not packets, that were accepted'
attach two "$dual, \"firewall\": {\"rules\": [{$counted}, {${in/reject/accept}, \"counter\": true}]}"
like "$(nft list chain inet cambric "$(chains)")" 'counter packets 2 ' 'a second container of the network goes through the same chain, which counts on'
probes 'shared' 'refused: outside tcp @two4 80 @second4'
detach one
probes 'shared' 'refused: outside tcp @two4 80 @second4'
detach two
is "$(chains)" "$empty" 'the chain goes with the last one'

# --- networks with different rules; a configuration that changes ---
tcp="\"firewall\": {\"rules\": [{$in, \"protocol\": \"tcp\"}, {$out, \"protocol\": \"udp\"}]}"
udp="\"firewall\": {\"rules\": [{$in, \"protocol\": \"udp\"}]}"
attach one "$dual, $tcp"
network=third attach two "\"ipam\": {\"subnet\": \"10.79.0.0/16\"}, $udp"
ip -n outside route add 10.79.0.0/16 via 192.0.2.1
is "$(chains | wc -l)" 3 'two networks, three chains'
probes 'two networks' 'refused: outside tcp @one4 80; answer: outside udp @one4 80; answer: outside tcp @two4 80; refused: outside udp @two4 80;
	answer: one tcp @two4 80; refused: one udp @two4 80; answer: three udp @one4 80; refused: three udp @two4 80'
network=third detach two
ip -n outside route del 10.79.0.0/16
probes 'the other network goes' 'refused: outside tcp @one4 80; answer: outside udp @one4 80'
kept=$(chains)
attach two "$dual, $udp"
probes 'changed rules' 'refused: outside tcp @one4 80; answer: outside udp @one4 80; answer: outside tcp @two4 80; refused: outside udp @two4 80'
is "$(chains | wc -l)" 3 'the changed network has new chains beside the old ones'
detach two
is "$(chains)" "$kept" 'which go with their last container'

# --- healing ---
nft delete table inet cambric
network=other detach three
probes 'table deleted, another network detaches' 'refused: outside tcp @one4 80; answer: outside udp @one4 80; refused: one udp @outside4 80'
is "$(chains)" "$kept" 'the chains are there again'
nft flush ruleset
network=other attach three "$other"
attach two "$dual, $tcp"
probes 'ruleset flushed, ADD' 'refused: outside tcp @one4 80; refused: outside tcp @two6 80; refused: one udp @outside4 80'
is "$(chains)" "$kept" 'chains are made once for all'
detach two

# --- CHECK ---
detach one
attach one "$dual, $tcp"
config=$(config_with_result)
in_chain=$(chains | grep '^in_') out_chain=$(chains | grep '^out_') host_end=$(result '.interfaces[0].name')
# tamper NAME PATTERN COMMAND - CHECK fails after it with a message that matches, and succeeds after cambric reload
tamper() {
	ok "$1" bash -c "$3"
	cni CHECK one
	is "$status" 1 "$1: noticed"
	like "$(result .msg)" "$2" "$1: named"
	"$PLUGIN" reload
	cni CHECK one
	is "$status$output" 0 "$1: mended by cambric reload"
}
handle="nft -a list chain inet cambric $in_chain | sed -n 's/.*comment \"firewall.rules.0.\" # handle //p'"
tamper 'rule deleted' "$in_chain lacks rules|$in_chain has a rule" "nft delete rule inet cambric $in_chain handle \$($handle)"
tamper 'last rule deleted' "$out_chain lacks rules" "nft delete rule inet cambric $out_chain handle \$(nft -a list chain inet cambric $out_chain | sed -n 's/.*comment.*# handle //p')"
tamper 'chain flushed' "$in_chain lacks rules" "nft flush chain inet cambric $in_chain"
tamper 'rule too many' "$in_chain has rules that are not ours" "nft add rule inet cambric $in_chain accept"
tamper 'rule in front' "$in_chain has a rule that was changed" "nft insert rule inet cambric $in_chain accept"
tamper 'rule replaced' "$in_chain has a rule that was changed" "nft replace rule inet cambric $in_chain handle \$($handle) meta l4proto tcp reject with tcp reset"
tamper 'element removed' 'filter_in' "nft 'delete element inet cambric filter_in { \"$host_end\" }'"
tamper 'element of the other direction removed' 'filter_out' "nft 'delete element inet cambric filter_out { \"$host_end\" }'"
tamper 'element that leads elsewhere' 'filter_in' "nft 'delete element inet cambric filter_in { \"$host_end\" }; add element inet cambric filter_in { \"$host_end\" : jump $out_chain }'"
tamper 'element that accepts' 'filter_in' "nft 'delete element inet cambric filter_in { \"$host_end\" }; add element inet cambric filter_in { \"$host_end\" : accept }'"
tamper 'branch removed' 'forward' 'nft flush chain inet cambric forward'
tamper 'branch to the host removed' 'lacks rules' 'nft flush chain inet cambric input'
tamper 'map emptied' 'filter_out' 'nft flush map inet cambric filter_out'

# STATUS: who attaches next would be let through, or shut out, by a chain that is not what it says
config=$(network_config "$dual, $tcp")
cni STATUS
is "$status$output$errors" 0 'STATUS has nothing to say'
nft flush chain inet cambric "$in_chain"
cni STATUS
is "$status" 0 'STATUS of a network with a flushed chain'
like "$errors" "$in_chain lacks rules \(cambric reload" 'warns of it'
"$PLUGIN" reload

# What was tampered with does not keep anybody from leaving
nft "delete element inet cambric filter_in { \"$host_end\" }; add element inet cambric filter_in { \"$host_end\" : jump $out_chain }"
nft "delete element inet cambric filter_out { \"$host_end\" }"
detach one
is "$status" 0 'DEL after tampering'
is "$(chains)" "$empty" 'leaves no chain'
attach one "$dual, $tcp"
nft "add chain inet cambric mine; add rule inet cambric mine jump $(chains | grep '^in_')"
detach one
is "$status" 0 'DEL while a rule of others leads to our chain'
like "$errors" 'stays, others use it' 'says what stays'
"$PLUGIN" reload
is "$(chains)" "$empty" 'until the table is made anew'

# --- UDP has no end: what was answered to the last holder of an address is no reply to the next ---
fixed='"ipam": {"ranges": [[{"subnet": "10.80.0.0/24", "rangeStart": "10.80.0.5", "rangeEnd": "10.80.0.5"}],
	[{"subnet": "fd00:80::/64", "rangeStart": "fd00:80::5", "rangeEnd": "fd00:80::5"}]]}'
isolated="$fixed, \"firewall\": {\"ingress\": \"isolated\"}"
for mode in routed bridge; do
	network=fixed attach one "\"mode\": \"$mode\", $isolated"
	probes "$mode, the first" 'answer: one udp @outside4 80 @one4#4000; answer: one udp @outside6 80 @one6#4000'
	network=fixed detach one
	network=fixed attach two "\"mode\": \"$mode\", $isolated"
	is "${address[two4]} ${address[two6]}" "${address[one4]} ${address[one6]}" "$mode: the second gets the addresses"
	is "$(conntrack -L -p udp 2>/dev/null | grep -c '10\.80\.0\.5')" 0 "$mode: and no connection"
	is "$(conntrack -f ipv6 -L -p udp 2>/dev/null | grep -c 'fd00:80::5')" 0 "$mode: over IPv6 neither"
	network=fixed detach two
done

# --- bridges: addresses lead to chains, and a bridge that is no gateway may have addresses of another network ---
same='"ipam": {"subnet": "10.80.0.0/24", "rangeStart": "10.80.0.5", "rangeEnd": "10.80.0.5"}'
bridged="\"mode\": \"bridge\", $same"
ip -n outside route add 10.80.0.0/24 via 192.0.2.1
network=bridged attach one "$bridged, \"firewall\": {\"ingress\": \"isolated\"}"
probes 'a bridge' 'silence: outside tcp @one4 80; answer: host tcp @one4 80'
network=layer2 attach two "$bridged, \"isGateway\": false, \"firewall\": {\"ingress\": \"published\"}, \"mark\": [{\"dscp\": 1}]"
is "$status ${address[two4]}" "0 ${address[one4]}" 'a bridge without a gateway gets the same address'
like "$errors" 'routes nothing for bridge cb-layer2' 'with a warning'
is "$(nft list table inet cambric | grep -cE '(in|mo)_layer2')" 0 'and no chain'
network=layer2 detach two
probes 'it goes' 'silence: outside tcp @one4 80'
config=$(network=layer2 network_config "$bridged, \"isGateway\": false, \"nat\": {\"ports\": \"20000-20999\"}")
cni ADD two
like "$status $(result .code) $(result .msg)" '^1 7 nat: this host routes nothing for bridge cb-layer2' 'nat is refused there'
nft 'add chain inet cambric mine; delete element inet cambric filter_in4 { 10.80.0.5 }; add element inet cambric filter_in4 { 10.80.0.5 : jump mine }'
network=bridged detach one
is "$status" 0 'DEL of a container whose address leads elsewhere by now'
like "$(nft list map inet cambric filter_in4)" '10.80.0.5 : jump mine' 'leaves that to others'
nft 'delete element inet cambric filter_in4 { 10.80.0.5 }; delete chain inet cambric mine'
ip -n outside route del 10.80.0.0/24
is "$(chains)" "$empty" 'bridges leave no chain'

# --- a record that was forged ---
attach one "$dual, $tcp"
record=$(echo "$store"/*/net/net/a/one*)
sed -i 's/"protocol": "tcp"/"protocol": "nonsense"/' "$record"
attach two "$dual, $tcp"
probes 'a forged record elsewhere' 'refused: outside tcp @two4 80; answer: outside udp @two4 80'
detach one two
is "$(chains)" "$empty" 'detaching both leaves no chain'
rm -rf "$store"/*/corrupt

# --- bad input, rollback ---
network=other detach three
world_is_unchanged 'the world is as it was before'
for bad in '"ingress": "closed"|firewall.ingress' '"rules": [{"direction": "in", "action": "drop"}, {}]|firewall.rules\[1\].direction' \
	"\"rules\": [{$in, \"sorce\": [\"192.0.2.1\"]}]|firewall.rules\\[0\\].sorce" \
	"\"rules\": [{$in, \"source\": [\"192.0.2.1\", \"x\"]}]|firewall.rules\\[0\\].source\\[1\\]" \
	"\"rules\": [{$in, \"protocol\": \"icmp\", \"destinationPorts\": [8]}]|firewall.rules\\[0\\].destinationPorts"; do
	config=$(network_config "$dual, \"firewall\": {${bad%|*}}")
	cni ADD one
	like "$status $(result .code) $(result .msg)" "^1 7 ${bad##*|}: " "bad input ${bad%|*}"
done
config=$(network_config "$dual, \"firewall\": {\"rules\": [{$in}, {${in/reject/accept}, \"source\": [\"192.0.2.66\"]}]}")
cni ADD one
is "$status $errors" '0 firewall.rules[1] can never match: rules[0] takes all its packets' 'a rule that can never match is told of'
detach one
echo "$config" >"$scratch/config"
is "$("$PLUGIN" check-config "$scratch/config")" 'warning: firewall.rules[1] can never match: rules[0] takes all its packets' 'by check-config, too'
world_is_unchanged 'the world is as it was before'

for neighbour in none two; do
	[ $neighbour = none ] || attach two "$dual, $tcp"
	config=$(network_config "$dual, $tcp, $ports")
	remember_world
	rows=$("$fail_after")
	# behind the rows that make something in nftables, and two before: 30-rollback.sh tries them all
	for ((row = rows - 4; row <= rows; row++)); do
		fails_behind "$row" "neighbour $neighbour"
	done
done
probes 'after all these rollbacks' 'refused: outside tcp @two4 80; answer: outside udp @two4 80'
detach two

done_testing
