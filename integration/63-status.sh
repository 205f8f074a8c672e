#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# STATUS: 50 with the reason where no ADD can succeed, a warning where it may; and hosts of plain users with read-only settings.
rootless=1
. "$(dirname "$0")/lib.sh"

real=$PLUGIN
mkdir "$scratch/wrapped"

# wrapped COMMAND... - from here on the plugin is run by this command
wrapped() {
	PLUGIN=$scratch/wrapped/cambric
	printf '#!/bin/sh\nexec %s %s\n' "$*" "$real" >"$PLUGIN"
	chmod +x "$PLUGIN"
}

unwrapped() {
	PLUGIN=$real
}

# status_is STATUS CODE PATTERN NAME - assertions about STATUS: what it says, that it is one document, and what it leaves
# "-" as CODE: success; PATTERN is for the message, or for the warning of a success
status_is() {
	remember_world
	cni STATUS
	if [ "$2" = - ]; then
		is "$status$output" "$1" "$4"
		like "$errors" "$3" "$4: warning"
	else
		is "$status $(jq -s 'length' <<<"$output") $(result .code)" "$1 1 $2" "$4"
		like "$(result '.msg + " " + (.details // "")')" "$3" "$4: reason"
	fi
	world_is_unchanged "$4: nothing changes"
}

# read_only DIRECTORY, writable DIRECTORY
read_only() {
	mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"
}
writable() {
	umount "$1"
}

make_container one two
dual='"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}'
config=$(network_config "$dual")
status_is 0 - '^$' 'a fresh host'
not_ok 'no store is made' test -e "$store"
cni ADD one
is "$status" 0 'an attachment'
status_is 0 - '^$' 'a host in use'

# --- permissions ---
for state in 'in use' 'with a flushed ruleset' 'without a store'; do
	case $state in
	*flushed*) nft flush ruleset ;;
	*store) cni DEL one && rm -rf "$store" ;;
	esac
	wrapped /usr/bin/setpriv --bounding-set=-net_admin
	status_is 1 50 'not permitted' "without CAP_NET_ADMIN, $state"
	wrapped /usr/bin/unshare --user --map-root-user
	status_is 1 50 'not permitted' "from another user namespace, $state"
	unwrapped
done

# --- a kernel without nf_tables, as its socket says ---
netfilter=$(strace -qq -e trace=socket -o /dev/stdout env -i CNI_COMMAND=STATUS CNI_PATH=/x "$real" <<<"$config" |
	grep -n NETLINK_NETFILTER | cut -d: -f1)
# A sanitizer that looks for leaks cannot be traced
wrapped /usr/bin/env ASAN_OPTIONS=detect_leaks=0 /usr/bin/strace -qq -o /dev/null -e trace=socket -e "inject=socket:error=EPROTONOSUPPORT:when=$netfilter"
status_is 1 50 'no nf_tables: Protocol not supported' 'without nf_tables'
remember_world
cni ADD one
like "$status $(result .msg)" '1 .*no nf_tables: Protocol not supported' 'ADD without nf_tables'
world_is_unchanged 'leaves nothing'
cni DEL one
is "$status$output" 0 'DEL without nf_tables: what cannot exist is gone'
[ "$status" -eq 0 ] || explain "$errors"
unwrapped

# --- the store ---
cni ADD one
read_only "$store"
status_is 1 50 'dataDir.*/run/cambric.*Read-only' 'a store that cannot be written'
cni DEL one
is "$status $(result .code)" '1 101' 'DEL, too, says so, since it cannot forget'
writable "$store"
cni DEL one
is "$status" 0 'DEL once it can'

# --- forwarding ---
sysctl -q net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
read_only /proc/sys
status_is 1 50 'forwarding is off and /proc/sys/net/ipv4/ip_forward cannot be written.*Read-only' 'forwarding that cannot be turned on'
cni ADD one
like "$status $(result .msg)" '1 .*ip_forward' 'ADD of it fails'
writable /proc/sys
sysctl -q net.ipv4.ip_forward=1
read_only /proc/sys
status_is 1 50 'forwarding is off and /proc/sys/net/ipv6/conf/all/forwarding cannot be written' 'forwarding of IPv6 that cannot be turned on'
config=$(network_config)
status_is 0 - '^$' 'which is no concern of an IPv4-only network'
writable /proc/sys

# --- what is no reason to take the node out of service ---
config=$(network_config '"ipam": {"subnet": "10.79.0.0/30"}')
cni ADD one
status_is 0 - 'no IP addresses available.*10\.79\.0\.1-10\.79\.0\.2' 'a full pool'
cni DEL one
config=$(network_config "$dual")
nft -f - <<<'table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }'
status_is 0 - 'ip filter FORWARD has policy drop' 'a foreign chain of policy drop'
cni ADD one
is "$status" 0 'ADD there succeeds'
like "$errors" 'ip filter FORWARD has policy drop' 'with a warning'
cni DEL one
nft delete table ip filter
nft -f - <<<'table inet firewalld { chain filter_FORWARD { type filter hook forward priority 10; policy drop; }; }'
status_is 0 - 'inet firewalld filter_FORWARD has policy drop' 'one of another name'
nft delete table inet firewalld
nft -f - <<<'table ip filter { chain FORWARD { type filter hook forward priority 0; policy accept; }; chain INPUT { type filter hook input priority 0; policy drop; }; }'
status_is 0 - '^$' 'foreign chains that do not matter'
nft delete table ip filter

# --- ADD with settings that cannot be written, but are right already ---
for place in host one; do
	place "$place" sysctl -q net.ipv6.conf.default.disable_ipv6=1 net.ipv4.conf.default.rp_filter=1
done
sysctl -q net.ipv4.ip_forward=1
config=$(network_config)
read_only /proc/sys
status_is 0 - '^$' 'settings that are right and read-only'
cni ADD one
is "$status" 0 'ADD with them'
[ "$status" -eq 0 ] || explain "$output"
ok 'reaches the outside' ping_from one 192.0.2.2
config=$(config_with_result) cni CHECK one
is "$status" 0 'CHECK'
cni DEL one
is "$status" 0 'DEL'
cni ADD two
is "$status $(place two cat /proc/sys/net/ipv6/conf/eth0/disable_ipv6)" '0 1' 'what is protected are the settings of the host: a container gets its own'
cni DEL two
writable /proc/sys
sysctl -q net.ipv4.conf.default.rp_filter=0
read_only /proc/sys
cni ADD two
like "$status $(result .msg)" '1 .*/proc/sys/net/ipv4/conf/veth[^/]*/rp_filter' 'settings of the host that are wrong: ADD names the setting'
writable /proc/sys
sysctl -q net.ipv4.conf.default.rp_filter=1
for place in host one; do
	place "$place" sysctl -q net.ipv6.conf.default.disable_ipv6=0 net.ipv6.conf.default.accept_ra=0 \
		net.ipv6.conf.default.autoconf=0 net.ipv6.conf.default.accept_dad=0
done
sysctl -q net.ipv6.conf.all.forwarding=1 net.ipv6.conf.default.addr_gen_mode=1
config=$(network_config "$dual")
read_only /proc/sys
cni ADD one
is "$status" 0 'ADD of both families'
[ "$status" -eq 0 ] || explain "$output"
ok 'reaches the outside over IPv6' ping_from one 2001:db8:1::2
cni DEL one
is "$status" 0 'DEL'
done_testing
