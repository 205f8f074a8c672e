#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# conf/examples/router.conflist: the host as the router between two networks, by ip_forward and static routes.
. "$(dirname "$0")/lib.sh"

make_container left right
serve left tcp:80 udp:53
serve right tcp:80
left=$(example_config router)
right=$(sed 's/77\.1\./77.x./; s/77\.2\./77.1./; s/77\.x\./77.2./; s/77:1:/77:x:/; s/77:2:/77:1:/; s/77:x:/77:2:/; s/"router"/"router-right"/' <<<"$left")
is "$(sysctl -n net.ipv4.ip_forward) $(sysctl -n net.ipv6.conf.all.forwarding)" '0 0' 'the host forwards nothing at first'
config=$left
cni ADD left
is "$status$errors" 0 'ADD in one network' || explain "$output"
left_ipv4=$(address_of 4) left_ipv6=$(address_of 6)
config=$right
cni ADD right
is "$status$errors" 0 'ADD in the other' || explain "$output"
right_ipv4=$(address_of 4) right_ipv6=$(address_of 6)
is "$(sysctl -n net.ipv4.ip_forward) $(sysctl -n net.ipv6.conf.all.forwarding)" '1 1' 'now it does'
is "$(ip -n left -j route show 10.77.2.0/24 | jq -r '.[].gateway')" 10.77.1.1 'a container routes to the other network by the gateway of its own'
is "$(place left ip -j route show default)$(place left ip -6 -j route show default)" '[][]' 'and has no other way out'
is "$(ask left tcp "$right_ipv4" 80)" "right $left_ipv4" 'left reaches right, which sees its true address'
is "$(ask right tcp "$left_ipv4" 80)" "left $right_ipv4" 'and the other way round'
is "$(ask right udp "$left_ipv4" 53)" "left $right_ipv4" 'over UDP'
is "$(ask left tcp "$right_ipv6" 80)" "right $left_ipv6" 'over IPv6'
is "$(ask right tcp "$left_ipv6" 80)" "left $right_ipv6" 'and back'
is "$(place left ping -n -c 1 -W 2 -t 1 "$right_ipv4" | grep -c 'From 10.77.1.1 .*Time to live exceeded')" 1 'the host is one hop on the way'
not_ok 'the rest of the world is not reached' ping_from left 192.0.2.2 -W 1
sysctl -q net.ipv4.ip_forward=0
not_ok 'without ip_forward nothing is' ping_from left "$right_ipv4" -W 1
sysctl -q net.ipv4.ip_forward=1
ok 'with it they meet again' ping_from left "$right_ipv4"
cni DEL right
config=$left
not_ok 'who was detached is not reached' ping_from left "$right_ipv4" -W 1
cni DEL left
is "$status" 0 'DEL'
done_testing
