#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A real virtual machine behind a tap: QEMU, which emulates a processor, and Debian's kernel with busybox. A user opens
# the tap, the kernel's command line has the addresses, and the guest is one of the network.
# Out here there is a network to fetch the kernel from
[ -n "${CAMBRIC_TEST_HOST:-}" ] || "$(dirname "$0")/vm/kernel.sh" >/dev/null || exit 1
. "$(dirname "$0")/lib.sh"
. integration/machines.sh

user=61000 # who runs the machine: nobody on this one

# make_initramfs FOLDER FILE - busybox, what a card of virtio needs, and the guest's first process
make_initramfs() {
	local root=$scratch/root modules=$1/lib/modules
	mkdir -p "$root"/{bin,dev,modules,proc,sys}
	cp "$(command -v busybox)" "$root/bin/busybox"
	ln -s busybox "$root/bin/sh"
	mknod -m 600 "$root/dev/console" c 5 1
	for module in virtio_pci virtio_net; do
		modprobe -d "$1" --set-version "$(basename "$modules"/*)" --show-depends "$module"
	done | awk '!seen[$2]++ { print $2 }' | while read -r path; do
		cp "$path" "$root/modules"
		basename "$path" .ko >>"$root/modules/order"
	done
	cp integration/guest-init.sh "$root/init"
	(cd "$root" && find . | busybox cpio -o -H newc 2>/dev/null) >"$2"
}

# netmask ADDRESS/LENGTH
netmask() {
	/usr/bin/python3 -SE -c 'import ipaddress, sys; print(ipaddress.ip_interface(sys.argv[1]).netmask)' "$1"
}

# start_machine KERNEL INITRAMFS WORDS - a machine with two queues; $machine is its process, $console what it says
start_machine() {
	console=$scratch/console
	: >"$console"
	place one setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs \
		qemu-system-x86_64 -accel tcg -smp 2 -m 256 -nodefaults -display none -no-user-config -no-reboot \
		-kernel "$1" -initrd "$2" -append "console=ttyS0 quiet panic=-1 $3" -serial stdio \
		-netdev tap,id=card,ifname=eth0,script=no,downscript=no,queues=2 \
		-device "virtio-net-pci,netdev=card,mac=$mac,host_mtu=$mtu,mq=on,vectors=6,romfile=" \
		>>"$console" 2>"$scratch/qemu.err" </dev/null &
	machine=$!
}

# words - all that the guest has said; its console ends lines as a terminal does
words() {
	tr -d '\r' <"$console" | grep '^guest: '
}

# said TEXT - wait until the guest has said so, a minute and a half at most
said() {
	local second
	for ((second = 0; second < 180; second++)); do
		grep -qx "guest: $1" <(words) && return 0
		kill -0 "$machine" 2>/dev/null || return 1
		sleep 0.5
	done
	return 1
}

mapfile -t kernel < <(integration/vm/kernel.sh)
is "${#kernel[@]}" 2 "Debian's kernel" || done_testing
cp "${kernel[0]}" "$scratch/kernel"
make_initramfs "${kernel[1]}" "$scratch/initramfs"

make_container one two
dual='"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}'
config=$(network_config "$dual")
cni ADD two
container=$(address_of 4) container_ipv6=$(address_of 6)
config=$(network=machines network_config "\"mode\": \"tap\", \"multiQueue\": true, \"owner\": $user, \"mtu\": 1400, $dual, \"runtimeConfig\":
	{\"portMappings\": [{\"hostPort\": 8080, \"containerPort\": 80, \"protocol\": \"tcp\"}]}")
cni ADD one
is "$status$errors" 0 'ADD'
mac=$(result '.interfaces[2].mac') mtu=$(result '.interfaces[2].mtu')
address=$(result '.ips[0].address') address_ipv6=$(result '.ips[1].address')
start_machine "$scratch/kernel" "$scratch/initramfs" "ip=${address%/*}::$(result '.ips[0].gateway'):$(netmask "$address") \
ip6=$address_ipv6,$(result '.ips[1].gateway') ping=gateway,10.77.0.1 ping=gateway6,fd00:77::1 ping=container,$container \
ping=container6,$container_ipv6 ping=outside,192.0.2.2 ping=outside6,2001:db8:1::2"
said ready
verdict $? 'a guest starts' "$(<"$scratch/qemu.err")" "$(tail -n 20 "$console")"
for name in gateway gateway6 container container6 outside outside6; do
	grep -qx "guest: ok $name" <(words)
	verdict $? "the guest reaches $name" "$(words)"
done
is "$(words | grep -c '^guest: not ok')" 0 'nothing goes wrong in it'
is "$(words | sed -n 's/^guest: eth0 //p')" "$mac $mtu" 'its card has MAC and MTU of the result'
ok 'the host reaches it' ping_from host "${address%/*}"
ok 'a container reaches it' ping_from two "${address%/*}"
ok 'and over IPv6' ping_from two "${address_ipv6%/*}"
is "$(ask outside tcp 192.0.2.1 8080)" guest 'a client outside reaches its published port'
is "$(ask outside tcp 2001:db8:1::1 8080)" guest 'and over IPv6'
is "$(ask two tcp 192.0.2.1 8080)" guest 'as does a container'
config=$(config_with_result)
cni CHECK one
is "$status$output" 0 'CHECK while it runs'
kill "$machine" && wait "$machine" 2>/dev/null
cni CHECK one
is "$status$output" 0 'and when it is off'
cni DEL one
is "$status$output" 0 'DEL'
not_ok 'the published port is closed' ask outside tcp 192.0.2.1 8080
done_testing
