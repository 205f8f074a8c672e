#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Process 1 of the guest of 46-tap-guest.sh, run by busybox. The kernel's command line tells what the network's result said:
#   ip=ADDRESS::GATEWAY:NETMASK    ip6=ADDRESS/LENGTH,GATEWAY    ping=NAME,ADDRESS (any number of them)
# Every line that it says begins with "guest: ".
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
exec >/dev/console 2>&1
while read -r module; do
	insmod "/modules/$module.ko" || echo "guest: not ok module $module"
done </modules/order

# address PROGRAM OPTIONS... - said only when it fails
address() {
	said=$("$@" 2>&1) || echo "guest: not ok $* ($said)"
}

# try NAME ADDRESS - a ping, for which the first seconds of a guest may be too early
try() {
	for attempt in 1 2 3 4 5; do
		if ping -c 1 -W 1 "$2" >/dev/null 2>&1; then
			echo "guest: ok $1"
			return
		fi
	done
	echo "guest: not ok $1 ($2, $attempt times)"
}

ip link set lo up
ip link set eth0 up
read -r line </proc/cmdline
for word in $line; do
	value=${word#*=}
	case $word in
	ip=*)
		IFS=: read -r own _ gateway mask _ <<-END
			$value
		END
		address ip addr add "$own/$mask" dev eth0
		address ip route add default via "$gateway"
		;;
	ip6=*)
		address ip addr add "${value%,*}" dev eth0
		address ip route add default via "${value#*,}" dev eth0
		;;
	esac
done
for word in $line; do
	value=${word#*=}
	case $word in
	ping=*) try "${value%,*}" "${value#*,}" ;;
	esac
done
echo "guest: eth0 $(cat /sys/class/net/eth0/address) $(cat /sys/class/net/eth0/mtu)"
ip addr show dev eth0 | grep -q dadfailed && echo 'guest: not ok somebody else has its address'
nc -ll -p 80 -e echo guest &
echo 'guest: ready'
wait
