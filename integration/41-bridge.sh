#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Containers on a bridge: who reaches whom, what the bridge is given, what it keeps, and that it goes with the last of them.
. "$(dirname "$0")/lib.sh"

dual='"ipam": {"ranges": [[{"subnet": "10.77.0.0/24"}], [{"subnet": "fd00:77::/64"}]]}'
single='"ipam": {"subnet": "10.77.0.0/24"}'
# bridge_config [MEMBERS] - of a network in bridge mode
bridge_config() {
	network_config "\"mode\": \"bridge\", ${1:-$single}"
}

# publishing - $config with host port 8080 for port 80
publishing() {
	jq -c '. + {runtimeConfig: {portMappings: [{hostPort: 8080, containerPort: 80, protocol: "tcp"}]}}' <<<"$config"
}

# port_state NAME OPTION - what the bridge says of a port: "on" or "off"
port_state() {
	ip -j -d link show "$1" | jq -r ".[0].linkinfo.info_slave_data.$2 | if . then \"on\" else \"off\" end"
}

# mac_of CONTAINER
mac_of() {
	place "$1" ip -j link show eth0 | jq -r '.[0].address'
}

make_container one two three

# --- what is made ---
config=$(bridge_config "$dual")
remember_world
cni DEL one
is "$status$output" 0 'DEL before any ADD'
world_is_unchanged 'makes nothing'
cni ADD one
is "$status$errors" 0 'ADD'
explain "$output"
is "$(result '[.interfaces[].name] | [.[0], .[2]] | join(" ")')" 'cb-net eth0' 'the result has bridge, host end and container'
is "$(result '[.interfaces[] | .sandbox // "-"] | join(" ")')" '- - /run/netns/one' 'with the sandbox of the last'
is "$(result '[.ips[] | (.interface | tostring) + " " + .address + " " + .gateway] | join(", ")')" \
	'2 10.77.0.2/24 10.77.0.1, 2 fd00:77::2/64 fd00:77::1' 'addresses carry the length of their subnet'
is "$(result '[.routes[] | .dst + " " + .gw] | join(", ")')" '0.0.0.0/0 10.77.0.1, ::/0 fd00:77::1' 'default routes over the bridge'
is "$(ip -j link show cb-net | jq -r '.[0] | .address + " " + (.mtu | tostring)')" "$(result '.interfaces[0] | .mac + " " + (.mtu | tostring)')" \
	'MAC and MTU of the bridge are those in the result'
host_end=$(result '.interfaces[1].name')
is "$(ip -j link show "$host_end" | jq -r '.[0].master')" cb-net 'the host end is a port'
is "$(port_state "$host_end" hairpin) $(port_state "$host_end" isolated)" 'off off' 'without hairpin mode and isolation'
is "$(place one ip -j addr show eth0 | jq -c '[.[0].addr_info[] | select(.scope == "global") | .local + "/" + (.prefixlen | tostring)]')" \
	'["10.77.0.2/24","fd00:77::2/64"]' 'the addresses in the container'
is "$(ip -j addr show cb-net | jq -c '[.[0].addr_info[] | select(.scope == "global") | .local + "/" + (.prefixlen | tostring)]')" \
	'["10.77.0.1/24","fd00:77::1/64"]' 'the gateways on the bridge'
is "$(cat /proc/sys/net/ipv6/conf/cb-net/accept_ra)" 0 'which believes no router advertisement'
bridge_mac=$(result '.interfaces[0].mac')
cni ADD two
is "$status" 0 'a second one'
is "$(result '.interfaces[0].mac')" "$bridge_mac" 'the MAC of the bridge stays'
second=$(address_of 4) second_ipv6=$(address_of 6)

# --- who reaches whom ---
while IFS='|' read -r name from to; do
	ok "$name" ping_from "$from" "$to"
done <<END
container to gateway|one|10.77.0.1
container to container|one|$second
container to container, IPv6, at once|one|$second_ipv6
container to gateway, IPv6|one|fd00:77::1
container to the host|one|192.0.2.1
outside, masqueraded|one|192.0.2.2
outside, IPv6, masqueraded|one|2001:db8:1::2
host to container|host|10.77.0.2
host to container, IPv6|host|fd00:77::2
END
is "$(ip neigh show nud failed dev cb-net)$(ip -6 neigh show nud failed dev cb-net)" '' 'and nobody was asked for in vain'
cni DEL two && cni DEL one
is "$status$output" 0 'DEL of both'
not_ok 'the bridge goes with the last one' ip link show cb-net
is "$(find "$store" -path '*/net/*/a/*' -o -path '*/use/*/*')" '' 'no record and no use is left'
is "$(nft -j list table inet cambric | jq -c '[.nftables[] | (.set // .map // empty) | select(.elem) | .name]')" '["before4","before6","within4","within6"]' 'no element is left but the guard'

# --- published ports, with and without br_netfilter ---
[ -e /proc/sys/net/bridge ] || modprobe br_netfilter
for netfilter in 0 1; do
	sysctl -q net.bridge.bridge-nf-call-iptables=$netfilter net.bridge.bridge-nf-call-ip6tables=$netfilter
	config=$(bridge_config "$dual, \"hairpinMode\": true") name="bridge-nf-call-iptables $netfilter"
	cni ADD two
	config=$(publishing)
	cni ADD one
	is "$status" 0 "$name: a published port"
	serve one tcp:80
	gateway_is=10.77.0.1
	is "$(ask outside tcp 192.0.2.1 8080)" 'one 192.0.2.2' "$name: from outside"
	is "$(ask outside tcp 2001:db8:1::1 8080)" 'one 2001:db8:1::2' "$name: from outside, IPv6"
	is "$(ask host tcp 192.0.2.1 8080)" 'one 192.0.2.1' "$name: from the host"
	is "$(ask host tcp 127.0.0.1 8080)" "one $gateway_is" "$name: from the host's loopback"
	is "$(ask two tcp 192.0.2.1 8080)" "one $gateway_is" "$name: from a neighbour on the bridge"
	is "$(ask two tcp 2001:db8:1::1 8080)" 'one fd00:77::1' "$name: from a neighbour, IPv6"
	is "$(ask two tcp 10.77.0.1 8080)" "one $gateway_is" "$name: by the gateway's address"
	is "$(ask one tcp 192.0.2.1 8080)" "one $gateway_is" "$name: from itself, in hairpin mode"
	is "$(ask one tcp 2001:db8:1::1 8080)" 'one fd00:77::1' "$name: from itself, IPv6"
	is "$(ask two tcp "$(place one ip -j -4 addr show eth0 | jq -r '.[0].addr_info[0].local')" 80)" \
		"one $(place two ip -j -4 addr show eth0 | jq -r '.[0].addr_info[0].local')" "$name: a neighbour who asks directly is seen as it is"
	stop_server "$server"
	cni DEL one
	not_ok "$name: closed again" ask outside tcp 192.0.2.1 8080
	cni DEL two
done

# With it, the kernel loses broadcasts of protocols that it cannot track
sysctl -q net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0

# --- isolation, hairpin mode, promiscuous mode, MTU ---
config=$(bridge_config "$single, \"portIsolation\": true, \"promiscMode\": true, \"mtu\": 1400")
cni ADD one && host_end=$(result '.interfaces[1].name') && first=$(address_of 4)
cni ADD two
is "$status $(port_state "$host_end" isolated)" '0 on' 'an isolated port'
not_ok 'does not reach another one' ping_from one "$(address_of 4)" -W 0.5
ok 'but the gateway' ping_from one 10.77.0.1
ok 'and the outside' ping_from one 192.0.2.2
config=$(bridge_config "$single")
cni ADD three
ok 'and a port that is not isolated' ping_from three "$first"
is "$(place three ip -j link show eth0 | jq '.[0].mtu')" 1400 'whose MTU follows the bridge'
is "$(ip -j link show cb-net | jq -c '.[0] | [.mtu, (.flags | index("PROMISC") != null)]')" '[1400,true]' 'MTU and promiscuous mode of the bridge'
for name in one two three; do
	cni DEL "$name"
done
config=$(bridge_config "$single, \"hairpinMode\": true")
cni ADD one
is "$(port_state "$(result '.interfaces[1].name')" hairpin)" on 'hairpin mode'
cni DEL one

# --- ingress "isolated": frames between two ports meet no rule of the host, so the ports are kept apart ---
config=$(bridge_config "$dual, \"firewall\": {\"ingress\": \"isolated\"}")
cni ADD two
second=$(address_of 4) second_ipv6=$(address_of 6)
config=$(publishing)
cni ADD one
is "$status$errors" 0 'ingress isolated: ADD'
first=$(address_of 4) first_ipv6=$(address_of 6) host_end=$(result '.interfaces[1].name')
serve one tcp:80
ip -n outside route add 10.77.0.0/24 via 192.0.2.1
while IFS='|' read -r verdict name from to; do
	"$verdict" "ingress isolated: $name" ping_from "$from" "$to" -W 0.5
done <<END
not_ok|a neighbour is shut out|two|$first
not_ok|and over IPv6|two|$first_ipv6
not_ok|in the other direction, too|one|$second
not_ok|and over IPv6 likewise|one|$second_ipv6
not_ok|the outside is shut out|outside|$first
ok|the host is not|host|$first
ok|the container reaches its gateway|one|10.77.0.1
ok|and the outside|one|192.0.2.2
ok|and the outside over IPv6|one|2001:db8:1::2
END
is "$(ask outside tcp 192.0.2.1 8080)" 'one 192.0.2.2' 'ingress isolated: a published port is open to the outside'
is "$(ask two tcp 192.0.2.1 8080)" 'one 10.77.0.1' 'and to a neighbour, by way of the host'
not_ok 'but not by its own number' ask two tcp "$first" 80
config=$(config_with_result)
cni CHECK one
is "$status$output" 0 'ingress isolated: CHECK'
bridge link set dev "$host_end" isolated off
ok 'without the isolation of the port the neighbour is in' ping_from two "$first"
cni CHECK one
like "$status $(result .msg)" "^1 isolation of bridge port $host_end is off" 'which CHECK notices'
stop_server "$server"
ip -n outside route del 10.77.0.0/24
config=$(bridge_config "$dual")
cni DEL one && cni DEL two
is "$status" 0 'ingress isolated: DEL'
config=$(bridge_config "$single, \"firewall\": {\"ingress\": \"published\"}")
cni ADD one
is "$(port_state "$(result '.interfaces[1].name')" isolated)" off 'ingress published lets the own network in'
cni DEL one

# --- a container that takes over an address ---
# announced FAMILY ADDRESS - assertions: three has talked to one; two gets the address and is reached at once
announced() {
	ok "$1: a neighbour knows the first holder" ping_from three "$2"
	entry=$(place three ip -j neigh show "$2" | jq -r '.[0].lladdr')
	is "$entry" "$(mac_of one)" "$1: by its MAC"
	place three ip neigh replace "$2" lladdr "$entry" nud reachable dev eth0
	cni DEL one
	config=$(jq -c --arg address "$2" '.args.cni.ips = [$address]' <<<"$plain")
	cni ADD two
	is "$status $(address_of "$1")" "0 $2" "$1: the next one gets the address"
	isnt "$(mac_of two)" "$entry" "$1: with another MAC"
	ok "$1: and is reached at once" ping_from three "$2" -W 0.2
	is "$(place three ip -j neigh show "$2" | jq -r '.[0].lladdr')" "$(mac_of two)" "$1: the neighbour was told"
	config=$plain
	cni DEL two
}
config=$(bridge_config "$dual")
plain=$config
cni ADD three && cni ADD one
announced 4 "$(address_of 4)"
cni ADD one
announced 6 "$(address_of 6)"
config=$plain
cni DEL three

# --- forged frames ---
# forge KIND MACS ADDRESS - token of the frame if it got to the others
forge() {
	local ready listener
	exec {ready}< <(exec nsenter --net=/run/netns/two /usr/bin/python3 -SE integration/frames.py listen eth0)
	listener=$!
	read -r -t $((patience * 5)) -u "$ready" _ || return 1
	place one /usr/bin/python3 -SE integration/frames.py send eth0 "$1" "$2" "$3" passed
	place three /usr/bin/python3 -SE integration/frames.py send eth0 ipv4 "$three_mac" "$three" end
	wait "$listener"
	cat <&"$ready"
	exec {ready}<&-
}
# judge NAME KIND MACS ADDRESS EXPECTED - assertion; $checked says whether anything is kept back at all
judge() {
	local expected=$5
	[ "$checked" = true ] || expected=passed
	is "$(forge "$2" "$3" "$4")" "$expected" "macspoofchk $checked: $1"
}
for checked in false true; do
	config=$(bridge_config "$dual, \"macspoofchk\": $checked")
	cni ADD one && address=$(address_of 4) address_ipv6=$(address_of 6) mac=$(result '.interfaces[2].mac')
	cni ADD two && other=$(address_of 4) other_ipv6=$(address_of 6)
	cni ADD three && three=$(address_of 4) three_mac=$(result '.interfaces[2].mac')
	foreign=02:00:00:00:00:66
	while IFS='|' read -r name kind macs given expected; do
		judge "$name" "$kind" "$macs" "$given" "$expected"
	done <<-END
		its own address|ipv4|$mac|$address|passed
		another MAC|ipv4|$foreign|$address|
		the address of a neighbour|ipv4|$mac|$other|
		an address of nobody|ipv4|$mac|203.0.113.9|
		DHCP|ipv4|$mac|0.0.0.0|passed
		ARP of its own|arp|$mac|$address|passed
		ARP for a neighbour|arp|$mac|$other|
		ARP with another MAC inside|arp|$mac/$foreign|$address|
		ARP with another MAC outside|arp|$foreign/$mac|$address|
		an ARP probe|arp|$mac|0.0.0.0|passed
		IPv6 of its own|ipv6|$mac|$address_ipv6|passed
		IPv6 of a neighbour|ipv6|$mac|$other_ipv6|
		IPv6 of nobody yet|ipv6|$mac|::|passed
		an advertisement of its own|advertisement|$mac|$address_ipv6|passed
		an advertisement for a neighbour|advertisement|$mac|$other_ipv6|
		another protocol|other|$mac|$address|
	END
	ok "macspoofchk $checked: honest traffic" ping_from one "$other"
	ok "macspoofchk $checked: honest traffic, IPv6" ping_from one "$other_ipv6"
	if [ "$checked" = false ]; then
		cni DEL one && cni DEL two && cni DEL three
		continue
	fi
	nft flush ruleset
	is "$(forge ipv4 "$mac" "$other")" passed 'a flushed ruleset checks nothing'
	config=$(bridge_config "$dual")
	cni DEL three && cni ADD three && three=$(address_of 4) three_mac=$(result '.interfaces[2].mac')
	is "$(forge ipv4 "$mac" "$other")" '' 'the next verb puts it back, also one that asks for no check'
	nft delete table bridge cambric
	config=$(bridge_config "$dual, \"macspoofchk\": true")
	cni DEL two && cni ADD two && other=$(address_of 4)
	is "$(forge ipv4 "$mac" "$other")" '' 'and so does one that finds the table of bridges gone'
	is "$("$PLUGIN" reload >/dev/null; echo $?)" 0 'reload'
	is "$(forge ipv4 "$mac" "$other")" '' 'keeps it, too'
	for name in one two; do
		cni DEL "$name"
	done
	not_ok 'with the last that is checked, the table goes' nft list table bridge cambric
	cni DEL three
done

# --- a bridge of somebody else ---
ip link add br0 type bridge && ip link set br0 up && ip addr add 198.51.100.1/24 dev br0
# A host that has not seen cambric: the guard will know br0 and the uplink
nft flush ruleset && rm -rf "$store"
sysctl -q net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
config=$(bridge_config "$dual, \"bridge\": \"br0\"")
cni ADD one
is "$status $(result '.interfaces[0].name')" '0 br0' 'a bridge that is there is used'
is "$(ip -j link show br0 | jq -r '.[0].group')" default 'and not marked'
like "$(nft list set inet cambric before4)" '"br0"' 'the forward guard knows it'
config=$(bridge_config "$dual, \"bridge\": \"br0\", \"mtu\": 1400")
cni ADD three
is "$status $(result '[.interfaces[].mtu] | join(" ")')" '0 1500 1400 1400' 'the result has its own MTU, not the one that is configured'
cni DEL three
config=$(bridge_config "$dual, \"bridge\": \"br0\"")
ok 'and lets its container reach the outside' ping_from one 192.0.2.2
ok 'over IPv6, too' ping_from one 2001:db8:1::2
place one ip addr add 198.51.100.7/24 dev eth0
not_ok 'but nobody else behind it' place one ping -n -q -c 1 -W 0.5 -I 198.51.100.7 192.0.2.2
place one ip addr del 198.51.100.7/24 dev eth0
cni ADD two
cni DEL one
ok 'the gateway stays for the second' ping_from two 10.77.0.1
cni DEL two
is "$(ip -j addr show br0 | jq -c '[.[0].addr_info[] | select(.scope == "global") | .local]')" '["198.51.100.1"]' 'what we put there goes, the rest stays'
ip addr add 10.77.0.1/24 dev br0
cni ADD one && cni DEL one
is "$(ip -j addr show br0 | jq -c '[.[0].addr_info[] | select(.scope == "global") | .local]')" '["198.51.100.1","10.77.0.1"]' 'a gateway that was there stays'
ip addr del 10.77.0.1/24 dev br0 && ip addr add 10.77.0.9/16 dev br0
cni ADD one
like "$status $(result '.code, .msg' | tr '\n' ' ')" '^1 7 "br0" already has an IP address different from 10.77.0.1/24' 'an address in the way is refused'
like "$(result .details)" '10.77.0.9/16' 'and named'
config=$(bridge_config "$dual, \"bridge\": \"br0\", \"forceAddress\": true")
cni ADD one
is "$status $(ip -j -4 addr show br0 | jq -c '[.[0].addr_info[].local]')" '0 ["198.51.100.1","10.77.0.1"]' 'or replaced, and only that one'
cni DEL one
ip link del br0
ip link add br0 type veth peer name br1
cni ADD one
like "$status $(result '.code, .msg' | tr '\n' ' ')" '^1 105 "br0" already exists but is not a bridge' 'what is no bridge is refused'
ip link del br0

# --- no addresses, no gateway ---
sysctl -q net.ipv4.ip_forward=0
config=$(bridge_config '"ipam": {}')
for name in one two; do
	cni ADD "$name"
	is "$status $(result '[(.interfaces | length), .ips, .routes] | tostring')" '0 [3,null,null]' "$name: pure layer 2"
	ip -n "$name" addr add "172.31.0.$([ $name = one ] && echo 1 || echo 2)/24" dev eth0
done
ok 'addresses of their own' ping_from one 172.31.0.2
is "$(cat /proc/sys/net/ipv6/conf/cb-net/disable_ipv6)$(ip -j -4 addr show cb-net | jq -c '[.[].addr_info // [] | .[]]')" '1[]' 'the host is not on their link'
is "$(sysctl -n net.ipv4.ip_forward)" 0 'and no router'
cni DEL one && cni DEL two
config=$(bridge_config '"disableContainerInterface": true')
config=$(jq -c 'del(.ipam)' <<<"$config")
cni ADD one
is "$status $(place one ip -j link show eth0 | jq -r '.[0].flags | index("UP") != null')" '0 false' "the container's end stays down if it is told to"
config=$(config_with_result)
cni CHECK one
is "$status" 0 'and CHECK agrees'
cni DEL one
config=$(bridge_config "$single, \"isGateway\": false")
cni_args='IP=10.77.0.200' cni ADD one
is "$status $(result '.routes')" '0 null' 'no gateway: no default route'
is "$(ip -j -4 addr show cb-net | jq -c '[.[].addr_info // [] | .[]]')" '[]' 'and no address on the bridge'

# --- two networks with one subnet ---
other_config=$(network=other bridge_config "$single, \"isGateway\": false")
plain=$config config=$other_config
cni_args='IP=10.77.0.200' cni ADD two
is "$status $(address_of 4)" '0 10.77.0.200' 'bridges that are no gateways may have the same addresses'
cni DEL two
config=$plain
cni DEL one
config=$(bridge_config)
cni_args='IP=10.77.0.200' cni ADD one
config=$(network=other bridge_config)
cni ADD two
like "$status $(result '.code, .msg' | tr '\n' ' ')" '^1 7 subnet 10.77.0.0/24 overlaps with 10.77.0.0/24 of network "net"' 'gateways may not'
config=$(network=other network_config "$single")
cni ADD two
like "$status $(result '.code, .msg' | tr '\n' ' ')" '^1 7 subnet .* of network "net"' 'nor may a routed network'
config=$(network=other bridge_config "$single, \"bridge\": \"cb-net\"")
cni_args='IP=10.77.0.200' cni ADD two
like "$status $(result .code)" '1 103' 'but on the same bridge it is one network'
cni ADD two
config=$(bridge_config)
cni DEL one
ok 'which lives as long as one of the two has containers' ping_from two 10.77.0.1
config=$(network=other bridge_config)
cni DEL two
not_ok 'and no longer' ip link show cb-net

# --- VLANs ---
config=$(bridge_config "$single, \"vlan\": 100")
if ip link add vlans type bridge vlan_filtering 1 2>/dev/null; then
	ip link del vlans
	explain 'this kernel knows VLANs: vm/10-vlan.sh is about them'
else
	remember_world
	cni ADD one
	like "$status $(result '.code, .msg' | tr '\n' ' ')" '^1 50 .*CONFIG_BRIDGE_VLAN_FILTERING' 'without VLANs in the kernel ADD names the option'
	world_is_unchanged 'and leaves nothing'
	cni STATUS
	like "$status $(result '.code, .msg' | tr '\n' ' ')" '^1 50 .*CONFIG_BRIDGE_VLAN_FILTERING' 'STATUS says so'
fi
config=$(bridge_config "$single, \"macspoofchk\": true")
cni STATUS
is "$status" 0 'STATUS of what the kernel can do'

# --- rules and marks of what a container sends bind it to its addresses ---
while IFS='|' read -r name members; do
	config=$(bridge_config "$single, $members")
	cni ADD one
	ip -n one addr add 10.77.0.99/24 dev eth0
	not_ok "$name: not by another address" ping_from one 192.0.2.2 -I 10.77.0.99 -W 0.5
	cni DEL one
done <<'END'
a rule that drops all|"firewall": {"rules": [{"direction": "out", "action": "drop"}]}
a mark|"mark": [{"ttl": 9}]
END
config=$(bridge_config "$single, \"mark\": [{\"direction\": \"in\", \"ttl\": 9}]")
cni ADD one
is "$status $(nft -j list ruleset | jq '[.nftables[] | (.set // .map // empty) | select(.family == "bridge" and .elem)] | length')" '0 0' 'a mark of what it is sent does not'
cni DEL one

# --- a host whose new interfaces do not forward ---
sysctl -q net.ipv4.conf.default.forwarding=0
config=$(bridge_config)
cni ADD one
is "$status $(sysctl -n net.ipv4.ip_forward net.ipv4.conf.default.forwarding | tr '\n' ' ')" '0 1 0 ' 'forwarding is on, but not for new interfaces'
ok 'a container reaches the outside' ping_from one 192.0.2.2
config=$(config_with_result)
sysctl -q net.ipv4.conf.cb-net.forwarding=0
cni CHECK one
like "$status $(result .msg)" '^1 .*forwarding is 0, expected 1' 'CHECK notices a bridge that does not forward'
cni DEL one
sysctl -q net.ipv4.conf.default.forwarding=1

# --- duplicate address detection ---
config=$(bridge_config "$dual, \"enabledad\": true")
cni ADD one
is "$status $(place one ip -j -6 addr show eth0 tentative | jq -c '[.[].addr_info // [] | .[]]')" '0 []' 'enabledad: ADD returns when the addresses are good'
place one ip -6 addr add fd00:77::7/64 dev eth0 nodad
cni_args='IP=fd00:77::7' cni ADD two
like "$status $(result '.code, .msg' | tr '\n' ' ')" '^1 103 somebody else on the link has address fd00:77::7' 'a duplicate is refused'
not_ok 'and nothing is left of it' place two ip link show eth0
cni DEL one
remember_world
cni DEL one
is "$status" 0 'DEL again'
world_is_unchanged 'changes nothing'
done_testing
