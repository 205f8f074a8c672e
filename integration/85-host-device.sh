#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Interfaces that the host lends: taken and given back, whatever happens in between. The end of a veth is one here; hardware,
# which the kernel itself gives back, is in vm/30-devices.sh.
. "$(dirname "$0")/lib.sh"
. integration/devices.sh

# What comes back has IPv6 as it is by default, so that is how it is before
sysctl -q net.ipv6.conf.default.addr_gen_mode=1
make_container one two
ip link add lent type veth peer name lan netns outside
ip link set lent address 02:00:00:00:00:11 up
ip -n outside addr add 198.51.100.2/24 dev lan
ip -n outside addr add 2001:db8:7::2/64 dev lan nodad
ip -n outside link set lan addrgenmode none up
be host-device
lan='"ipam": {"type": "host-local", "ranges": [[{"subnet": "198.51.100.0/24", "rangeStart": "198.51.100.10"}],
	[{"subnet": "2001:db8:7::/64", "rangeStart": "2001:db8:7::10"}]], "routes": [{"dst": "203.0.113.0/24", "gw": "198.51.100.2"}]}'
by_name=$(network=lan network_config "\"device\": \"lent\", $lan")

# lent_is_home [NAME] - the interface is on the host: its name, MAC, state and alias
lent_is_home() {
	ip -j link show dev "${1:-lent}" 2>/dev/null | jq -r '.[0] | [.ifname, .address, (.flags | contains(["UP"])), .ifalias // "-"] | join(" ")'
}
at_home='lent 02:00:00:00:00:11 true -'

bring_up() {
	ip link set lent up
}

# carriers - the kernel takes a moment to say that both ends of a link are up
carriers() {
	wait_for link_is_ready lent && wait_for place outside bash -c 'ip -br link show lan | grep -q " UP "'
}
settle=carriers

config=$by_name
after_unrecorded=bring_up lives_and_dies
is "$(lent_is_home)" "$at_home" 'it is back on the host'

# --- who reaches whom ---
cni ADD one
is "$(inside one '[.address, .ifalias, .flags[-1]] | join(" ")')" '"02:00:00:00:00:11 lent LOWER_UP"' 'it has its MAC, its old name as alias, and is up'
is "$(ip link show lent 2>&1)" 'Device "lent" does not exist.' 'it is not on the host any more'
ok 'a neighbour on its link is reached' ping_from one 198.51.100.2
ok 'over IPv6' ping_from one 2001:db8:7::2
ok 'and reaches the container' ping_from outside "$(address_of 4)"
is "$(ip -n one route show 203.0.113.0/24)" '203.0.113.0/24 via 198.51.100.2 dev eth0 ' 'configured routes are there'
cni ADD two
is "$status $(result '[.code, .msg] | join(" ")')" '1 7 failed to find host device: no interface "lent"' 'nobody else gets it'
cni DEL one
cni ADD one
config=$(config_with_result) address=$(address_of 4)
tampered <<END
gone|interface eth0 is missing in the container|ip -n one link set eth0 down; ip -n one link set eth0 name other|ip -n one link set other name eth0; ip -n one link set eth0 up; ip -n one route add 203.0.113.0/24 via 198.51.100.2
without its alias|interface eth0 has another alias than we gave it|ip -n one link set eth0 alias other|ip -n one link set eth0 alias lent
with another MAC|interface eth0 has another MAC than prevResult says|ip -n one link set eth0 address 02:00:00:00:00:98|ip -n one link set eth0 address 02:00:00:00:00:11
without an address|address $address/24 is missing|ip -n one addr del $address/24 dev eth0|ip -n one addr add $address/24 dev eth0; ip -n one route add 203.0.113.0/24 via 198.51.100.2
END
config=$by_name
cni DEL one
is "$(lent_is_home)" "$at_home" 'and after all that it is back'

# --- what was done to it in between ---
while IFS='|' read -r name command; do
	cni ADD one
	bash -c "$command"
	cni DEL one
	is "$status$errors $(lent_is_home)" "0 $at_home" "$name: it comes back as it was"
done <<'END'
another MAC|ip -n one link set eth0 address 02:00:00:00:00:98
down|ip -n one link set eth0 down
another name|ip -n one link set eth0 down; ip -n one link set eth0 name other
another alias|ip -n one link set eth0 alias other
its alias at another interface|ip -n one link set eth0 alias other; ip -n one link add decoy type veth peer name decoy-peer; ip -n one link set decoy alias lent
END
is "$(inside one .ifname 2>&1; ip -n one -j link show decoy | jq -r '.[0].ifname')" decoy 'the other one stays where it is'
ip -n one link del decoy
ip link set lent down
cni ADD one
cni DEL one
is "$status $(lent_is_home)" '0 lent 02:00:00:00:00:11 false -' 'one that was down stays down'
bring_up

# --- names that are in the way ---
ip -n one link add lent type veth peer name lent-peer
cni ADD one
is "$status $(inside one .ifalias)" '0 "lent"' 'the container has an interface of its old name'
cni DEL one
is "$status $(lent_is_home)" "0 $at_home" 'and it comes back all the same'
ip -n one link del lent
cni ADD one
ip link add lent type bridge
cni DEL one
like "$status $errors" '^0 interface lent came back as .*: another one has its name' 'the host has one of its name now'
moved=$(ip -j link | jq -r '.[] | select(.address == "02:00:00:00:00:11") | .ifname')
is "$(lent_is_home "$moved")" "$moved 02:00:00:00:00:11 true -" 'it comes back under another'
ip link del lent
ip link set "$moved" down && ip link set "$moved" name lent && bring_up
cni ADD one
ip link add lent type bridge
ip link add eth0 type bridge
ip -n one link add lent type bridge
cni DEL one
like "$status $errors" '^0 interface lent came back as dev[0-9]+' 'as it does when both names are taken'
ip link del lent && ip link del eth0 && ip -n one link del lent
moved=$(ip -j link | jq -r '.[] | select(.address == "02:00:00:00:00:11") | .ifname')
ip link set "$moved" down && ip link set "$moved" name lent && bring_up

# --- how it is asked for ---
while IFS='|' read -r name members expected; do
	config=$(network=lan network_config "$members, $lan")
	cni ADD one
	is "$status $(inside one .ifalias)" "0 \"$expected\"" "asked for $name"
	cni DEL one
done <<'END'
by its MAC|"hwaddr": "02:00:00:00:00:11"|lent
END
while IFS='|' read -r name members code msg; do
	config=$(network=lan network_config "$members")
	cni ADD one
	is "$status $(result '[.code, .msg] | join(" ")')" "1 $code $msg" "refused: $name"
done <<'END'
nothing|"mtu": 0|7|specify either "device", "hwaddr", "kernelpath" or "pciBusID"
no such interface|"device": "nobody"|7|failed to find host device: no interface "nobody"
no such MAC|"hwaddr": "02:00:00:00:00:99"|7|failed to find host device: no interface "02:00:00:00:00:99"
no MAC|"hwaddr": "nonsense"|7|failed to parse MAC address "nonsense"
a path elsewhere|"kernelpath": "/sys/class/net/lent"|7|kernel device path "/sys/class/net/lent" must be absolute and begin with /sys/devices/
a path that goes elsewhere|"kernelpath": "/sys/devices/../class"|7|kernel device path "/sys/devices/../class" must be absolute and begin with /sys/devices/
no such path|"kernelpath": "/sys/devices/nowhere"|7|failed to find host device: no interface "/sys/devices/nowhere"
no such place on the bus|"pciBusID": "0000:ff:1f.7"|7|failed to find host device: no interface "0000:ff:1f.7"
a path in place of it|"pciBusID": "../x"|7|pciBusID: "../x" is no address of a device
END

# --- STATUS ---
while IFS='|' read -r name members expected; do
	config=$(network=lan network_config "$members")
	cni STATUS
	like "$status $errors$(result '"\(.code) \(.msg)"')" "^$expected" "STATUS of $name"
done <<'END'
one that is there|"device": "lent"|0 $
one that is not|"device": "nobody"|1 50 failed to find host device: no interface "nobody"
one that the runtime is going to choose|"capabilities": {"deviceID": true}|0 $
none at all|"capabilities": {"deviceID": false}|1 7 specify either "device"
END
config=$by_name
cni ADD one
cni STATUS
like "$status$output $errors" '^0 .*no interface "lent": a container of this network has borrowed it' 'STATUS of one that is lent'
config=$(jq -c '.name = "others"' <<<"$by_name")
cni STATUS
is "$status $(result .code)" '1 50' 'STATUS of one that another network has'
config=$by_name
cni DEL one

# --- what the host misses, and what it does not give away ---
ip link add br0 type bridge && ip link set lent master br0
config=$by_name
cni ADD one
like "$status $errors" '^0 interface lent was part of another one, and will not be' 'the port of a bridge: a warning'
cni DEL one
ip link del br0
ip route replace default dev lent
cni ADD one
like "$status $errors" '^0 interface lent had the default route of this host' 'the default route: a warning'
cni DEL one
ip route add default via 192.0.2.2
be bridge
config=$(network=bridged network_config '"bridge": "br1", "ipam": {"type": "host-local", "subnet": "10.77.0.0/16"}')
cni ADD two
port=$(result '.interfaces[1].name')
be host-device
for name in "$port" br1; do
	config=$(network=lan network_config "\"device\": \"$name\"")
	cni ADD one
	is "$status $(result .msg)" "1 interface $name belongs to an attachment" "what is ours stays where it is: ${name%%[0-9]*}"
done
config=$(network=lan network_config '"device": "lo"')
cni ADD one
is "$status $(result .msg)" '1 failed to move link lo: it belongs to its namespace' 'nor does lo go'
is "$(interfaces_in one)" '' 'and nothing is in the container'
be bridge
config=$(network=bridged network_config '"bridge": "br1", "ipam": {"type": "host-local", "subnet": "10.77.0.0/16"}')
cni DEL two

# --- what the reference plugin has taken ---
be host-device
config=$by_name
ip link set lent netns one name eth0 alias lent up
cni DEL one
is "$status$output $(lent_is_home)" '0 lent 02:00:00:00:00:11 false -' 'it is given back, as the reference would'
bring_up
ip -n one link add eth0 type bridge
ip -n one link set eth0 alias 'of somebody else'
cni DEL one
is "$status$output$(interfaces_in one)" 0eth0 'not what has any other alias'
ip -n one link del eth0

ip link set lent netns one name eth0 alias lent up
ip link add lent type bridge
ip link set lent alias lan
cni DEL one
moved=$(ip -j link | jq -r '.[] | select(.address == "02:00:00:00:00:11") | .ifname')
like "$status $errors" "^0 interface lent came back as $moved: another one has its name" 'nor what has its name on the host'
is "$(lent_is_home "$moved") $(ip -j link show lent | jq -r '.[0].ifalias')" "$moved 02:00:00:00:00:11 false - lan" 'which is left as it is'
ip link del lent
ip link set "$moved" name lent && bring_up

# --- namespaces that are gone ---
cni ADD one
remove_container one
cni DEL one
is "$status$output$(find "$store" -path '*/net/*/a/*')" 0 'DEL after the namespace frees the address'
ip link add chance type bridge && ip link set chance up alias lent
ip link add lent type veth peer name lan netns outside 2>/dev/null || { ip -n outside link del lan 2>/dev/null; ip link add lent type veth peer name lan netns outside; }
ip link set lent address 02:00:00:00:00:11 up && ip -n outside link set lan addrgenmode none up
make_container one
# As the kernel leaves hardware: on the host, down, under the name it had in the container, with its alias
cni ADD one
ip -n one link set eth0 down
ip -n one link set eth0 netns 1
ip link set eth0 alias lent
cni DEL one
is "$status$output $(lent_is_home)" "0 $at_home" 'what is on the host under another name gets its own back'
# With another MAC than it had; what only has that alias by chance is up, and comes first in a list
cni ADD one
ip -n one link set eth0 address 02:00:00:00:00:98
ip -n one link set eth0 down netns 1 alias lent
cni DEL one
is "$status$output $(lent_is_home) $(lent_is_home chance | cut -d' ' -f4)" "0 $at_home lent" 'as it does when it has another MAC by now'
ip link del chance
cni ADD one
ip -n one link set eth0 netns 1 alias lent
remove_container one
config=$(jq -c '. + {"cni.dev/valid-attachments": null}' <<<"$by_name")
cni GC
is "$status$output $(lent_is_home)" "0 $at_home" 'as it does by GC'
make_container one
config=$by_name
leaks_nothing 200
done_testing
