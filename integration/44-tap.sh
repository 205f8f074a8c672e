#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A tap for a virtual machine: what is made and said of it, who may open it, and that a guest behind it is reached and
# bound as any container is. The guest is a namespace here; 46-tap-guest.sh has a real one.
. "$(dirname "$0")/lib.sh"
. integration/machines.sh

dual='"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}'
# tap_config [MEMBERS] - of a network in tap mode
tap_config() {
	network=machines network_config "\"mode\": \"tap\", $dual${1:+, $1}"
}

# publishing - $config with host port 8080 for port 80
publishing() {
	jq -c '. + {runtimeConfig: {portMappings: [{hostPort: 8080, containerPort: 80, protocol: "tcp"}, {hostPort: 8080, containerPort: 80, protocol: "udp"}]}}' <<<"$config"
}

# tun_of CONTAINER [FILTER] - what the kernel says of the tap
tun_of() {
	place "$1" ip -d -j link show eth0 | jq -c ".[0] | ${2:-.linkinfo.info_data | [.type, .persist, .multi_queue, .user, .group]}"
}

make_container one two three
config=$(network_config "$dual")
cni ADD three
explain "$errors"
container=$(address_of 4) container_ipv6=$(address_of 6)

# --- what is made ---
config=$(tap_config)
remember_world
cni DEL one
is "$status$output" 0 'DEL before any ADD'
world_is_unchanged 'makes nothing'
cni ADD one
is "$status$errors" 0 'ADD'
explain "$output"
is "$(result '[.interfaces[1:][] | .name + " " + .sandbox + " " + (.mtu | tostring)] | join(", ")')" 'eth0 /run/netns/one 1500, eth0 one 1500' \
	'the result has the tap, and the interface that the guest will have'
mac=$(result '.interfaces[2].mac')
is "$(result '[.ips[] | (.interface | tostring) + " " + .address + " " + .gateway] | join(", ")')" \
	'2 10.77.0.3/16 10.77.0.1, 2 fd00:77::3/128 fe80::1' 'the addresses are of the latter'
is "$(result '[.routes[] | .dst + " " + .gw] | join(", ")')" '0.0.0.0/0 10.77.0.1, ::/0 fe80::1' 'as are the routes'
is "$(tun_of one)" '["tap",true,false,"root",null]' 'a persistent tap of one queue, for root alone'
is "$(tun_of one '[.address, .mtu, .group, .flags[-1]] | join(" ")')" "\"$mac 1500 51771 UP\"" 'up, with MAC and MTU of the guest'
is "$(place one ip -j addr | jq -c '[.[] | select(.ifname != "lo") | .addr_info[]]')" '[]' 'nothing in the namespace has an address'
is "$(place one ip -s -j link | jq '[.[] | select(.ifname != "lo") | .stats64.tx.packets + .stats64.tx.dropped] | add')" 0 'or sends anything'

# --- who may open it ---
is "$(vmm one 1 0)" opened 'root opens it'
is "$(vmm one 1 0)" opened 'again: it is persistent'
is "$(vmm one 2 0)" EINVAL 'not with several queues'
is "$(vmm one 1 61000)" EPERM 'and nobody else'
cni DEL one
is "$status$output" 0 'DEL'
is "$(place one ip -j link | jq -c '[.[].ifname]')" '["lo"]' 'takes the tap along'
world_is_unchanged 'and leaves nothing'
while IFS='|' read -r name members arguments expected tries; do
	config=$(tap_config "$members") cni_args=$arguments
	cni ADD one
	is "$(tun_of one)" "$expected" "$name"
	for try in $tries; do
		IFS=, read -r queues user answer <<<"$try"
		is "$(vmm one "$queues" "$user")" "$answer" "$name: queues $queues, user $user"
	done
	cni_args=''
	cni DEL one
done <<'END'
a user's|"owner": 61000||["tap",true,false,61000,null]|1,61000,opened 1,61001,EPERM 1,0,opened
a group's|"group": 62000||["tap",true,false,null,62000]|1,61000:62000,opened 1,61000,EPERM
of both|"owner": 61000, "group": 62000||["tap",true,false,61000,62000]|1,61000:62000,opened 1,61000,EPERM 1,61001:62000,EPERM
several queues|"owner": 61000, "multiQueue": true||["tap",true,true,61000,null]|4,61000,opened 1,61000,EINVAL 2,61001,EPERM
of the attachment's own user|"owner": 61000, "args": {"cni": {"owner": 61002, "group": 62002}}||["tap",true,false,61002,62002]|1,61002:62002,opened
of a user in CNI_ARGS|"owner": 61000|TC_REDIRECT_TAP_UID=61003;TC_REDIRECT_TAP_GID=62003|["tap",true,false,61003,62003]|
END
config=$(tap_config)
ip -n one link add eth0 type bridge
cni ADD one
is "$status $(result .msg)" '1 interface eth0 is already in the container: File exists' 'a name that is taken'
ip -n one link del eth0
ip -n one tuntap add eth0 mode tap
cni ADD one
is "$status $(result .msg)" '1 interface eth0 is already in the container: File exists' 'also by another tap'
ok 'which stays' place one ip link show eth0
ip -n one link del eth0
world_is_unchanged 'and nothing is left of all that'

# --- what is another attachment's, with the same MAC too; and what is its own, without a record ---
config=$(tap_config '"mac": "02:00:00:00:00:77"')
cni ADD one
alias=$(tun_of one .ifalias)
while read -r name other; do
	config=$(tap_config '"mac": "02:00:00:00:00:77"' | jq -c --arg name "$name" '.name = $name')
	netns=/run/netns/one cni ADD "$other"
	like "$status $(result .msg)" '1 interface eth0 is already in the container' "the name is taken for container $other in network $name"
	is "$(tun_of one .ifalias)" "$alias" 'and the failed ADD leaves the tap'
	netns=/run/netns/one cni DEL "$other"
	is "$status $(tun_of one .ifalias)" "0 $alias" 'as does its DEL'
done <<'END'
others one
machines two
END
config=$(tap_config)
rm "$(find "$store" -path '*/net/machines/a/one@*')"
cni DEL one
is "$status$output$(ip -n one -o link show group 51771)" 0 'DEL without a record takes the tap away'
cni ADD one
rm "$(find "$store" -path '*/net/machines/a/one@*')"
cni ADD one
is "$status$errors" 0 'ADD without a record takes the place of what is left'
cni DEL one
"$PLUGIN" reload
is "$(place one ip -j link | jq -c '[.[].ifname]')" '["lo"]' 'and is taken away with it'

# --- who reaches whom; a user's machine with four queues ---
config=$(tap_config '"multiQueue": true, "owner": 61000, "mac": "02:00:00:00:00:77"')
config=$(publishing)
cni ADD one
is "$status$errors" 0 'a machine with published ports'
guest=$(address_of 4) guest_ipv6=$(address_of 6)
boot one guest 4 61000
is $? 0 'starts' && first=$machine
like "$(ip -n guest link show eth0)" '02:00:00:00:00:77' 'with the MAC of the configuration'
is "$(ip -n guest -6 addr show dadfailed)" '' 'nobody else on its link has its addresses'
config=$(tap_config)
cni ADD two
boot two guest2
is $? 0 'another machine starts'
neighbour=$(address_of 4) neighbour_ipv6=$(address_of 6)
while IFS='|' read -r name from to; do
	ok "$name" ping_from "$from" "$to"
	ok "$name, IPv6" ping_from "$from" "$(case $to in 10.77.0.1) echo fd00:77::1 ;; "$guest") echo "$guest_ipv6" ;;
		"$neighbour") echo "$neighbour_ipv6" ;; "$container") echo "$container_ipv6" ;; 192.0.2.1) echo 2001:db8:1::1 ;; *) echo 2001:db8:1::2 ;; esac)"
done <<END
guest to gateway|guest|10.77.0.1
guest to a container of another network, same subnet|guest|$container
guest to guest|guest|$neighbour
guest to the host|guest|192.0.2.1
guest to outside, masqueraded|guest|192.0.2.2
container to guest|three|$guest
host to guest|host|$guest
END
[ "$(ping_from guest "$container" -c 20 -i 0.002 | sed -n 's/.* \([0-9]*\) received.*/\1/p')" = 20 ]
verdict $? 'over all queues'
serve guest tcp:80 udp:80
for protocol in tcp udp; do
	is "$(ask outside $protocol 192.0.2.1 8080)" 'guest 192.0.2.2' "published, $protocol: from outside"
	is "$(ask outside $protocol 2001:db8:1::1 8080)" 'guest 2001:db8:1::2' "published, $protocol: from outside, IPv6"
	is "$(ask host $protocol 127.0.0.1 8080)" 'guest 192.0.2.1' "published, $protocol: from the host's loopback"
	is "$(ask three $protocol 192.0.2.1 8080)" "guest $container" "published, $protocol: from a container"
	is "$(ask guest2 $protocol 192.0.2.1 8080)" "guest $neighbour" "published, $protocol: from another guest"
	is "$(ask guest $protocol 192.0.2.1 8080)" 'guest 192.0.2.1' "published, $protocol: from itself"
done
stop_server "$server"

# --- what the host answers for, and what not ---
not_ok 'an address that nobody has' ping_from guest 10.77.0.200 -W 1
unlike "$(ip -n guest neigh show 10.77.0.200)" lladdr 'has no MAC'
host_mac=$(ip -j link show "$(ip -j route get "$guest" | jq -r '.[0].dev')" | jq -r '.[0].address')
is "$(ip -n guest -j neigh show dev eth0 | jq -r --arg gone 10.77.0.200 '[.[] | select(.dst != $gone) | .lladdr] | unique | join(" ")')" "$host_mac" \
	'all others have that of the host end'
# The kernel would wait some time within 0.8 s before each answer
start=${EPOCHREALTIME/./}
for _ in 1 2 3 4 5 6; do
	ip -n guest neigh flush dev eth0
	ping_from guest "$container" >/dev/null || start=0
done
[ $((${EPOCHREALTIME/./} - start)) -lt 1000000 ]
verdict $? 'and are answered at once' "six times in $(((${EPOCHREALTIME/./} - start) / 1000)) ms"

# --- a guest that pretends ---
ip -n guest addr add 10.77.0.99/32 dev eth0
ip -n guest addr add "$container/32" dev eth0
not_ok 'an address that nobody gave it' ping_from guest 192.0.2.2 -I 10.77.0.99 -W 0.5
not_ok 'the address of a container' ping_from guest 192.0.2.2 -I "$container" -W 0.5
ip -n guest addr del 10.77.0.99/32 dev eth0
ip -n guest addr del "$container/32" dev eth0
before=$(ip neigh; ip -n three neigh)
for address in "$container" "$neighbour" 10.77.0.1 "$guest"; do
	place guest /usr/bin/python3 -SEB integration/frames.py send eth0 arp 02:00:00:00:00:66 "$address" claim
done
place guest /usr/bin/python3 -SEB integration/frames.py send eth0 advertisement 02:00:00:00:00:66 "$container_ipv6" claim
is "$(ip neigh; ip -n three neigh)" "$before" 'claims to be somebody else are believed by nobody'
ok 'the container is still reached' ping_from host "$container"
ip -n guest link set eth0 address 02:00:00:00:00:66
not_ok 'with another MAC than was given it, it hears nothing' ping_from guest 10.77.0.1 -W 0.5
ip -n guest link set eth0 address 02:00:00:00:00:77
ok 'with the right one it does' ping_from guest 10.77.0.1

# --- machines come and go ---
machine=$first halt guest
not_ok 'a machine that is off' ping_from host "$guest" -W 0.5
config=$(tap_config '"multiQueue": true, "owner": 61000, "mac": "02:00:00:00:00:77"')
output=$(jq -n --argjson ips "[{\"interface\": 0, \"address\": \"$guest/16\"}]" '{interfaces: [{name: "eth0", sandbox: "one", mac: "02:00:00:00:00:77", mtu: 1500}],
	ips: $ips, routes: [{dst: "0.0.0.0/0", gw: "10.77.0.1"}]}')
boot one guest 2 61000
is $? 0 'is started again'
ok 'and reached again' ping_from outside 192.0.2.1
ok 'and reaches others' ping_from guest "$container"
cni DEL one
is "$status$output" 0 'DEL while the machine runs'
is "$(place one ip -j link | jq -c '[.[].ifname]')" '["lo"]' 'takes its tap away'
remove_container guest
wait "$machine" 2>/dev/null
cni DEL two
remove_container guest2

# --- MTU ---
config=$(tap_config '"mtu": 1400')
cni ADD one
is "$(result '[.interfaces[].mtu] | unique | join(" ")') $(tun_of one .mtu)" '1400 1400' 'MTU of result and tap'
boot one guest
ok 'whole frames' ping_from guest 10.77.0.1 -M "do" -s 1372
ok 'both ways' ping_from host "$(address_of 4)" -M "do" -s 1372
ip -n guest link set eth0 mtu 1500
not_ok 'larger ones are not taken' ping_from guest 10.77.0.1 -M "do" -s 1472 -W 0.5
halt guest
cni DEL one

# --- a host that answers only for addresses of the interface that was asked ---
config=$(tap_config)
cni ADD one
host_end=$(result '.interfaces[0].name')
boot one guest
sysctl -q net.ipv4.conf.all.arp_ignore=1
ip -n guest neigh flush dev eth0
not_ok 'strict ARP, later: the gateway does not answer' ping_from guest 10.77.0.1 -W 0.5
config=$(config_with_result)
cni CHECK one
is "$status $(result .msg)" "1 gateway address 10.77.0.1/32 is missing on $host_end: with net.ipv4.conf.all.arp_ignore no guest hears of it otherwise" \
	'CHECK says why'
halt guest
config=$(tap_config)
cni DEL one && cni ADD one
boot one guest
ok 'strict ARP: a guest reaches its gateway' ping_from guest 10.77.0.1
ok 'and others through it' ping_from guest "$container"
ip -n guest addr add 10.77.0.99/32 dev eth0
sysctl -q net.ipv4.conf.all.rp_filter=2
not_ok 'but not as somebody else' ping_from guest 192.0.2.2 -I 10.77.0.99 -W 0.5
sysctl -q net.ipv4.conf.all.rp_filter=0
config=$(config_with_result)
cni CHECK one
is "$status$output" 0 'CHECK'
halt guest
cni DEL one
sysctl -q net.ipv4.conf.all.arp_ignore=0
ok 'the gateway is still where it was' ping_from three 10.77.0.1

# --- several on one namespace, versions ---
config=$(tap_config)
cni ADD one eth0 && cni ADD one eth1
is "$status $(place one ip -j link | jq -c '[.[] | select(.ifname | startswith("eth")) | .ifname]')" '0 ["eth0","eth1"]' 'two taps in one namespace'
boot one guest 1 0
ok 'each has a way of its own' ping_from guest "$container"
cni DEL one eth0
is "$(place one ip -j link | jq -c '[.[] | select(.ifname | startswith("eth")) | .ifname]')" '["eth1"]' 'one goes'
cni DEL one eth1
for version in 0.2.0 0.4.0 1.0.0; do
	config=$(tap_config)
	cni ADD one
	is "$status$errors" 0 "version $version: ADD"
	config=$(config_with_result)
	[ $version = 0.2.0 ] || cni CHECK one
	is "$status" 0 "version $version: CHECK"
	cni DEL one
done
done_testing
