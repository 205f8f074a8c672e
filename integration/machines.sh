# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154  # $scratch is of lib.sh
# Virtual machines for the tests of tap mode: a namespace plays the guest, see vmm.py.

# Users other than root open it, too, as udev has it; the machine's own device stays as it is
mknod -m 666 "$scratch/tun" c 10 200
mount --bind "$scratch/tun" /dev/net/tun

# vmm CONTAINER QUEUES USER[:GROUP] - try to open the tap eth0: "opened", or the name of the error
vmm() {
	/usr/bin/python3 -SEB integration/vmm.py "$1" eth0 "$2" "$3" 2>&1
}

# boot CONTAINER GUEST [QUEUES [USER[:GROUP]]] - a machine that opens the tap of the last $output, and the namespace GUEST
# behind it, which gets what is said there of the interface in sandbox CONTAINER. $machine is its process. Not in a subshell
boot() {
	local ready interface index line
	index=$(result ".interfaces | map(.sandbox == \"$1\") | index(true)")
	interface=$(result ".interfaces[$index] | .mac + \" \" + (.mtu | tostring)")
	make_container "$2"
	place "$2" sysctl -q net.ipv6.conf.default.disable_ipv6=0 net.ipv6.conf.default.accept_dad=1 net.ipv6.conf.default.dad_transmits=1
	# shellcheck disable=SC2086  # two words
	exec {ready}< <(exec /usr/bin/python3 -SEB integration/vmm.py "$1" "$(result ".interfaces[$index].name")" "${3:-1}" "${4:-0}" "$2" $interface 2>&1)
	machine=$!
	read -r -t 5 -u "$ready" line
	if [ "$line" != ready ]; then
		explain "$line"
		return 1
	fi
	ip -n "$2" link set eth0 up
	result ".ips[] | select(.interface == $index) | .address" | while read -r address; do ip -n "$2" addr add "$address" dev eth0; done
	result '.routes[] | .dst + " via " + .gw' | while read -r route; do
		# shellcheck disable=SC2086  # several words
		ip -n "$2" route add $route dev eth0
	done
	wait_for settled "$2"
}

# settled GUEST - duplicate address detection has ended
settled() {
	! ip -n "$1" -6 addr show dev eth0 | grep -q tentative
}

# halt GUEST - the machine ends, and what it had beside the tap with it
halt() {
	kill "$machine" && wait "$machine" 2>/dev/null
	remove_container "$1"
}
