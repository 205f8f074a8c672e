#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One attachment and two: what is made, who reaches whom, and that nothing is left.
. "$(dirname "$0")/lib.sh"

make_container one two
config=$(network_config)
remember_world
cni DEL one
is "$status$output" 0 'DEL before any ADD succeeds and says nothing'
world_is_unchanged 'and makes nothing, not even a store'

cni ADD one
is "$status" 0 'ADD'
explain "$output" "$errors"
is "$(result .cniVersion)" 1.1.0 'the result has the version of the configuration'
first=$(address_of 4)
is "$first" 10.77.0.2 'the first address of the range'
is "$(result '.ips[0].gateway')" 10.77.0.1 'the gateway'
is "$(result '.interfaces[1].sandbox')" /run/netns/one 'the sandbox'
is "$(result '.interfaces[1].mtu')" 1500 'the MTU of the uplink'
is "$(result '.routes[0] | .dst + " " + .gw')" '0.0.0.0/0 10.77.0.1' 'the default route'
is "$(place one ip -j addr show eth0 | jq -r '.[0].address')" "$(result '.interfaces[1].mac')" 'the MAC is the one in the result'
is "$(place one ip -j addr show eth0 | jq -c '[.[0].addr_info[] | .local + "/" + (.prefixlen | tostring)]')" '["10.77.0.2/32"]' 'one address, no IPv6 on an IPv4-only network'
is "$(place one cat /proc/sys/net/ipv6/conf/eth0/disable_ipv6)" 1 'IPv6 is off in the container'
host_end=$(result '.interfaces[0].name')
like "$host_end" '^veth[a-z0-9]{11}$' 'name of the host end'
is "$(cat "/proc/sys/net/ipv6/conf/$host_end/disable_ipv6")" 1 'IPv6 is off on the host end'
is "$(ip -j -4 addr show "$host_end" | jq -c '[.[].addr_info // [] | .[]]')" '[]' 'the host end carries no IPv4 address'
is "$(cat /proc/sys/net/ipv4/ip_forward)" 1 'forwarding is on'

cni ADD two
second=$(address_of 4)
is "$second" 10.77.0.3 'the next container gets the next address'
ok 'container to gateway' ping_from one 10.77.0.1
ok 'container to container' ping_from one "$second"
ok 'host to container' ping_from host "$first"
ok 'container to the host' ping_from one 192.0.2.1
ok 'container to the outside, masqueraded' ping_from one 192.0.2.2
not_ok 'an address that nobody holds is unreachable' ping_from one 10.77.9.9 -W 1
like "$(place one ping -n -c 1 -W 1 10.77.9.9)" 'Unreachable' 'and that is said at once'

cni ADD one
is "$status" 1 'ADD of what is attached fails'
is "$(result .code)" 108 'with its own code'
cni ADD one eth1
is "$status" 0 'a second interface of the same container'
ok 'which answers too' ping_from host "$(address_of 4)"
cni DEL one eth1
is "$status" 0 'is detached alone'
ok 'and the first is still there' ping_from host "$first"

cni DEL one
is "$status$output" 0 'DEL'
not_ok 'the interface is gone' place one ip link show eth0
not_ok 'the host end is gone' ip link show "$host_end"
ok 'the other container stays' ping_from host "$second"
cni ADD one
isnt "$(address_of 4)" "$first" 'a freed address is not the next to be given out'
cni DEL one

# A namespace that is gone
remove_container two
cni DEL two
is "$status$output" 0 'DEL after the namespace'
is "$(ip route show proto 200)" '' 'no route is left'
is "$(ip -j addr show cambric0 | jq -c '[.[].addr_info[] | select(.scope == "global").local]')" '[]' 'no gateway is left'
is "$(find "$store" -path '*/net/*/a/*' -o -path '*/use/*/*')" '' 'no record is left'
is "$(nft -j list table inet cambric | jq -c '[.nftables[] | (.set // .map // empty) | select(.elem) | .name]')" '["before4","within4"]' 'no element is left but the guard'
make_container two
cni ADD two
is "$status" 0 'the next one comes'
ok 'and is reached' ping_from host "$(address_of 4)"
netns='' cni DEL two
is "$status" 0 'DEL with an empty CNI_NETNS'

# Both families
config=$(network_config '"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}')
cni ADD one
is "$status" 0 'dual stack'
first=$(address_of 4) first_ipv6=$(address_of 6)
cni ADD two
second_ipv6=$(address_of 6)
is "$(result '[.ips[].gateway] | join(" ")')" '10.77.0.1 fe80::1' 'next hops'
ok 'container to container over IPv6, at once' ping_from one "$second_ipv6"
ok 'host to container over IPv6' ping_from host "$first_ipv6"
ok 'container to its gateway over IPv6' ping_from one fd00:77::1
ok 'container to the outside over IPv6, masqueraded' ping_from one 2001:db8:1::2
ok 'and over IPv4' ping_from one 192.0.2.2
is "$(place one cat /proc/sys/net/ipv6/conf/eth0/accept_ra)$(place one cat /proc/sys/net/ipv6/conf/eth0/autoconf)" 00 'router advertisements are ignored'
cni DEL one
cni DEL two
is "$(ip -6 route show proto 200)$(ip route show proto 200)" '' 'no route of either family is left'

# The host's own namespace, when the runtime insists (without, it is refused: attacks/50)
config=$(network_config)
run_plugin CNI_COMMAND=ADD CNI_PATH=/x CNI_CONTAINERID=own CNI_NETNS=/proc/self/ns/net CNI_IFNAME=own0 CNI_NETNS_OVERRIDE=1
is "$status $(ip -j addr show own0 | jq -r '.[0].addr_info[0].local')" "0 $(address_of 4)" 'CNI_NETNS_OVERRIDE=1 permits it'
run_plugin CNI_COMMAND=DEL CNI_PATH=/x CNI_CONTAINERID=own CNI_NETNS=/proc/self/ns/net CNI_IFNAME=own0 CNI_NETNS_OVERRIDE=1
is "$status" 0 'DEL, too'
not_ok 'own0 is gone' ip link show own0

# Two networks in one container: the first one goes on answering
first_network=$(network=first network_config '"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}')
second_network=$(network=second network_config '"ipam": {"ranges": [[{"subnet": "10.78.0.0/16"}], [{"subnet": "fd00:78::/64"}]]}')
config=$first_network
cni ADD one
first=$(address_of 4) first_ipv6=$(address_of 6)
checked=$(config_with_result)
config=$second_network
rules=$(place one ip rule; place one ip -6 rule)
cni ADD one eth1
is "$status" 0 'a second network'
second=$(address_of 4) second_ipv6=$(address_of 6)
ip -n outside route add 10.77.0.0/16 via 192.0.2.1
ip -n outside route add fd00:77::/64 via 2001:db8:1::1
ok 'the first address is reached from outside' ping_from outside "$first" -c 5 -i 0.2
is "$(place outside ping -n -c 8 -i 0.2 -W 1 "$first_ipv6" | grep -c 'bytes from')" 8 'the first IPv6 address is reached every time'
ok 'the host reaches the second address' ping_from host "$second"
ok 'and over IPv6' ping_from host "$second_ipv6"
config=$checked
cni CHECK one
is "$status" 0 'CHECK of the first is not alarmed by the second'
explain "$output"
config=$second_network
cni DEL one eth1
is "$(place one ip rule; place one ip -6 rule)" "$rules" 'DEL of the second takes its rules out of the container'
config=$first_network
cni DEL one
ip -n outside route del 10.77.0.0/16
ip -n outside route del fd00:77::/64

# Only IPv6
config=$(network_config '"ipam": {"subnet": "fd00:78::/64"}')
cni ADD one
is "$status" 0 'IPv6 only'
ok 'host to container' ping_from host "$(address_of 6)"
cni DEL one

# MAC, MTU, requested address
config=$(network_config '"ipam": {"subnet": "10.77.0.0/16"}, "mtu": 1400')
cni_args='IP=10.77.3.4;MAC=02:11:22:33:44:55;K8S_POD_NAME=x'
cni ADD one
is "$(address_of 4) $(result '.interfaces[1] | .mac + " " + (.mtu | tostring)')" '10.77.3.4 02:11:22:33:44:55 1400' 'address, MAC and MTU as asked'
ok 'which work' ping_from host 10.77.3.4
cni ADD two
is "$status $(result .code)" '1 103' 'the same address again is refused'
cni DEL one
cni_args=
ip link set uplink mtu 1300
config=$(network_config)
cni ADD one
is "$(result '.interfaces[1].mtu')" 1300 'a narrow uplink is honoured'
cni DEL one
ip link set uplink mtu 1500

cni ADD one
remove_container one
ok 'the kernel removes the host end with the namespace' wait_for bash -c '! ip -o link show group 51771 | grep -q veth'
make_container one
cni ADD one
is "$status" 0 'ADD after the namespace of an attachment was replaced'

# While the kernel takes a namespace apart, whatever needs its lock on all interfaces waits some 20 ms: DEL needs it for the last attachment alone
cni ADD two
remove_container one
wait_for bash -c '[ "$(ip -o link show group 51771 | grep -c veth)" = 1 ]'
# A sanitizer that looks for leaks cannot be traced
ASAN_OPTIONS=detect_leaks=0 CNI_COMMAND=DEL CNI_PATH=/x CNI_CONTAINERID=one CNI_NETNS='' CNI_IFNAME=eth0 \
	strace -f -qq -e trace=sendmsg -o "$scratch/requests" "$PLUGIN" <<<"$config"
is "$? $(grep -c sendmsg "$scratch/requests")" '0 0' 'DEL of what the kernel has removed asks nothing that has to wait for it'
cni DEL two
make_container one
done_testing
