#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# "dockerUser": the rules that let our networks pass where Docker has set the policy of FORWARD to drop, as Docker and iptables
# make and read them.
. "$(dirname "$0")/lib.sh"

# rules FAMILY - of DOCKER-USER, as iptables shows them
rules() {
	local program=iptables-nft
	[ "$1" = ip ] || program=ip6tables-nft
	"$program" -S DOCKER-USER 2>/dev/null | sed 's/-A DOCKER-USER //'
}

# all_rules - the two subnets of $config, in both families; "2 2" where all are there
all_rules() {
	echo "$(rules ip | grep -cE -- '-[sd] 10\.77\.0\.0/16 .*-j ACCEPT') $(rules ip6 | grep -cE -- '-[sd] fd00:77::/64 .*-j ACCEPT')"
}

config=$(network_config '"dockerUser": true, "ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}')
serve outside out tcp:7000
make_container one two three

# --- without Docker ---
cni ADD one && cni DEL one
is "$status" 0 'a host without Docker has no such chain, and that is all right'
is "$(nft list tables | grep -c filter)" 0 'none is made'

nft -f - <<<'table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }'
cni ADD one
like "$status$errors" '^0.*FORWARD has policy drop' 'where something else drops, the warning stays'
cni DEL one
nft delete table ip filter

# --- with Docker's chains ---
for program in iptables-nft ip6tables-nft; do
	"$program" -N DOCKER-USER
	"$program" -A DOCKER-USER -j RETURN
	"$program" -P FORWARD DROP
	"$program" -I FORWARD -j DOCKER-USER
done
plain=$(jq -c 'del(.dockerUser)' <<<"$config")
named=$config config=$plain
cni ADD three
is "$(ask three tcp 192.0.2.2 7000)" '' 'the drop of another table is final'
like "$errors" 'FORWARD has policy drop' 'a warning says so'
cni DEL three
config=$named
remember_world
rules ip >"$scratch/before"
cni ADD one
is "$status$errors" 0 'ADD, without a warning' || explain "$output"
is "$(all_rules)" '2 2' 'two rules for each subnet'
is "$(rules ip | sed -n '2p' | grep -c ACCEPT)$(rules ip | tail -n 1)" '1-j RETURN' 'before all that is there'
like "$(rules ip)" 'cambric 10\.77\.0\.0/16' 'with a comment that says whose they are'
like "$(ask one tcp 192.0.2.2 7000)" '^out 192\.0\.2\.1' 'packets pass, and so do the answers'
like "$(ask one tcp 2001:db8:1::2 7000)" '^out ' 'of IPv6, too'
made=$(config_with_result)
config=$made cni CHECK one
is "$status" 0 'CHECK' || explain "$output"
cni ADD two
is "$status$(all_rules)" '02 2' 'a neighbour shares them'
iptables-nft -D DOCKER-USER -s 10.77.0.0/16 -m comment --comment 'cambric 10.77.0.0/16' -j ACCEPT 2>/dev/null ||
	nft delete rule ip filter DOCKER-USER handle "$(nft -a list chain ip filter DOCKER-USER | sed -n 's/.*saddr.*10.77.*handle //p')"
config=$made cni CHECK one
is "$status" 1 'one that is missing'
like "$(result '.msg + (.details // "")')" 'rules "cambric 10\.77\.0\.0/16" in chain DOCKER-USER are missing' 'is what CHECK says'
make_container four
cni ADD four
is "$status$(all_rules)" '02 2' 'and the next ADD makes it again'
cni DEL four
cni DEL one
is "$status$(all_rules)" '02 2' 'whoever is left keeps them'
cni DEL two
is "$status$(all_rules)" '00 0' 'the last takes them away'
remove_container four
rules ip | diff "$scratch/before" -
is $? 0 "what is the administrator's is as it was"
world_is_unchanged 'and so is the world'

# --- rules that iptables has saved and restored: their comment is a match then ---
cni ADD one
made=$(config_with_result)
for program in iptables-nft ip6tables-nft; do
	"$program-save" -t filter >"$scratch/saved" && "$program-restore" "$scratch/saved"
done
config=$made cni CHECK one
is "$status$(all_rules)" '02 2' 'CHECK knows them' || explain "$output"
cni ADD two
is "$status$(all_rules)" '02 2' 'and so does the next ADD'
grep 'A DOCKER-USER.*cambric' "$scratch/saved" | sed '1i *filter' | sed '$aCOMMIT' | ip6tables-nft-restore --noflush
is "$(all_rules)" '2 4' 'some are there twice'
cni DEL one
cni DEL two
is "$status$(all_rules)" '00 0' 'the last DEL takes all of them away'

# --- rules and a chain that go meanwhile ---
cni ADD one
iptables-nft -F DOCKER-USER
cni DEL one
is "$status" 0 'rules that somebody has flushed are gone'
cni ADD one
made=$(config_with_result)
iptables-nft -D FORWARD -j DOCKER-USER && iptables-nft -F DOCKER-USER && iptables-nft -X DOCKER-USER
config=$made cni CHECK one
is "$status" 0 'a chain that is gone is nothing to miss'
cni DEL one
is "$status$(rules ip6 | grep -c cambric)" 00 'nor to fail for'

# --- records that are lost, rules that are flushed ---
iptables-nft -N DOCKER-USER && iptables-nft -I FORWARD -j DOCKER-USER
cni ADD one
cni ADD two
iptables-nft -F DOCKER-USER && ip6tables-nft -F DOCKER-USER
"$PLUGIN" reload
is "$?$(all_rules)" '02 2' 'reload makes what was flushed'
iptables-nft -A DOCKER-USER -s 10.99.0.0/16 -m comment --comment 'cambric 10.99.0.0/16' -j ACCEPT
iptables-nft -A DOCKER-USER -s 10.98.0.0/16 -m comment --comment 'cambric 10.98.0.00/16' -j ACCEPT
# lose_record CONTAINER - nobody can read it any more
lose_record() {
	find "$store" -path "*/net/*/a/$1@*" -exec sh -c 'echo "{" >"$1"' _ {} \;
}
# forget_record CONTAINER - it is gone
forget_record() {
	find "$store" -path "*/net/*/a/$1@*" -delete
}
lose_record one
cni DEL one
is "$status$(all_rules)" '02 2' 'DEL of a lost record leaves what others need'
is "$(rules ip | grep -c '10\.9')" 1 'and takes what no record wants, when it is written as we do'
iptables-nft -A DOCKER-USER -s 10.99.0.0/16 -m comment --comment 'cambric 10.99.0.0/16' -j ACCEPT
lose_record two
cni DEL two
is "$status$(all_rules)" '00 0' 'DEL of the last one, whose record is lost as well'
for loss in lose_record forget_record; do
	cni ADD one
	$loss one
	config=$(jq -c '. + {"cni.dev/valid-attachments": []}' <<<"$named") cni GC
	is "$status$(all_rules)" '00 0' "GC takes them away after $loss"
	cni DEL one
done
iptables-nft -A DOCKER-USER -s 10.99.0.0/16 -m comment --comment 'cambric 10.99.0.0/16' -j ACCEPT
config=$(jq -c '. + {"cni.dev/valid-attachments": []}' <<<"$named") cni GC
is "$status$(rules ip | grep -c '10\.9')" 02 'GC leaves what this store has never known: there may be another one'
"$PLUGIN" reload
is "$?$(rules ip | grep -c '10\.9')" 01 'reload does not'
iptables-nft -D FORWARD -j DOCKER-USER && iptables-nft -F DOCKER-USER && iptables-nft -X DOCKER-USER

# --- the names of the reference ---
iptables-nft -N DOCKER-USER
iptables-nft -I FORWARD -j DOCKER-USER
cambric=$(realpath "$PLUGIN")
for kind in bridge ptp; do
	config=$(jq -nc --arg kind "$kind" '{cniVersion: "1.0.0", name: "named", type: $kind, dockerUser: true, isGateway: true, ipMasq: true,
		ipam: {type: "host-local", dataDir: "/run/reserved", subnet: "10.78.0.0/24"}}')
	PLUGIN=$scratch/$kind
	ln -s "$cambric" "$PLUGIN"
	cni ADD one
	is "$status$(rules ip | grep -c '10\.78\.0\.0/24 .*ACCEPT')" 02 "$kind has the key as well"
	cni DEL one
	is "$status$(rules ip | grep -c '10\.78')" 00 "$kind: and its DEL"
done
PLUGIN=$scratch/bridge config=$(jq -c 'del(.dockerUser) | .type = "bridge"' <<<"$config")
cni ADD one
ln -s "$cambric" "$scratch/firewall"
PLUGIN=$scratch/firewall config=$(jq -c '.type = "firewall" | .dockerUser = true' <<<"$(config_with_result)")
cni ADD one
is "$status$(rules ip | grep -c '10\.78\.0\.0/24 .*ACCEPT')" 02 'firewall has it for what another plugin has attached'
cni CHECK one
is "$status" 0 'and checks it' || explain "$output"
cni DEL one
is "$status$(rules ip | grep -c '10\.78')" 00 'firewall: and its DEL'
done_testing
