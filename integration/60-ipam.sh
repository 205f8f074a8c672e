#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Addresses: range sets, requests, edited ranges, shared subnets, routes of others, and stores that are damaged or elsewhere.
. "$(dirname "$0")/lib.sh"

# ipam MEMBERS [MORE] - a configuration with this "ipam" object
ipam() {
	network_config "\"ipam\": {$1}${2:+, $2}"
}

# attached NAME ADDRESS... - assertion: the last ADD succeeded with exactly these addresses
attached() {
	is "$status $(result '[.ips // [] | .[].address] | join(" ")')" "0 ${*:2}" "$1" || explain "$output" "$errors"
}

# refused NAME CODE PATTERN - assertion: the last call failed with this code and a message that matches
refused() {
	is "$status $(result .code)" "1 $2" "$1"
	like "$(result '.msg + " " + (.details // "")')" "$3" "$1: named"
}

detach() {
	local name
	for name; do
		cni DEL "$name" || verdict 1 "DEL $name" "$output"
	done
}

make_container one two three four

# --- range sets ---
config=$(ipam '"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "10.78.0.0/24"}], [{"subnet": "fd00:77::/64"}]]')
cni ADD one
attached 'two sets of IPv4 and one of IPv6: one address of each' 10.77.0.2/32 10.78.0.2/32 fd00:77::2/128
for address in 10.77.0.2 10.78.0.2 fd00:77::2; do
	ok "$address answers" ping_from host "$address"
done
ok 'both gateways answer' ping_from one 10.77.0.1
ok 'of both sets' ping_from one 10.78.0.1
cni ADD two
ok 'neighbours reach each other over the second set' ping_from one 10.78.0.3
config=$(config_with_result) cni CHECK two
is "$status" 0 'CHECK of three addresses'
detach one two
is "$(ip route show proto 200)$(ip -6 route show proto 200)" '' 'no route of any set is left'

# --- requested addresses ---
pool='"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]'
config=$(ipam "$pool")
cni_args='IP=10.77.1.1,fd00:77::1:1' cni ADD one
attached 'addresses of CNI_ARGS' 10.77.1.1/32 fd00:77::1:1/128
config=$(ipam "$pool" '"args": {"cni": {"ips": ["10.77.1.2"]}}')
cni ADD two
like "$status $(address_of 4)" '0 10.77.1.2' 'an address of args.cni.ips, the other family as usual'
config=$(ipam "$pool" '"capabilities": {"ips": true}, "runtimeConfig": {"ips": ["10.77.1.3/16", "fd00:77::1:3"]}')
cni ADD three
attached 'addresses of runtimeConfig.ips, with or without prefix length' 10.77.1.3/32 fd00:77::1:3/128
remember_world
cni ADD four
refused 'an address that is taken' 103 '10\.77\.1\.3 is not available'
world_is_unchanged 'leaves nothing'
for wrong in 10.77.0.1 10.77.0.0 10.77.255.255 10.79.0.5; do
	config=$(ipam "$pool" "\"runtimeConfig\": {\"ips\": [\"$wrong\"]}")
	cni ADD four
	refused "request of $wrong" 7 "${wrong//./\\.}"
done
world_is_unchanged 'requests that cannot be served leave nothing'
detach one two three
config=$(ipam '' '"capabilities": {"ipRanges": true}, "runtimeConfig": {"ipRanges": [[{"subnet": "10.90.0.0/24", "rangeStart": "10.90.0.20"}]]}')
cni ADD one
attached 'ranges of the runtime alone' 10.90.0.20/32
detach one

# --- static ---
config=$(ipam '"type": "static", "addresses": [{"address": "10.99.0.5/24", "gateway": "10.99.0.1"}, {"address": "fd00:99::5/64"}],
	"routes": [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}], "dns": {"nameservers": ["192.0.2.53"]}')
cni ADD one
attached 'static addresses' 10.99.0.5/32 fd00:99::5/128
is "$(result '.dns.nameservers[0]')" 192.0.2.53 'their dns'
ok 'reach the outside' ping_from one 192.0.2.2
ok 'reach the outside over IPv6' ping_from one 2001:db8:1::2
cni ADD two
refused 'the same static address twice' 103 '10\.99\.0\.5'
detach one

# --- what is never given out, and the order of the rest ---
config=$(ipam '"subnet": "10.79.0.0/29", "gateway": "10.79.0.3"')
given=
for name in one two three four; do
	cni ADD "$name" && given+=" $(address_of 4)"
done
is "$given" ' 10.79.0.1 10.79.0.2 10.79.0.4 10.79.0.5' 'not the network address, not the gateway'
detach one
cni ADD one
attached 'a freed address is not the next one' 10.79.0.6/32
detach two
cni ADD two
attached 'behind the last one comes the first again; the broadcast address is none' 10.79.0.1/32
detach one two three four
config=$(ipam '"ranges": [[{"subnet": "10.79.0.0/29", "rangeEnd": "10.79.0.3"}, {"subnet": "10.80.0.0/29", "rangeEnd": "10.80.0.2"}]]')
given=
for name in one two three; do
	cni ADD "$name" && given+=" $(address_of 4)"
done
is "$given" ' 10.79.0.2 10.79.0.3 10.80.0.2' 'two ranges of a set, one after the other, both gateways left out'
is "$(result '.ips[0].gateway')" 10.80.0.1 'an address has the gateway of its range'
ok 'containers of both ranges reach each other' ping_from one 10.80.0.2
detach one two three

# --- the range is edited under living containers ---
wide=$(ipam '"subnet": "10.77.0.0/16", "rangeStart": "10.77.5.10", "rangeEnd": "10.77.5.14"')
narrow=$(ipam '"subnet": "10.77.0.0/16", "rangeStart": "10.77.5.13", "rangeEnd": "10.77.5.13"')
config=$wide
cni ADD one
cni ADD two
cni ADD three
attached 'the third of a range' 10.77.5.12/32
config=$narrow
cni ADD four
attached 'shrunk: an address of the new range' 10.77.5.13/32
cni ADD one eth1
refused 'shrunk: no other' 102 '10\.77\.5\.13'
detach two
is "$status" 0 'shrunk: DEL of an address that is not in the range any more'
cni DEL four
cni ADD four
attached 'its only address comes again' 10.77.5.13/32
config=$wide
given=
for name in two one; do
	cni ADD "$name" eth1 && given+=" $(address_of 4)"
done
is "$given" ' 10.77.5.14 10.77.5.11' 'rolled back: what is held is left out, what was freed comes again'
config=$(ipam '"subnet": "10.77.0.0/16", "rangeStart": "10.77.5.11", "rangeEnd": "10.77.5.16"')
cni ADD two
attached 'grown and moved: the first that is free' 10.77.5.15/32
is "$(ip route show proto 200 | grep -c '^10.77.*dev veth')" "$(ip route show proto 200 | grep '^10.77.*dev veth' | sort -u | wc -l)" 'nobody has the address of another'
for name in one two three four; do
	ok "$name is reached" ping_from "$name" 10.77.0.1
done
detach one two three four
cni DEL one eth1
cni DEL two eth1
is "$(find "$store" -path '*/use/*/*')$(ip route show proto 200)" '' 'edited configurations leave nothing behind'

# --- networks on one subnet, and subnets that overlap ---
config=$(network=red ipam '"subnet": "10.77.0.0/24", "rangeStart": "10.77.0.10"')
cni ADD one
config=$(network=blue ipam '"subnet": "10.77.0.0/24", "rangeStart": "10.77.0.10"')
cni ADD two
red=10.77.0.10 blue=$(address_of 4)
is "$blue" 10.77.0.11 'a second network on the same subnet gets another address'
cni_args="IP=$red" cni ADD three
refused 'even on request' 103 "$red is not available"
ok 'and both reach each other' ping_from one "$blue"
is "$(ip -j addr show cambric0 | jq '[.[].addr_info[] | select(.local == "10.77.0.1")] | length')" 1 'they share the gateway'
config=$(network=red ipam '"subnet": "10.77.0.0/24", "rangeStart": "10.77.0.10"')
detach one
ok 'the last of one network leaves the gateway to the other' ping_from two 10.77.0.1
ok 'and the way out' ping_from two 192.0.2.2
like "$(ip route show proto 200 type unreachable)" '10\.77\.0\.0/24' 'and the unreachable route'
config=$(network=green ipam '"subnet": "10.77.0.0/16"')
remember_world
cni ADD three
refused 'a larger subnet around it' 7 '10\.77\.0\.0/16 overlaps with 10\.77\.0\.0/24 of .*blue'
config=$(network=green ipam '"subnet": "10.77.0.128/25"')
cni ADD three
refused 'a smaller subnet within it' 7 '10\.77\.0\.128/25 overlaps with 10\.77\.0\.0/24 of .*blue'
world_is_unchanged 'leave nothing'
config=$(network=green ipam '"subnet": "10.77.0.0/24", "gateway": "10.77.0.20", "rangeStart": "10.77.0.19", "rangeEnd": "10.77.0.22"')
cni ADD three
attached 'the same subnet with another gateway' 10.77.0.19/32
config=$(network=blue ipam '"subnet": "10.77.0.0/24", "rangeStart": "10.77.0.19"')
cni ADD four
attached "the other network's gateway is given to nobody" 10.77.0.21/32
cni_args='IP=10.77.0.20' cni ADD four eth1
refused "the other network's gateway on request" 103 '10\.77\.0\.20 is the gateway of another network'
detach two four
ok 'the network that stays keeps its own gateway' ping_from three 10.77.0.20
is "$(ip -j addr show cambric0 | jq -c '[.[].addr_info[] | select(.local | startswith("10.")).local]')" '["10.77.0.20"]' "and not the other's"
config=$(network=green ipam '"subnet": "10.77.0.0/24"')
detach three

# --- addresses that the host routes to somebody else ---
ip route add 10.77.0.2/32 dev uplink
ip route add 10.77.0.3/32 dev uplink
ip -6 route add fd00:77::4/128 dev uplink
config=$(ipam '"ranges": [[{"subnet": "10.77.0.0/24"}], [{"subnet": "fd00:77::/120"}]]')
cni ADD one
attached 'addresses with a route of somebody else are passed over, in both families at once' 10.77.0.5/32 fd00:77::5/128
is "$(ip route show 10.77.0.2 | cut -d' ' -f3)" uplink 'whose route stays'
detach one
is "$(ip route show 10.77.0.3 | cut -d' ' -f3)" uplink 'after DEL, too'
ip addr add 10.77.0.6/32 dev uplink
ip addr add fd00:77::7/128 dev uplink nodad
cni ADD one
attached 'addresses of the host itself, too' 10.77.0.8/32 fd00:77::8/128
detach one
cni_args='IP=10.77.0.6' cni ADD one
refused 'an address of the host on request' 103 '10\.77\.0\.6'
remember_world
cni_args='IP=10.77.0.3' cni ADD one
refused 'such an address on request' 103 '10\.77\.0\.3 is routed to somebody else.*the route is unicast, made by boot'
world_is_unchanged 'leaves nothing'
ip addr del 10.77.0.6/32 dev uplink && ip addr del fd00:77::7/128 dev uplink
ip route del 10.77.0.2 && ip route del 10.77.0.3 && ip -6 route del fd00:77::4

# --- resolvConf, routes, MTU ---
printf 'domain example.org\nnameserver 192.0.2.53\nnameserver 2001:db8::53 # comment\nsearch a.example b.example\noptions ndots:2\n' >"$scratch/resolv.conf"
config=$(ipam "\"subnet\": \"10.77.0.0/16\", \"resolvConf\": \"$scratch/resolv.conf\",
	\"routes\": [{\"dst\": \"192.0.2.0/24\"}, {\"dst\": \"198.51.100.0/24\", \"gw\": \"10.77.0.1\", \"mtu\": 1400, \"priority\": 7}]" '"mtu": 1420')
cni ADD one
is "$(result '.dns | [.domain, (.nameservers | join(",")), (.search | join(",")), (.options | join(","))] | join(" ")')" \
	'example.org 192.0.2.53,2001:db8::53 a.example,b.example ndots:2' 'resolvConf becomes dns'
is "$(place one ip route show default)" '' 'configured routes take the place of the default route'
like "$(place one ip route show 192.0.2.0/24)" 'via 10\.77\.0\.1 dev eth0' 'a route without gateway goes through the next hop'
like "$(place one ip route show 198.51.100.0/24)" 'via 10\.77\.0\.1.*metric 7.*mtu 1400' 'a route with all its attributes'
ok 'which is a way' ping_from one 192.0.2.2
is "$(place one ip -j link show eth0 | jq '.[0].mtu')" 1420 'MTU inside'
is "$(ip -j link show "$(result '.interfaces[0].name')" | jq '.[0].mtu')" 1420 'and outside'
config=$(config_with_result) cni CHECK one
is "$status" 0 'CHECK'
detach one
config=$(ipam '"subnet": "10.77.0.0/16", "routes": []')
cni ADD one
is "$(place one ip -j route show | jq -c '[.[].dst]')" '["10.77.0.1"]' 'an empty list of routes: only the gateway'
detach one
config=$(ipam '"subnet": "10.77.0.0/16", "resolvConf": "/run/scratch/absent"')
cni ADD one
refused 'resolvConf that is not there' 5 '/run/scratch/absent'

# --- the store elsewhere ---
elsewhere=/run/elsewhere/deep
config=$(ipam "\"subnet\": \"10.77.0.0/16\", \"dataDir\": \"$elsewhere\"")
mkdir -p "$elsewhere"/0123456789abcdef-1/net/net/a "$elsewhere"/mine
echo '{}' >"$elsewhere/0123456789abcdef-1/net/net/a/one@eth0@cambric"
cni ADD one
is "$status" 0 'a store in another dataDir'
is "$(stat -c %a "$elsewhere"/*-*)" 700 'is closed to others'
not_ok 'a store of another boot is removed' test -e "$elsewhere/0123456789abcdef-1"
ok 'what is no store stays' test -d "$elsewhere/mine"
is "$(find "$elsewhere" -path '*/net/*/a/*' | wc -l)" 1 'its record is there'
detach one
is "$(find "$elsewhere" -path '*/net/*/a/*' | wc -l)" 0 'and goes'

# unusable NAME DIRECTORY - every verb that needs a store names dataDir
unusable() {
	config=$(ipam "\"subnet\": \"10.77.0.0/16\", \"dataDir\": \"$2\"")
	cni ADD one
	refused "dataDir $1: ADD" 101 "dataDir.*$2"
	cni STATUS
	refused "dataDir $1: STATUS" 50 "dataDir.*$2"
}
remember_world
mkdir /run/sealed && mount -t tmpfs -o ro tmpfs /run/sealed
unusable 'on a read-only filesystem' /run/sealed/store
echo text >/run/file
unusable 'below a file' /run/file/store
unusable 'that is a file' /run/file
mkdir /run/foreign && chown 65534:65534 /run/foreign
unusable 'of another user' /run/foreign
mkdir -m 777 /run/open
unusable 'that everybody may write to' /run/open
mkdir /run/full && mount -t tmpfs -o size=4k,mode=755 tmpfs /run/full && head -c 4096 /dev/zero >/run/full/zero
unusable 'on a full filesystem' /run/full/store
config=$(ipam '"subnet": "10.77.0.0/16", "dataDir": "run/store"')
cni ADD one
refused 'dataDir that is no absolute path' 7 'dataDir.*run/store'
world_is_unchanged 'stores that cannot be used: nothing is left'

# --- a damaged store ---
config=$(ipam "$pool")
cni ADD one
cni ADD two
taken="$(ip route show proto 200 | grep -o '^10\.77[^ ]*') $(ip -6 route show proto 200 | grep -o '^fd00:77::[^ /]*')"
rm -rf "$store"/*/bits
cni ADD three
is "$status" 0 'ADD after the caches were deleted'
for address in $(result '.ips[].address'); do
	unlike " $(tr '\n' ' ' <<<"$taken") " " ${address%/*} " "${address%/*} is nobody else's"
done
rm -rf "$store"/*/bits
detach three
is "$status" 0 'DEL after the caches were deleted'
cni ADD three
cni_args='IP=10.77.0.2' cni ADD four
refused 'what is held is known again' 103 '10\.77\.0\.2'
for damage in '' '{' '{"version": 1}' '[]' 'null'; do
	host_end=$(jq -r .hostInterface "$store"/*/net/net/a/two@*)
	printf '%s' "$damage" >"$(echo "$store"/*/net/net/a/two@*)"
	cni DEL two
	is "$status$output" 0 "DEL with the record \"$damage\" succeeds"
	like "$errors" 'corrupt' 'and warns'
	not_ok 'the interface is gone' place two ip link show eth0
	unlike "$(nft list set inet cambric owner4)" "$host_end" 'and what it had in the ruleset'
	not_ok 'the record is moved aside' test -e "$(echo "$store"/*/net/net/a/two@*)"
	cni ADD two
	is "$status" 0 'the next ADD succeeds'
done
is "$(find "$store" -path '*/corrupt/*' | wc -l)" 1 'the last one is kept for a look'
detach one two three
is "$(find "$store" -path '*/net/*/a/*')$(ip route show proto 200)$(ip -6 route show proto 200)" '' 'nothing is left'
done_testing
