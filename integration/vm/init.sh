#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-or-later
# First process of a guest, in its initramfs: this machine's root, read-only, below a layer in memory; then guest.sh
# there, whose path the kernel's command line tells.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
ln -s /proc/self/fd /dev/fd
while read -r module; do
	insmod "/$module"
done </modules
mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose root /lower
mount -t tmpfs tmpfs /upper
mkdir /upper/data /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/data,workdir=/upper/work overlay /root
for tree in proc sys dev; do
	mount --move "/$tree" "/root/$tree"
done
guest=$(sed 's/.*cambric\.guest=\([^ ]*\).*/\1/' /root/proc/cmdline)
exec switch_root /root /bin/bash "$guest"
