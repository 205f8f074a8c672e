#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The ways of a packet to and from a container behind a routed veth: in through PREROUTING, from the host through OUTPUT,
# out through POSTROUTING, and past translation altogether; as the examples of the main job have it, in both families.
. "$(dirname "$0")/lib.sh"

make_container one two
serve one tcp:80 udp:53
serve outside tcp:80
ip -n outside route add 10.77.0.0/16 via 192.0.2.1 # so that only a filter or a translation keeps them apart

# --- conf/examples/dual-stack.conflist: no ports, addresses of private ranges ---
config=$(example_config dual-stack)
cni ADD one
is "$status" 0 'ADD of an example' || explain "$output"
plain=$output
address=$(address_of 4) address6=$(address_of 6)
is "$(ask one tcp 192.0.2.2 80)" 'outside 192.0.2.1' 'POSTROUTING: what leaves has the host'"'"'s address'
is "$(ask one tcp 2001:db8:1::2 80)" 'outside 2001:db8:1::1' 'over IPv6, too'
is "$(ask host tcp "$address" 80)" 'one 10.77.0.1' 'the host reaches the container as the gateway, untranslated'
is "$(ask outside tcp "$address" 80)" 'one 192.0.2.2' 'whoever has a route reaches it as himself'
not_ok 'nothing is published' ask outside tcp 192.0.2.1 80
cni ADD two
is "$status" 0 'a neighbour' || explain "$output"
is "$(ask two tcp "$address" 80)" "one $(address_of 4)" 'between containers nothing is translated'
is "$(ask two tcp "$address6" 80)" "one $(address_of 6)" 'over IPv6, too'
cni DEL two
output=$plain
cni DEL one

# --- conf/examples/port-mappings.conflist, as a runtime fills it in ---
config=$(example_config port-mappings | jq -c '. + {runtimeConfig: {portMappings: [
	{hostPort: 8080, containerPort: 80, protocol: "tcp"}, {hostPort: 5353, containerPort: 53, protocol: "udp"}]}}')
cni ADD one
is "$status" 0 'ADD with published ports' || explain "$output"
is "$(ask outside tcp 192.0.2.1 8080)" 'one 192.0.2.2' 'PREROUTING: from outside, and the container sees who it is'
is "$(ask outside tcp 2001:db8:1::1 8080)" 'one 2001:db8:1::2' 'over IPv6, too'
is "$(ask outside udp 192.0.2.1 5353)" 'one 192.0.2.2' 'and UDP'
like "$(ask host tcp 192.0.2.1 8080)" '^one ' 'OUTPUT: the host at its own address'
like "$(ask host tcp 127.0.0.1 8080)" '^one ' 'and at its loopback address'
like "$(ask host udp 127.0.0.1 5353)" '^one ' 'over UDP, too'
like "$(ask host tcp 2001:db8:1::1 8080)" '^one ' 'and over IPv6'
is "$(ask one tcp 192.0.2.1 8080)" 'one 192.0.2.1' 'POSTROUTING: the container itself, which sees the host'
not_ok 'the container'"'"'s own port is not one of the host' ask outside tcp 192.0.2.1 80
cni DEL one
not_ok 'after DEL nobody answers' ask outside tcp 192.0.2.1 8080
done_testing
