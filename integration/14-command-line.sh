#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# cambric for people: list, reload, help, and what it says to words it does not know.
. integration/lib.sh

# people ARGUMENT... - sets $output, $errors and $status
people() {
	output=$(env -i "$PLUGIN" "$@" </dev/null 2>"$scratch/stderr")
	status=$?
	errors=$(<"$scratch/stderr")
}

people list
is "$status/$output$errors" 0/ 'list without a store: nothing'
[ ! -e "$store" ]
verdict $? 'nor is one made'

make_container one two
config=$(network_config '"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd77::/64"}]]},
	"capabilities": {"portMappings": true}, "runtimeConfig": {"portMappings": [
	{"hostPort": 53, "containerPort": 5353, "protocol": "udp", "hostIP": "192.0.2.1"},
	{"hostPort": 443, "containerPort": 4430, "protocol": "tcp", "hostIP": "2001:db8:1::1"},
	{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}, {"hostPort": 8081, "containerPort": 81, "protocol": "tcp"}]}')
cni ADD one
is "$status" 0 'a container with ports'
host_end=$(result '.interfaces[0].name')
config=$(network=other network_config)
cni ADD two
is "$status" 0 'and one of another network'
other_end=$(result '.interfaces[0].name')
people list
is "$status/$errors" 0/ 'list'
is "$output" "net one eth0 cambric ready $host_end 10.77.0.2 fd77::2 [2001:db8:1::1]:443->4430/tcp 8080-8081->80/tcp 192.0.2.1:53->5353/udp
other two eth0 cambric ready $other_end 10.77.0.3" 'a line for each: network, container, interface, kind, state, host end, addresses, ports'

people --data-dir=/run/elsewhere list
is "$status/$output" 0/ 'another store has nothing'
people -d relative list
like "$status $errors" '^1 cambric: dataDir .relative. is not an absolute path' 'a store that cannot be'

nft delete table inet cambric
people reload
is "$status/$output$errors" 0/ 'reload'
like "$(nft list map inet cambric dnat4a)" 'tcp . 8080 : 10.77.0.2 . 80' 'brings the ruleset back'

for words in lst 'guard on' guard 'list all'; do
	# shellcheck disable=SC2086  # words are words
	people $words
	is "$status/$errors" "1/cambric: no command \"$words\"; cambric --help lists them" "$words: no such command"
done
people list all of it
is "$status/$output" 64/ 'too many words'
like "$errors" '^Usage: ' 'show how it is meant'
people --help
like "$status $output" '^0 Usage: .*data-dir' 'help'
people
is "$status/$output" 0/ 'without words nothing happens'
isnt "$errors" '' 'but it says what it is'

config=$(network_config)
run_plugin CAMBRIC_SYNC_DEL=1 CNI_COMMAND=DEL CNI_CONTAINERID=one CNI_NETNS=/run/netns/one CNI_IFNAME=eth0 CNI_PATH="$PLUGIN_PATH"
is "$status/$errors" 0/ 'DEL that waits for the kernel'
not_ok 'the interface is gone' ip link show "$host_end"
people list
is "$output" "other two eth0 cambric ready $other_end 10.77.0.3" 'and so is the record'
done_testing
