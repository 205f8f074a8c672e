# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154  # what is set here is read elsewhere, and the other way round
# Two links of one kind in one chain, for 83-chained-kinds.sh: each has what it did, whatever becomes of the other.

failing=$scratch/failing
mkdir "$failing"
for kind in tuning bandwidth firewall sbr portmap; do
	ln -s "$(realpath "$PLUGIN_PATH/integration/programs/fail_after")" "$failing/$kind"
done

# traces - what links leave on the host and in "one"
traces() {
	shape_of one
	routes_of_one
	tc qdisc show | grep -E 'tbf|ingress'
	ifbs
	nft list table inet cambric | sed -n '/set apart {/,/^\t}/p; /set together/,/^\t}/p' | grep elements
	records "$1"
	records "$1.2"
}

# as_noted NAME TRACES - assertion: they are those that were noted
as_noted() {
	is "$(traces "$kind")" "$2" "$kind twice: $1"
}

# fails_behind_rows MEMBERS [PATTERN] - an ADD with these that fails behind each row leaves what was noted as "$alone", and so
# does the DEL that follows. With PATTERN they fail in its words, and without a DEL
fails_behind_rows() {
	local row config
	for ((row = 1; row <= $("$failing/$kind"); row++)); do
		config=$(type=$kind network_config "$1" | jq -c --argjson result "$made" '. + {prevResult: $result}')
		env -i CNI_COMMAND=ADD CNI_PATH="$bin" CNI_CONTAINERID=one CNI_NETNS=/run/netns/one CNI_IFNAME=eth0 "$failing/$kind" "$row" <<<"$config" >"$scratch/said"
		like "$(<"$scratch/said")" "${2-row that always fails}" "$kind twice: the second fails behind row $row"
		as_noted 'undo leaves the first' "$alone"
		[ $# -eq 1 ] || continue
		cni_of DEL "$1"
		as_noted 'and so does the DEL that follows' "$alone"
	done
}

# cni_of VERB MEMBERS - a call of $kind that should succeed
cni_of() {
	cni_as "$kind" "$1" one "$2"
	[ "$status" -eq 0 ] || explain "$1 of $kind with $2: $output"
	return "$status"
}

remember_world
while IFS='|' read -r kind first second; do
	attach bridge one "${made_by[bridge]}"
	made=$chain nothing=$(traces "$kind")
	cni_of ADD "$first"
	alone=$(traces "$kind")
	cni_of ADD "$second"
	is "$status $(records "$kind") $(records "$kind.2")" '0 1 1' "$kind twice: ADD of both"
	together=$(traces "$kind")
	isnt "$alone" "$together" "$kind twice: both do something"
	cni_of CHECK "$first" && cni_of CHECK "$second"
	is "$status" 0 "$kind twice: CHECK of both"
	refused "$kind" ADD one "$second" '108 ' "$kind twice: a third that is like the second is refused"
	as_noted 'and changes nothing' "$together"

	chain=$made
	cni_of DEL "$second"
	as_noted 'DEL of the second leaves the first' "$alone"
	cni_of DEL "$second"
	as_noted 'as it does once more' "$alone"
	cni_of CHECK "$first"
	is "$status" 0 "$kind twice: CHECK of the first"
	fails_behind_rows "$second"

	cni_of ADD "$second"
	as_noted 'the second again' "$together"
	cni_of DEL "$first"
	cni_of CHECK "$second"
	is "$status $(records "$kind") $(records "$kind.2")" '0 0 1' "$kind twice: DEL of the first leaves the second"
	cni_of DEL "$first"
	cni_of CHECK "$second"
	is "$status $(records "$kind.2")" '0 1' "$kind twice: as it does once more"
	cni_of DEL "$second"
	as_noted 'nothing is left' "$nothing"

	cni_of ADD "$first" && cni_of ADD "$second"
	cni_of DEL "$second, \"edited\": 1"
	as_noted 'the last of an edited chain is the second' "$alone"
	cni_of DEL "$first"
	as_noted 'and then nothing is left' "$nothing"
	cni_of ADD "$first" && cni_of ADD "$second"
	cni_of DEL "$second"
	cni_of DEL "$first, \"edited\": 1"
	as_noted 'an edited first is the one that is left' "$nothing"
	cni_of ADD "$first"
	record=$(find "$store" -path "*/net/*/a/*@$kind")
	older=$(jq 'del(.chained.links)' "$record") && echo "$older" >"$record"
	cni_of CHECK "$first"
	is "$status" 0 "$kind: CHECK of a record of an older version"
	cni_of DEL "$first"
	as_noted 'so is one of an older version' "$nothing"

	cni_of ADD "$first" && cni_of ADD "$second"
	chain='' cni_as "$kind" GC '' "$second, \"cni.dev/valid-attachments\": [{\"containerID\": \"one\", \"ifname\": \"eth0\"}]"
	as_noted 'GC leaves both that are valid' "$together"
	chain='' cni_as "$kind" GC '' "$first, \"cni.dev/valid-attachments\": []"
	as_noted 'GC by one link takes both, the last first' "$nothing"
	cni_of ADD "$first" && cni_of ADD "$second"
	remove_container one && make_container one
	chain='' cni_as bridge DEL one "${made_by[bridge]}"
	attach bridge one "${made_by[bridge]}"
	cni_of ADD "$first"
	is "$status $(records "$kind") $(records "$kind.2")" '0 1 0' "$kind twice: in a new namespace the first is alone, whatever was left of the old one"
	cni_of DEL "$first"
	chain='' cni_as bridge DEL one "${made_by[bridge]}"
done <<END
tuning|"mtu": 1400|"promisc": true
tuning|"mtu": 1400|"txQLen": 333, "mac": "$new"
firewall|$same|$isolated
bandwidth|"ingressRate": 8000000, "ingressBurst": 400000|"egressRate": 8000000, "egressBurst": 400000
sbr|"x": 1|"table": 4242
END

# what cannot be done twice
attach bridge one "${made_by[bridge]}"
ports='"runtimeConfig": {"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}'
while IFS='|' read -r kind first second pattern; do
	cni_of ADD "$first"
	alone=$(traces "$kind")
	refused "$kind" ADD one "$second" "$pattern" "$kind twice: ${second:0:40}"
	as_noted 'the first stays as it is' "$alone"
	fails_behind_rows "$second" '"code": '
	[ "$first" = "$second" ] || cni_of DEL "$second"
	cni_of CHECK "$first"
	is "$status" 0 "$kind twice: and CHECK of it is content after the DEL of what was refused"
	cni_of DEL "$first"
	is "$(records "$kind")" 0 "$kind twice: nothing is left"
done <<END
bandwidth|$rates|${rates/egressRate\": 8/egressRate\": 9}|108 another link of the chain limits interface eth0
bandwidth|$rates|$rates, "edited": 1|108 another link of the chain limits interface eth0
bandwidth|"egressRate": 8000000, "egressBurst": 400000|"egressRate": 9000000, "egressBurst": 400000|108 another link of the chain limits
bandwidth|$rates|$rates|108 .*attached
sbr|"x": 1|"addSourceHints": true|108 interface eth0 has rules for table .* already
sbr|"table": 4242|"table": 4242, "edited": 1|108 interface eth0 has rules for table 4242 already
portmap|$ports|$ports, "snat": false|104 host port 8080/tcp is published by container "one"
portmap|$ports|$ports|108 .*attached
END

# two that isolate one port: who goes first leaves it isolated, and the last ends it
kind=firewall other="$isolated, \"x\": 1"
nothing=$(traces $kind) end=$(jq -r '.interfaces[1].name' <<<"$made")
isolation() { bridge -d -j link show dev "$end" | jq -r '.[0].isolated'; }
cni_of ADD "$isolated"
cni_of ADD "$other"
tampered firewall one "$other" '106 the container.s bridge port is not isolated' "bridge link set dev $end isolated off" \
	"bridge link set dev $end isolated on" 'isolation that another link has made'
cni_of DEL "$isolated"
is "$(isolation)" true 'firewall twice: DEL of who has isolated the port leaves it to the other'
cni_of CHECK "$other"
is "$status" 0 'firewall twice: whose CHECK is content'
cni_of DEL "$other"
is "$(isolation) $(traces $kind)" "false $nothing" 'firewall twice: and whose DEL ends it'

# all of one setting, put back last first
kind=tuning
mtu() { shape_of one | cut -d' ' -f2; }
for wanted in 1400 1390 1380 1370; do
	cni_of ADD "\"mtu\": $wanted"
done
refused tuning ADD one '"mtu": 1360' '108 a chain can have 4 links of type tuning' 'tuning twice: a fifth is one too many'
cni_of DEL '"mtu": 1370'
is "$(mtu) $(find "$store" -path '*/net/*/a/*@tuning*' | wc -l)" '1380 3' 'tuning twice: of four three are left'
chain='' cni_as tuning GC '' '"mtu": 1400, "cni.dev/valid-attachments": []'
is "$status $(mtu) $(find "$store" -path '*/net/*/a/*@tuning*')" '0 1500 ' 'tuning twice: GC begins with the last of them'
chain='' cni_as bridge DEL one "${made_by[bridge]}"
remove_container one && make_container one
world_is_unchanged 'twice: the world is as it was before'
