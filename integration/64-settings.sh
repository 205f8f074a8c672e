#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the configuration sets in the container: sysctls, flags and queue of its interface, a routing table for each interface.
. "$(dirname "$0")/lib.sh"

make_container one two
config=$(network_config '"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}')
cni ADD two && cni DEL two
remember_world

# example NAME - the example's configuration, as a runtime of today sends it
example() {
	jq -c '{cniVersion: "1.1.0", name} + .plugins[0]' "conf/examples/$1.conflist"
}

# value FILE - a setting of the container
value() {
	place one cat "/proc/sys/net/$1" 2>&1
}

# check_after NAME PATTERN BREAK MEND - CHECK notices and names what BREAK does, and is content after MEND
check_after() {
	bash -c "nsenter --net=/run/netns/one $3"
	cni CHECK one
	like "$status $(result '.msg + " " + (.details // "")')" "^1 .*$2" "CHECK: $1"
	bash -c "nsenter --net=/run/netns/one $4"
	cni CHECK one
	is "$status" 0 "CHECK: $1 put back"
	[ "$status" -eq 0 ] || explain "$output"
}

# --- sysctls, flags, queue: the example ---

example=$(example sysctl)
config=$example
cni ADD one
is "$status" 0 'ADD of the example'
[ "$status" -eq 0 ] || explain "$output"
is "$(value ipv4/conf/eth0/arp_filter)|$(value ipv4/ip_local_port_range | tr '\t' ' ')|$(value core/somaxconn)" '1|20000 29999|1024' \
	'sysctls are set, by dots and by slashes'
isnt "$(cat /proc/sys/net/ipv4/ip_local_port_range)" "$(value ipv4/ip_local_port_range)" 'and not those of the host'
like "$(place one ip -br link show eth0) $(place one ip link show eth0)" '<BROADCAST,MULTICAST,ALLMULTI,PROMISC,.* qlen 500' 'flags and queue length are set, and no flag is lost'
ok 'the container reaches its gateway' ping_from one 10.77.0.1
config=$(config_with_result)
cni CHECK one
is "$status" 0 'CHECK'
[ "$status" -eq 0 ] || explain "$output"
check_after 'a sysctl of the interface' 'conf/eth0/arp_filter is 0, expected 1.*settings' \
	'sysctl -q net.ipv4.conf.eth0.arp_filter=0' 'sysctl -q net.ipv4.conf.eth0.arp_filter=1'
check_after 'a sysctl of the namespace' 'ip_local_port_range is 20000.*29998, expected 20000 29999' \
	'sysctl -q net.ipv4.ip_local_port_range="20000 29998"' 'sysctl -q net.ipv4.ip_local_port_range="20000 29999"'
check_after 'promisc' 'eth0 is not promiscuous' 'ip link set eth0 promisc off' 'ip link set eth0 promisc on'
check_after 'allmulti' 'eth0 is not allmulti' 'ip link set eth0 allmulticast off' 'ip link set eth0 allmulticast on'
check_after 'txQLen' 'eth0 has txQLen 499, expected 500' 'ip link set eth0 txqueuelen 499' 'ip link set eth0 txqueuelen 500'
config=$example
cni DEL one
is "$status" 0 'DEL'

# An interface with dots in its name is one component; args.cni wins; what cambric sets itself gives way
remove_container one
make_container one
config=$(jq -c '.sysctl = {"net.ipv4.conf.IFNAME.arp_filter": "1", "net.ipv4.conf.IFNAME.arp_ignore": "1"} | .ipam = {"subnet": "fd00:77::/64"} |
	.args.cni = {sysctl: {"net/ipv4/conf/IFNAME/arp_ignore": "2", "net.ipv6.conf.IFNAME.accept_ra": "2"}, promisc: false, txQLen: 7}' <<<"$example")
cni ADD one eth0.100
is "$status" 0 'ADD of eth0.100'
[ "$status" -eq 0 ] || explain "$output"
is "$(for name in ipv4/conf/eth0.100/{arp_filter,arp_ignore} ipv6/conf/eth0.100/accept_ra; do value "$name"; done | tr '\n' ' ')" '1 2 2 ' \
	'sysctls of an interface with a dot, with those of args.cni'
like "$(place one ip -br link show eth0.100) $(place one ip link show eth0.100)" '<[A-Z,]*ALLMULTI,UP.* qlen 7' 'promisc and txQLen of args.cni'
cni DEL one eth0.100

config=$(network_config '"ipam": {"subnet": "10.77.0.0/24"}, "txQLen": 0')
cni ADD one
is "$status $(place one ip -j link show eth0 | jq '.[0].txqlen // 0')" '0 0' 'txQLen 0 is taken at its word'
config=$(config_with_result)
ip -n one link set eth0 txqueuelen 1000
cni CHECK one
is "$status $(result .msg)" '1 interface eth0 has txQLen 1000, expected 0' 'and CHECK knows it'
cni DEL one

# Set before the link goes up: what a kernel does once, at that moment, is done the way that the setting says
trace=$scratch/trace
config=$example
env -i CNI_COMMAND=ADD CNI_PATH=/x CNI_CONTAINERID=one CNI_NETNS=/run/netns/one CNI_IFNAME=eth0 \
	strace -qq -s 200 -e trace=write,sendmsg -o "$trace" "$PLUGIN" <<<"$config" >/dev/null
last_setting=$(grep -n 'write(.*"1024"' "$trace" | tail -n 1 | cut -d: -f1)
link_up=$(grep -nE 'nlmsg_type=(0x10 |RTM_NEWLINK)' "$trace" | tail -n 1 | cut -d: -f1)
[ -n "$last_setting" ] && [ "$last_setting" -lt "$link_up" ]
verdict $? 'the last sysctl is written before the link goes up' "line $last_setting, line $link_up"
cni DEL one

# A network without any of it asks nothing
config=$(network_config)
env -i CNI_COMMAND=ADD CNI_PATH=/x CNI_CONTAINERID=one CNI_NETNS=/run/netns/one CNI_IFNAME=eth0 \
	strace -f -qq -o "$trace" "$PLUGIN" <<<"$config" >/dev/null
unlike "$(<"$trace")" 'allowlist|TCHDR|RTM_NEWRULE|RTM_NEWQDISC|RTM_NEWTFILTER' 'a plain network costs none of it'
cni DEL one

# --- the administrator's list ---

mkdir -p "$scratch/upper/cni/tuning" "$scratch/work"
ok 'a list that only this host sees' mount -t overlay -o "lowerdir=/etc,upperdir=$scratch/upper,workdir=$scratch/work" overlay /etc
remove_container one
make_container one
for case in \
	'^net\.ipv4\.conf\.IFNAME\.|net.ipv4.conf.IFNAME.arp_filter|' \
	'arp_(filter|ignore)$|net.ipv4.conf.IFNAME.arp_filter|' \
	'^net\.core\.|net.ipv4.conf.IFNAME.arp_filter|Sysctl net.ipv4.conf.IFNAME.arp_filter is not allowed. Only the following sysctls are allowed: \[\^net' \
	'|net.ipv4.conf.IFNAME.arp_filter|is not allowed. Only the following sysctls are allowed: \[\]' \
	'^net.core.(|net.core.somaxconn|allowlist.conf: "\^net.core.\(": '; do
	pattern=${case%%|net.*}
	rest=net.${case#*|net.}
	key=${rest%%|*} message=${rest#*|}
	printf '\n  %s \n\n' "$pattern" >/etc/cni/tuning/allowlist.conf
	config=$(network_config "\"ipam\": {\"subnet\": \"10.77.0.0/16\"}, \"sysctl\": {\"$key\": \"1\"}")
	cni ADD one
	like "$status $(jq -r '.msg // empty' <<<"$output")" "^$([ -n "$message" ] && echo 1 || echo 0) .*$message" "list \"$pattern\", $key"
	cni DEL one
done
config=$(network_config '"ipam": {"subnet": "10.77.0.0/16"}')
cni ADD one
is "$status" 0 'without sysctls the list is not asked'
cni DEL one
rm /etc/cni/tuning/allowlist.conf && mkfifo /etc/cni/tuning/allowlist.conf
config=$(network_config '"ipam": {"subnet": "10.77.0.0/16"}, "sysctl": {"net.core.somaxconn": "100"}')
cni ADD one
like "$status $(result .msg)" '^1 .*allowlist.conf' 'a list that is no file allows nothing'
umount /etc

# --- what does not go ---

config=$(network_config '"ipam": {"subnet": "10.77.0.0/16"}, "sysctl": {"net.ipv4.conf.IFNAME.no_such_setting": "1"}')
cni ADD one
like "$status $(result .msg) $(result .details)" '^1 .*conf/eth0/no_such_setting.*No such file.*container' 'a setting that does not exist fails the ADD'
config=$(network_config '"ipam": {"subnet": "10.77.0.0/16"}, "sysctl": {"net.ipv4.conf.IFNAME.arp_filter": "many"}')
cni ADD one
like "$status $(result .msg)" '^1 .*write many to .*arp_filter' 'as does a value that the kernel refuses'

# --- source routing: the example, and a second network beside it ---

example=$(example source-routing)
config=$example
cni ADD one eth0
is "$status" 0 'ADD of the example'
[ "$status" -eq 0 ] || explain "$output"
first=$(address_of 4) first_ipv6=$(address_of 6) result_one=$output
index=$(place one ip -j link show eth0 | jq '.[0].ifindex')
table=$((51771000 + index))
is "$(place one ip rule show | grep -c "from $first lookup $table")$(place one ip -6 rule show | grep -c "from $first_ipv6 lookup $table")" 11 \
	'a single interface has rules for both families'
is "$(place one ip route show table $table | tr -s ' \n' ' ')$(place one ip -6 route show table $table default | tr -s ' \n' ' ')" \
	"default via 10.77.0.1 dev eth0 10.77.0.1 dev eth0 scope link default via fe80::1 dev eth0 metric 1024 pref medium " 'and a table'
ok 'it reaches its gateway' ping_from one 10.77.0.1
config=$(jq -cn --argjson config "$example" --argjson result "$result_one" '$config + {prevResult: $result}')
check_after 'rule' "rule from $first lookup $table is missing.*source rules" "ip rule del from $first lookup $table" \
	"ip rule add from $first lookup $table priority 30000"
check_after 'rule of another priority' "rule from $first_ipv6" \
	"sh -c 'ip -6 rule del from $first_ipv6 lookup $table; ip -6 rule add from $first_ipv6 lookup $table priority 31000'" \
	"sh -c 'ip -6 rule del from $first_ipv6 lookup $table; ip -6 rule add from $first_ipv6 lookup $table priority 30000'"
check_after 'rule with more conditions' "rule from $first" \
	"sh -c 'ip rule del from $first lookup $table; ip rule add from $first to 192.0.2.0/24 lookup $table priority 30000'" \
	"sh -c 'ip rule del from $first lookup $table; ip rule add from $first lookup $table priority 30000'"
check_after 'route of the table' "route 0.0.0.0/0 is missing in table $table" "ip route del default table $table" \
	"ip route add default via 10.77.0.1 dev eth0 table $table"

# The first network's container has the default route; the second answers through its own interface
config=$(jq -c '.name = "other" | .ipam = {"subnet": "10.78.0.0/16"}' <<<"$example")
cni ADD one eth1
is "$status" 0 'ADD of a second network'
second=$(address_of 4)
ok 'the first is reached' ping_from host "$first"
ok 'the second is reached' ping_from host "$second"
is "$(place one ip route get 192.0.2.2 from "$second" | grep -o 'dev [a-z0-9]*')" 'dev eth1' 'its packets leave through its interface'
is "$(place one ip route get 192.0.2.2 from "$first" | grep -o 'dev [a-z0-9]*')" 'dev eth0' 'and those of the first through the other'
cni DEL one eth1
is "$status $(place one ip rule show | grep -c "$second")" '0 0' 'DEL takes its rules along'
config=$example
cni DEL one eth0
is "$status $(place one ip rule show | wc -l) $(place one ip -6 rule show | wc -l)" '0 3 2' 'and so does the DEL of the first'

# Two networks without the key: only the second has rules, and CHECK sees them too
config=$(network_config '"ipam": {"subnet": "10.77.0.0/16"}')
cni ADD one eth0
network=other config=$(network_config '"ipam": {"subnet": "10.78.0.0/16"}')
cni ADD one eth1
second=$(address_of 4)
config=$(config_with_result)
cni CHECK one eth1
is "$status $(place one ip rule show | grep -c 'lookup 51771')" '0 1' 'automatic: rules for the second only'
place one ip rule del from "$second"
cni CHECK one eth1
like "$status $(result .msg)" "^1 rule from $second" 'CHECK names the rule'
cni DEL one eth1
network=net config=$(network_config '"ipam": {"subnet": "10.77.0.0/16"}')
cni DEL one eth0
remove_container one
make_container one
cni DEL one
world_is_unchanged 'the world is as it was before'
done_testing
