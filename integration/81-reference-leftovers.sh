#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A DEL of a container that the reference plugins attached takes away what they made, and nothing of anybody else's: with
# Debian's plugins, and with the rules of newer ones' nftables backends as those write them.
. "$(dirname "$0")/lib.sh"

reference=/usr/lib/cni
leftovers=$PLUGIN_PATH/integration/programs/leftovers
base='{"cniVersion": "1.0.0", "name": "old"}'
# of the container: what the plugins that are chained behind "bridge" are told
port=8080
runtime_config='{portMappings: [{hostPort: $port, containerPort: 80, protocol: "tcp"}, {hostPort: $port, containerPort: 53, protocol: "udp"},
	{hostPort: ($port + 1), containerPort: 80, protocol: "tcp", hostIP: "127.0.0.1"}],
	bandwidth: {ingressRate: 8000000, ingressBurst: 8000000, egressRate: 8000000, egressBurst: 8000000}}'
declare -A members=(
	[bridge]='{bridge: "cni9", isGateway: true, ipMasq: true, ipam: {type: "host-local", dataDir: "/run/addresses",
		ranges: [[{subnet: "10.88.0.0/24"}], [{subnet: "fd00:88::/64"}]]}}'
	[portmap]='{capabilities: {portMappings: true}}'
	[firewall]='{}'
	[tuning]='{promisc: true, allmulti: true, mtu: 1400, mac: "02:00:00:00:00:99"}'
	[bandwidth]='{capabilities: {bandwidth: true}}'
	[host-device]='{device: "device9"}'
)
chain=(bridge portmap firewall tuning bandwidth)

# by_reference VERB PLUGIN CONTAINER [IFNAME] - one call of a reference plugin, with $result as prevResult; sets $said
by_reference() {
	local key=$2 config
	[ "$key" != host-local ] || key=bridge
	config=$(jq -cn --argjson base "$base" --argjson result "${result:-null}" --argjson port "$port" \
		"\$base + {type: \"$key\", prevResult: \$result, runtimeConfig: $runtime_config} + ${members[$key]} | if .prevResult then . else del(.prevResult) end")
	said=$(env -i PATH="${reference_path:-$PATH}" CNI_COMMAND="$1" CNI_PATH="$reference" CNI_CONTAINERID="$3" \
		CNI_NETNS="/run/netns/$3" CNI_IFNAME="${4:-eth0}" "$reference/$2" <<<"$config" 2>&1)
}

# attach CONTAINER [IFNAME] - by the reference plugins of $chain; its addresses are in $addresses
attach() {
	local plugin
	result=
	for plugin in "${chain[@]}"; do
		by_reference ADD "$plugin" "$@" || { verdict 1 "the reference's $plugin attaches $1" "$said" && return 1; }
		result=$said
	done
	mapfile -t addresses < <(jq -r '.ips[]?.address' <<<"$result" | cut -d/ -f1)
}

# remove KIND CONTAINER [IFNAME] - ours, of one kind, with $addresses; sets $status and $errors
remove() {
	errors=$("$leftovers" "$1" old "$2" "${3:-eth0}" "/run/netns/$2" "${addresses[@]}" 2>&1)
	status=$?
}

# detach CONTAINER [IFNAME] - ours, all kinds of $chain, last one first. Sets $status to the worst, $errors to all that was said
detach() {
	local i worst=0 all=
	for ((i = ${#chain[@]}; i-- > 0;)); do
		remove "${chain[i]}" "$@"
		worst=$((worst > status ? worst : status)) all+=${errors:+$errors$'\n'}
	done
	status=$worst errors=$all
	by_reference DEL host-local "$@" # its files are not the matter here
}

# iptables_rules - what iptables sees of it: all that nft cannot print is in here
iptables_rules() {
	{ iptables-nft-save && ip6tables-nft-save; } 2>/dev/null | sed '/^#/d; s/\[[0-9]*:[0-9]*\]//'
}

# is_settled - no interface waits for its addresses or its carrier
is_settled() {
	! { ip -6 addr show tentative; ip -n one -6 addr show tentative; ip -n two -6 addr show tentative; ip link show dev cni9; } 2>/dev/null |
		grep -qE 'tentative|cni9: <BROADCAST,MULTICAST,UP>'
}

# remember, is_as_before NAME - the world, the rules as iptables has them, the notes of tuning
remember() {
	wait_for is_settled
	remember_world
	{ iptables_rules && ls /run/cni/tuning; } >"$scratch/rules.before" 2>/dev/null
}
is_as_before() {
	wait_for is_settled
	world_is_unchanged "$1"
	{ iptables_rules && ls /run/cni/tuning; } >"$scratch/rules.after" 2>/dev/null
	ok "$1, as iptables and tuning see it" diff "$scratch/rules.before" "$scratch/rules.after"
}

sysctl -q net.ipv6.conf.default.accept_dad=0
# hash LENGTH TEXT - as the reference's utils have it
hash() {
	printf %s "$2" | sha512sum | cut -c "-$1"
}

# others_are_at_it - the rules that lead to the chain are not those of the beginning any more
others_are_at_it() {
	! nft list chain ip nat CNI-HOSTPORT-DNAT 2>/dev/null | cmp -s - "$scratch/first"
}

make_container one two
ok 'this kernel and nft take the rules of a bridge' nft add table bridge nat
nft delete table bridge nat

# --- what is left is what the reference itself leaves: the bridge, its chains for all containers ---
attach one
for plugin in bandwidth tuning firewall portmap bridge; do
	by_reference DEL "$plugin" one
done
remember
attach one
isnt "$(iptables_rules | grep -c CNI-DN)" 0 'the reference has made chains'
detach one
is "$status$errors" 0 'what the reference attached is removed'
is_as_before 'that leaves no more than the DEL of the reference'
unlike "$(iptables_rules)" '10\.88\.0\.[2-9]|fd00:88::[2-9]|CNI-[0-9a-f]{24}|CNI-DN' 'no rule of any container is left'

# --- with a neighbour ---
port=9080
attach two
port=8080
remember
attach one
detach one
is "$status$errors" 0 'beside another container'
is_as_before 'the other one has all that is its'
detach one
is "$status$errors" 0 'a second time'
is_as_before 'and still has'
cp "$scratch/rules.before" "$scratch/rules.without"
attach one
isnt "$(iptables_rules | grep -c 'id: ."one.*CNI-DN')" 0 'once more'
remember
RECORDED=1 detach one
is "$status$errors" 0 'of an attachment with a record'
is_as_before 'nothing is removed'
remove_container one
detach one
is "$status$errors" 0 'when the namespace is gone, for which the reference leaves rules'
make_container one
{ iptables_rules && ls /run/cni/tuning; } >"$scratch/rules.after"
ok 'nothing is left' diff "$scratch/rules.without" "$scratch/rules.after"
unlike "$(ip -br link)" 'bwp.*bwp' 'no ifb either'
remember

# --- addresses are unknown ---
attach one
gone=("${addresses[@]}") addresses=()
detach one
is "$status$errors" 0 'without prevResult'
is "$(iptables_rules | diff "$scratch/rules.before" - | grep -vE '^[0-9]|/run|json$' | grep -c -- '-A CNI-FORWARD')" 4 \
	'the rules of addresses in CNI-FORWARD are all that stays'
addresses=("${gone[@]}")
remove firewall one
is_as_before 'and go when the addresses are known'
iptables-nft -A CNI-FORWARD -s 10.88.0.77 -p tcp --dport 22 -j ACCEPT
iptables-nft -A CNI-FORWARD -s 10.88.0.77 -j DROP
iptables-nft -A CNI-FORWARD -s 10.88.0.76/31 -j ACCEPT
iptables-nft -A CNI-FORWARD -m mark --mark 0x4d00580a -j ACCEPT
remember
addresses=(10.88.0.77)
remove firewall one
is "$status$errors" 0 "other rules than the reference's"
is_as_before 'in its chain stay'

# --- two interfaces of a container have one chain ---
chain=(bridge)
attach one eth1
second=("${addresses[@]}")
remember
attach one eth0
is "$(iptables_rules | grep -c -- '-A POSTROUTING.*id: ."one')" 4 'two interfaces lead to one chain, in each family'
detach one eth0
is "$status$errors" 0 'the first of them'
is_as_before 'leaves the other its masquerading'
addresses=("${second[@]}")
detach one eth1
unlike "$(iptables_rules)" 'id: ."one' 'the last takes the chain along'

# --- somebody else's rule leads to a chain ---
chain=(bridge portmap firewall tuning bandwidth)
attach one
name=$(iptables_rules | sed -n 's/.*id: ."one.* -j \(CNI-DN-.*\)/\1/p' | head -n 1)
iptables-nft -t nat -A OUTPUT -j "$name"
detach one
is "$status" 0 "a chain of the reference that somebody else's rule leads to"
like "$errors" "chain nat $name stays, empty" 'is emptied, and a warning says so'
is "$(iptables_rules | grep -c -- "$name")" 2 'it is there, and that rule'
iptables-nft -t nat -D OUTPUT -j "$name"
remove portmap one
is "$status$errors$(iptables_rules | grep -c -- "$name")" 00 'without that rule it goes'

addresses=()
detach two
unlike "$(iptables_rules)" 'CNI-[0-9a-f]{24}|CNI-DN|id: ' 'the last container leaves no chain'

# --- others change the rules at the same time: each line of nft's is a transaction, and gives all rules of the chain new handles ---
name=CNI-DN-$(hash 21 oldone)
lead="add rule ip nat CNI-HOSTPORT-DNAT tcp dport 8080 jump $name"
failed=0
for ((i = 0; i < 20; i++)); do
	nft "add chain ip nat $name; $lead; $lead"
	nft list chain ip nat CNI-HOSTPORT-DNAT >"$scratch/first" 2>/dev/null
	yes "flush chain ip nat CNI-HOSTPORT-DNAT; $lead" | head -n 3000 | nft -i >/dev/null 2>&1 &
	storm=$!
	wait_for others_are_at_it
	remove portmap one
	[ "$status$errors" = 0 ] || { failed=1 && explain "$errors"; }
	! nft list chain ip nat "$name" >/dev/null 2>&1 || failed=2
	stop_server "$storm"
done
is "$failed" 0 'while others change the same rules, all is removed'

# --- the nftables backends ---
tag() { # CONTAINER IFNAME [NETWORK]
	echo "$(hash 16 "${3:-old}")-$(hash 16 "$2:$1"), net: ${3:-old}, if: $2, id: $1"
}
# rules_of CONTAINER IFNAME ADDRESS IPV6 - of the newer plugins
rules_of() {
	echo "add rule inet cni_plugins_masquerade masq_checks ip saddr $3 ip daddr != 10.88.0.0/24 masquerade comment \"$(tag "$1" "$2")\"
		add rule inet cni_plugins_masquerade masq_checks ip6 saddr $4 ip6 daddr != fd00:88::/64 masquerade comment \"$(tag "$1" "$2")\"
		add rule ip cni_hostport hostports tcp dport 8080 dnat to $3:80 comment \"$1\"
		add rule ip cni_hostport hostip_hostports ip daddr 192.0.2.1 udp dport 8080 dnat to $3:80 comment \"$1\"
		add rule ip cni_hostport masquerading ip saddr $3 ip daddr $3 masquerade comment \"$1\"
		add rule ip cni_hostport masquerading ip saddr 127.0.0.1 ip daddr $3 masquerade comment \"$1\"
		add rule ip6 cni_hostport hostports tcp dport 8080 dnat to [$4]:80 comment \"$1\"
		add rule ip6 cni_hostport masquerading ip6 saddr $4 ip6 daddr $4 masquerade comment \"$1\"
		add chain bridge nat cni-br-iface-$1-$2-mac
		add chain bridge nat cni-br-iface-$1-$2
		add rule bridge nat PREROUTING iifname \"veth$2\" jump cni-br-iface-$1-$2 comment \"macspoofchk-$1-$2\"
		add rule bridge nat cni-br-iface-$1-$2 jump cni-br-iface-$1-$2-mac comment \"macspoofchk-$1-$2\"
		add rule bridge nat cni-br-iface-$1-$2-mac ether saddr 02:00:00:00:00:99 return comment \"macspoofchk-$1-$2\"
		add rule bridge nat cni-br-iface-$1-$2-mac drop comment \"macspoofchk-$1-$2\""
}
{
	echo 'table inet cni_plugins_masquerade {
		chain masq_checks { }
		chain postrouting { type nat hook postrouting priority srcnat
			ip daddr 224.0.0.0/4 return
			ip6 daddr ff00::/8 return
			goto masq_checks
		}
	}
	table bridge nat {
		chain PREROUTING { type filter hook prerouting priority -300; }
	}'
	for family in ip ip6; do
		echo "table $family cni_hostport {
			chain hostports { }
			chain hostip_hostports { }
			chain hostports_all { jump hostip_hostports; jump hostports; }
			chain prerouting { type nat hook prerouting priority dstnat; fib daddr type local jump hostports_all; }
			chain output { type nat hook output priority -100; fib daddr type local jump hostports_all; }
			chain masquerading { type nat hook postrouting priority srcnat; }
		}"
	done
	rules_of two eth0 10.88.0.9 fd00:88::9
	rules_of one eth1 10.88.0.8 fd00:88::8
	rules_of onemore eth0 10.88.0.7 fd00:88::7
} >"$scratch/rules.nft"
ok "tables of the newer plugins' nftables backends" nft -f "$scratch/rules.nft"
remember
rules_of one eth0 10.88.0.6 fd00:88::6 | nft -f -
addresses=(10.88.0.6 fd00:88::6)
for kind in portmap bridge; do
	remove "$kind" one
	is "$status$errors" 0 "$kind: rules of the nftables backend"
done
is_as_before 'are gone; those of another container, and of another interface of this one, are not'
addresses=()
remove portmap one eth1
remove bridge one eth1
unlike "$(nft list ruleset)" 'comment "(macspoofchk-)?one(-eth1)?"|id: one"' 'those of the last interface go, too'
like "$(nft list ruleset)" 'comment "onemore"' 'and a longer name is another container'
remember
remove bridge "$(printf 'x%.0s' {1..300})"
is "$status$errors" 0 'a container whose name is too long for any chain'
is_as_before 'has none'
for table in 'inet cni_plugins_masquerade' 'ip cni_hostport' 'ip6 cni_hostport' 'bridge nat'; do
	# shellcheck disable=SC2086  # family and name
	nft delete table $table
done

# --- interfaces that look like the reference's ---
remove_container one two
make_container one two
while IFS='|' read -r name group expected; do
	ip link add "$name" ${group:+group "$group"} type veth peer name eth0 netns one
	remove bridge one
	is "$(ip -br link show dev "$name" 2>/dev/null | wc -l)$status$errors" "${expected}0" "veth $name${group:+ of group $group}: $expected left"
	ip link del "$name" 2>/dev/null
done <<'END'
vethdeadbeef||0
veth0123abcd|0|0
vethdeadbee||1
vethDEADBEEF||1
vethdeadbeef|51771|1
container0||1
END
ip link add far0 index 77 netns two type veth peer name eth0 index 88 netns one
ip link add vethdeadbeef index 77 type veth peer name near0 index 99 netns two
remove bridge one
is "$status$errors$(ip -n one -br link | grep -c eth0)$(ip -br link | grep -c vethdeadbeef)" 011 \
	"one whose other end is in another namespace stays, as does the host's interface with the index of that"
ip link del vethdeadbeef
ip -n one link del eth0
ip -n one link add eth0 type bridge
remove ptp one
is "$status$errors$(ip -n one -br link | grep -c eth0)" 01 'as does what is no veth'
ip -n one link del eth0
ifb=bwp$(hash 12 oldone)
ip link add "$ifb" type bridge
remove bandwidth one
is "$status$errors$(ip -br link | grep -c "$ifb")" 01 "and what is no ifb though it has an ifb's name"
ip link del "$ifb"

# --- a device of the host ---
chain=(host-device tuning)
ip link add device9 mtu 1500 type veth peer name far9
device_now() { ip -j link show dev device9 | jq -c '.[0] | [.address, .mtu, .txqlen, .flags]'; }
was=$(device_now)
attach one
like "$(ip -n one -j link show dev eth0 | jq -r '.[0] | [.address, .mtu, .flags[]] | join(" ")')" \
	'02:00:00:00:00:99 1400 .*PROMISC.*ALLMULTI|02:00:00:00:00:99 1400 .*ALLMULTI.*PROMISC' 'the reference tuning has changed a device'
detach one
is "$status$errors" 0 'DEL'
is "$(device_now)" "$was" 'brings it back as it was'
is "$(ls /run/cni/tuning)" '' 'and takes the note away'
detach one
is "$status$errors" 0 'and again'
ip -n one link add eth0 type bridge
remove host-device one
is "$status$errors$(ip -n one -br link | grep -c eth0)" 01 'an interface without an alias stays where it is'
while IFS='|' read -r content expected; do
	printf %s "$content" >/run/cni/tuning/one_eth0.json
	remove tuning one
	is "$status" 0 "a note of tuning: $content"
	like "$errors" "$expected" 'what cannot be done is a warning'
	is "$(ls /run/cni/tuning)" '' 'the note is gone'
done <<'END'
|stays as the reference tuning plugin has changed it: not a JSON object
{"mac": "02:00|stays as .*: not a JSON object
[1]|not a JSON object
{"mac": "zz"}|mac: invalid MAC address: zz
{"mtu": 4000000000}|stays as .*: change interface eth0 back
{"promisc": 1}|promisc
END
mkdir /run/cni/tuning/one_eth0.json
remove tuning one
is "$status" 0 'a directory in the place of a note'
like "$errors" '/run/cni/tuning/one_eth0.json stays' 'is left, with a warning'
rmdir /run/cni/tuning/one_eth0.json
remove_container one
echo '{"mtu": 1500}' >/run/cni/tuning/one_eth0.json
remove tuning one
is "$status$errors$(ls /run/cni/tuning)" 0 'the note goes, too, when the namespace is gone'

# where the configuration says that the notes are
mkdir -p "$scratch/bin" "$scratch/notes"
ln -s "$PLUGIN" "$scratch/bin/tuning"
make_container one
ip -n one link add eth0 mtu 1400 type bridge
echo '{"mtu": 1500}' >"$scratch/notes/one_eth0.json"
config=$(type=tuning network=old network_config "\"dataDir\": \"$scratch/notes\"")
PLUGIN=$scratch/bin/tuning cni DEL one
is "$status$output$errors $(ls "$scratch/notes") $(ip -n one -j link show eth0 | jq '.[0].mtu')" '0  1500' 'tuning: notes in the dataDir of the configuration are found'
config=$(type=tuning network=old network_config '"dataDir": 7')
PLUGIN=$scratch/bin/tuning cni DEL one
is "$status $(result .msg)" '1 dataDir: expected a string, got 7' 'a dataDir that is none'
remove_container one

# --- iptables-legacy: said, not done ---
make_container one
mkdir "$scratch/legacy"
for program in iptables ip6tables; do
	for suffix in '' -save -restore; do
		ln -s "/usr/sbin/$program-legacy$suffix" "$scratch/legacy/$program$suffix"
	done
done
reference_path=$scratch/legacy:$PATH
chain=(bridge portmap firewall)
legacy_rules() {
	{ iptables-legacy-save && ip6tables-legacy-save; } | sed '/^#/d; s/\[[0-9]*:[0-9]*\]//'
}
port=9080
attach two
legacy_rules >"$scratch/legacy.before"
port=8080
attach one
detach one
is "$status" 0 'rules of iptables-legacy fail no DEL'
explain "$errors"
for what in 'table nat of iptables-legacy still has chain CNI-DN-' 'table nat of ip6tables-legacy still has chain CNI-DN-' \
	"table nat of iptables-legacy still has chain CNI-$(hash 24 oldone)" 'table filter of iptables-legacy still has rules that accept 10\.88' \
	'table filter of ip6tables-legacy still has rules that accept fd00:88'; do
	like "$errors" "$what" "warned of: $what"
done
while IFS= read -r command; do
	bash -c "$command"
done < <(sed -n 's/.* still has [^:]*: \(.*\) takes it away$/\1/p; s/.*accept fd00[^ ]*: \(.*\) takes it away$/\1/p' <<<"$errors")
is "$(legacy_rules | diff "$scratch/legacy.before" -)" '' 'what the warning says takes them away, and nothing else'
detach one
is "$status$errors" 0 'then there is no warning'
done_testing
