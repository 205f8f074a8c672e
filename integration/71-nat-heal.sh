#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What stands in the way of the ruleset, and what ADD, DEL and STATUS make of it.
. "$(dirname "$0")/lib.sh"

make_container one two three

# masquerade_config EXCLUSIONS [MEMBERS] - a network that excludes these; the port is published for every container
masquerade_config() {
	network_config "\"ipam\": {\"subnet\": \"10.77.0.0/16\"}, \"ipMasqExclude\": [$1], \"capabilities\": {\"portMappings\": true}${2:-}"
}
# published PORT - runtimeConfig that publishes it
published() {
	echo ", \"runtimeConfig\": {\"portMappings\": [{\"hostPort\": $1, \"containerPort\": 80, \"protocol\": \"tcp\"}]}"
}
# says SET TEXT - whether a set or map has it
says() {
	nft list ruleset | tr -s ' \t\n' ' ' | grep -o "\(set\|map\) $1 {[^}]*elements = {[^}]*}" | grep -qF -- "$2"
}

# --- a configuration that changes under living containers ---
config=$(masquerade_config '"172.16.0.0/16"')
cni ADD one
is "$status" 0 'ADD with an exclusion'
config=$(masquerade_config '"172.16.0.0/12", "10.0.0.0/8"')
cni ADD two
is "$status" 0 'ADD with wider ones that begin alike' || explain "$output"
ok 'the wider one is there' says nomasq4 '10.77.0.0/16 . 172.16.0.0/12'
ok 'and the one that takes in the own subnet' says nomasq4 '10.77.0.0/16 . 10.0.0.0/8'
config=$(masquerade_config '"172.16.0.0/16"')
cni ADD three
is "$status" 0 'ADD with the narrow one again'
cni DEL three
is "$status" 0 'DEL of it'
config=$(masquerade_config '"172.16.0.0/12", "10.0.0.0/8"')
cni DEL two
is "$status" 0 'DEL of the wide one'
ok 'the narrow one is there again' says nomasq4 '10.77.0.0/16 . 172.16.0.0/16'
ok 'and the own subnet' says nomasq4 '10.77.0.0/16 . 10.77.0.0/16'

# --- elements that no record explains ---
nft 'add element inet cambric dnat4a { tcp . 8080 : 10.77.9.9 . 80 }'
config=$(masquerade_config '' "$(published 8080)")
cni ADD two
is "$status" 0 'ADD of a port that an element of nobody has' || explain "$output"
serve two tcp:80
is "$(ask outside tcp 192.0.2.1 8080)" 'two 192.0.2.2' 'it leads to the container'
cni ADD three
is "$(result .code)" 104 'a port that another container has is refused as before'
like "$(result .msg)" '8080' 'and named'

# --- services of Kubernetes ---
ip link add kube-ipvs0 type bridge
ip addr add 10.96.0.1/32 dev kube-ipvs0
serve host service tcp:8080
is "$(ask host tcp 10.96.0.1 8080)" 'two 10.96.0.1' 'a service made later is taken over'
"$PLUGIN" reload
is "$(ask host tcp 10.96.0.1 8080)" 'service 10.96.0.1' 'until cambric reload'
ip addr add 10.96.0.2/32 dev kube-ipvs0
config=$(masquerade_config '' "$(published 8081)")
cni ADD three
is "$(ask host tcp 10.96.0.2 8080)" 'service 10.96.0.2' 'or the next ADD that publishes a port'
is "$(ask outside tcp 192.0.2.1 8080)" 'two 192.0.2.2' 'addresses of the host itself are published'
cni DEL three

# --- rules that somebody deleted ---
config=$(masquerade_config '')
cni STATUS
unlike "$errors" 'lacks rules' 'STATUS has nothing to say'
nft flush table inet cambric
cni STATUS
is "$status" 0 'STATUS with rules deleted'
like "$errors" 'lacks rules.*cambric reload' 'says so, and what helps'
"$PLUGIN" reload
is "$(ask outside tcp 192.0.2.1 8080)" 'two 192.0.2.2' 'cambric reload does'

# --- a guard that nobody but the store remembers ---
config=$(masquerade_config '')
cni DEL one
nft flush ruleset
cni DEL two
ok 'the DEL of the last container brings a flushed guard back' says before4 '"uplink"'
done_testing
