#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Live migration: containers that the reference plugins have attached stay attached while cambric takes over their names;
# each is checked, detached and attached again, and nobody else loses a packet meanwhile.
. integration/lib.sh

plugins=/run/plugins containers=10
mkdir "$plugins"
cp /usr/lib/cni/{bridge,host-local,portmap,firewall,tuning} "$plugins/"
mount -t tmpfs tmpfs /var/lib
links=(
	'{"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true, "hairpinMode": true, "ipam": {"type": "host-local",
		"ranges": [[{"subnet": "10.77.0.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}}'
	'{"type": "portmap"}'
	'{"type": "firewall"}'
	'{"type": "tuning", "sysctl": {"net.ipv4.conf.IFNAME.log_martians": "0"}}'
)

# one LINK VERB NAME - one link of the chain; its result becomes $chain_result
one() {
	local kind
	kind=$(jq -r .type <<<"$1")
	config=$(jq -c --argjson number "${3#c}" --argjson previous "${chain_result:-null}" '. + {cniVersion: "0.4.0", name: "net"}
		+ (if $previous then {prevResult: $previous} else {} end)
		+ (if .type == "portmap" then {runtimeConfig: {portMappings: [{hostPort: (8000 + $number), containerPort: 80, protocol: "tcp"}]}} else {} end)' <<<"$1")
	# the reference's plugins look for iptables
	output=$(env -i PATH="$PATH" CNI_COMMAND="$2" CNI_CONTAINERID="$3" CNI_NETNS="/run/netns/$3" CNI_IFNAME=eth0 \
		CNI_PATH="$plugins" "$plugins/$kind" <<<"$config" 2>"$scratch/stderr") || { explain "$2 $kind of $3: $output $(<"$scratch/stderr")"; return 1; }
	[ "$2" != ADD ] || chain_result=$output
}

# chain VERB NAME - the whole chain; results are kept in $scratch/NAME.json as a runtime keeps them
chain() {
	local link chain_result='' order=("${links[@]}") i
	[ "$1" = ADD ] || chain_result=$(<"$scratch/$2.json")
	if [ "$1" = DEL ]; then
		order=()
		for ((i = ${#links[@]} - 1; i >= 0; i--)); do order+=("${links[i]}"); done
	fi
	for link in "${order[@]}"; do
		one "$link" "$1" "$2" || return 1
	done
	[ "$1" != ADD ] || echo "$chain_result" >"$scratch/$2.json"
}

# all VERB - of every container
all() {
	local number
	for ((number = 0; number < containers; number++)); do
		chain "$1" "c$number" || return 1
	done
}

address() {
	jq -r '.ips[0].address | split("/")[0]' "$scratch/$1.json"
}

# leftovers - what the reference plugins name after containers
leftovers() {
	iptables-save 2>/dev/null | grep -E 'CNI-[0-9a-f]{24}|CNI-DN-|-[sd] 10\.77\.0\.[0-9]+/32'
	find /var/lib/cni/networks /run/cni -type f ! -name lock ! -name 'last_reserved_ip*' 2>/dev/null
}

# nothing_of_ours - no record, no element
nothing_of_ours() {
	[ -z "$("$PLUGIN" list)" ] && ! nft list table inet cambric 2>/dev/null | grep -q 'elements'
}

for ((number = 0; number < containers; number++)); do make_container "c$number"; done
remember_world
ok 'ten containers, attached by the reference plugins' all ADD
[ "$(leftovers | wc -l)" -gt 50 ]
verdict $? 'which leave rules and reservations for each'

"$PLUGIN" install-names "$plugins" >/dev/null
verdict $? 'cambric takes over their names'
ok 'every one is checked' all CHECK

serve c0 witness tcp:80
# a process in the background is deaf to SIGINT, by which ping is told to count
nsenter --net=/run/netns/c0 env --default-signal=INT ping -q -i 0.02 -w 100 -W 1 10.77.0.1 >"$scratch/pings" &
pinger=$!
before=$(address c1)
for ((number = 1; number < containers; number++)); do
	ok "c$number is detached" chain DEL "c$number"
	ok 'and attached again' chain ADD "c$number"
	ok 'and checked' chain CHECK "c$number"
	is "$(ask outside tcp 192.0.2.1 8000)" "witness 192.0.2.2" 'and c0 is reached as before'
done
kill -INT "$pinger"
wait "$pinger"
like "$(<"$scratch/pings")" ' 0% packet loss' 'c0, which nobody has touched, lost no packet'
isnt "$before" '' 'it had an address'
stop_server "$server"
is "$(leftovers | grep -v "$(address c0)\\b\\|CNI-[0-9a-f]\\|CNI-DN-")/$(leftovers | grep -c ':CNI-DN-')" /1 'of the others nothing is left that the reference made'
serve c5 five tcp:80
is "$(ask outside tcp 192.0.2.1 8005)" "five 192.0.2.2" 'a port of one that was attached again'
stop_server "$server"
ok 'all are detached' all DEL
ok 'twice' all DEL
is "$(leftovers)" '' 'nothing is left that the reference made'
ok 'nor anything of ours' nothing_of_ours
not_ok 'no interface in the containers' ip -n c3 link show eth0
done_testing
