#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The protocol as a runtime sees it: every verb, every version with its shape of a result, and DEL whatever there is.
. "$(dirname "$0")/lib.sh"

dual='"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}'
make_container one two
config=$(network_config "$dual")
cni ADD one && cni DEL one
remember_world

# Without a verb, and VERSION
run_plugin PATH=/bin
is "$status/$output" 0/ 'without CNI_COMMAND it says what it is, successfully, and nothing on stdout'
like "$errors" '0\.1\.0, 0\.2\.0, 0\.3\.0, 0\.3\.1, 0\.4\.0, 1\.0\.0, 1\.1\.0' 'on stderr, with the versions it speaks'
run_plugin CNI_COMMAND=VERSION
is "$status $(result '.cniVersion + " " + (.supportedVersions | join(" "))')" \
	'0 1.1.0 0.1.0 0.2.0 0.3.0 0.3.1 0.4.0 1.0.0 1.1.0' 'VERSION lists all seven'

# Each version of the specification
for version in 0.1.0 0.2.0 0.3.0 0.3.1 0.4.0 1.0.0 1.1.0; do
	config=$(network_config "$dual")
	cni ADD one
	is "$status" 0 "$version: ADD" || explain "$output"
	is "$(result .cniVersion)" "$version" "$version: the result has the version of the configuration"
	case $version in
	0.[12].0)
		like "$(result '.ip4.ip + " " + .ip4.gateway + " " + .ip6.ip')" '^10\.77\.[0-9.]+/32 10\.77\.0\.1 fd00:77::[0-9a-f:]+/128$' \
			"$version: the result has ip4 and ip6"
		is "$(result '.ip4.routes[0].dst + " " + .ip6.routes[0].dst')" '0.0.0.0/0 ::/0' "$version: and their routes"
		is "$(result '[.interfaces, .ips, .routes] | map(select(. != null)) | length')" 0 "$version: and nothing newer"
		;;
	*)
		is "$(result '[.ips[] | .version // "none"] | join(" ")')" "$([[ $version == 0.* ]] && echo 4 6 || echo none none)" \
			"$version: addresses tell their family, up to 0.4.0"
		is "$(result '[.ips[].interface] | unique | length')" 1 \
			"$version: both addresses are on one interface"
		is "$(result '.interfaces[.ips[0].interface] | .name + " " + .sandbox')" 'eth0 /run/netns/one' \
			"$version: which is that of the container"
		is "$(result '.interfaces[.ips[0].interface].mac')" "$(ip -n one -j link show eth0 | jq -r '.[0].address')" "$version: and has the MAC that is reported"
		is "$(result '[.routes[].dst] | sort | join(" ")')" '0.0.0.0/0 ::/0' "$version: a default route per family"
		;;
	esac
	is "$(ip -n one -j addr show dev eth0 scope global | jq -r '[.[0].addr_info[] | .local // empty] | join(" ")')" \
		"$(result '[.ips[]?.address, .ip4.ip, .ip6.ip] | map(select(. != null) | split("/")[0]) | join(" ")')" \
		"$version: the container has the addresses that are reported"
	ok "$version: the host reaches the container" ping_from host "$(ip -n one -j -4 addr show dev eth0 | jq -r '.[0].addr_info[0].local')"
	if [[ $version > 0.3.9 ]]; then
		config=$(config_with_result)
		cni CHECK one
		is "$status/$output" 0/ "$version: CHECK finds nothing and says nothing"
	else
		cni CHECK one
		is "$(result .code)" 1 "$version: CHECK is refused, the version does not know it"
	fi
	cni DEL one
	is "$status/$output" 0/ "$version: DEL"
	world_is_unchanged "$version: nothing is left"
done

# DEL whatever there is
version=1.1.0
config=$(network_config "$dual")
cni DEL two
is "$status/$output" 0/ 'DEL of what was never added'
cni ADD one
cni DEL one && cni DEL one
is "$status" 0 'DEL twice'
make_container three
cni ADD three
remove_container three
cni DEL three
is "$status" 0 'DEL after the namespace is gone'
world_is_unchanged 'nothing is left of it'
make_container three
cni ADD three
netns='' cni DEL three
is "$status" 0 'DEL with an empty CNI_NETNS'
remove_container three
world_is_unchanged 'nothing is left of it'
cni ADD one
nft flush ruleset
cni DEL one
is "$status" 0 'DEL after the ruleset was flushed'
cni ADD one && cni DEL one
world_is_unchanged 'the ruleset is whole again, and nothing is left in it'

# ADD twice
cni ADD one
cni ADD one
is "$(result .code)" 108 'ADD of what is attached is refused'
ok 'and does it no harm' ping_from one 192.0.2.2
cni DEL one
world_is_unchanged 'nothing is left of it'

# CNI_ARGS
cni_args='IgnoreUnknown=1;K8S_POD_NAME=pod;K8S_POD_NAMESPACE=default;IP=10.77.3.4;MAC=02:00:00:00:03:04' cni ADD one
is "$(address_of 4)" 10.77.3.4 'CNI_ARGS asks for an address'
is "$(result '.interfaces[.ips[0].interface].mac')" 02:00:00:00:03:04 'and for a MAC'
cni_args='IP=10.77.3.4' cni ADD two
is "$(result .code)" 103 'an address that is taken is refused'
cni DEL one
cni DEL two
world_is_unchanged 'nothing is left of both'

# GC and STATUS
cni ADD one && cni ADD two
config=$(network_config "$dual, \"cni.dev/valid-attachments\": [{\"containerID\": \"two\", \"ifname\": \"eth0\"}]")
cni GC
is "$status/$output" 0/ 'GC'
not_ok 'collects what nobody claims' ip -n one link show eth0
ok 'and leaves what is claimed' ping_from two 192.0.2.2
config=$(network_config "$dual")
cni GC
ok 'GC without a list leaves what is alive' ping_from two 192.0.2.2
config=$(network_config "$dual, \"cni.dev/valid-attachments\": null")
cni GC
not_ok 'GC with null as its list collects all' ip -n two link show eth0
world_is_unchanged 'nothing is left of both'
config=$(network_config "$dual")
cni STATUS
is "$status/$output" 0/ 'STATUS'
world_is_unchanged 'STATUS changes nothing'

# The other kind
ln -s "$PLUGIN" "$scratch/loopback"
make_container four
ip -n four link set lo down
while IFS='|' read -r version before expected; do
	config=$(type=loopback network_config '"x": 1')
	[ -z "$before" ] || config=$(jq -c --argjson result "$before" '. + {prevResult: $result}' <<<"$config")
	PLUGIN=$scratch/loopback cni ADD four lo
	is "$status $(jq -cS . <<<"$output")" "0 $expected" "loopback: ADD of version $version${before:+ behind another plugin}"
	like "$(ip -n four link show lo)" 'UP' 'loopback: lo is up'
	if [[ ! $version =~ ^0.[23] ]]; then
		config=$(config_with_result)
		PLUGIN=$scratch/loopback cni CHECK four lo
		is "$status/$output" 0/ 'loopback: CHECK'
	fi
	PLUGIN=$scratch/loopback cni DEL four lo
	is "$status/$output $(ip -n four -br link show lo | awk '{ print $2 }')" '0/ DOWN' 'loopback: DEL'
done <<'END'
0.2.0||{"cniVersion":"0.2.0","dns":{},"ip4":{"ip":"127.0.0.1/8"},"ip6":{"ip":"::1/128"}}
0.3.1||{"cniVersion":"0.3.1","dns":{},"interfaces":[{"mac":"00:00:00:00:00:00","name":"lo","sandbox":"/run/netns/four"}],"ips":[{"address":"127.0.0.1/8","interface":0,"version":"4"},{"address":"::1/128","interface":0,"version":"6"}]}
1.1.0||{"cniVersion":"1.1.0","interfaces":[{"mac":"00:00:00:00:00:00","name":"lo","sandbox":"/run/netns/four"}],"ips":[{"address":"127.0.0.1/8","interface":0},{"address":"::1/128","interface":0}]}
1.1.0|{"cniVersion":"1.1.0","x":1}|{"cniVersion":"1.1.0","x":1}
END
version=1.1.0
config=$(type=loopback network_config '"x": 1')
PLUGIN=$scratch/loopback cni ADD four lo
ip -n four link set lo down
PLUGIN=$scratch/loopback cni CHECK four lo
is "$status $(result .msg)" '1 interface lo is down in the container' 'loopback: CHECK of one that is down'
place four sysctl -q net.ipv6.conf.lo.disable_ipv6=1
PLUGIN=$scratch/loopback cni ADD four lo
is "$status $(result '[.ips[].address] | join(" ")')" '0 127.0.0.1/8' 'loopback: without IPv6'
PLUGIN=$scratch/loopback cni DEL four lo
ip -n four addr add 10.77.0.9/32 dev lo
PLUGIN=$scratch/loopback cni ADD four lo
is "$status $(result .msg) $(ip -n four -br link show lo | awk '{ print $2 }')" '1 loopback interface found with non-loopback address "10.77.0.9" DOWN' \
	'loopback: an address that is none'
unset version
remove_container four
PLUGIN=$scratch/loopback cni DEL four lo
is "$status/$output" 0/ 'loopback: DEL after the namespace'
world_is_unchanged 'loopback: nothing is left'
done_testing
