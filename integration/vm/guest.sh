#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a guest runs once its root is there: each script of the job, its output into a file that the host reads. Whatever
# ends this script, the first process, ends the guest: the kernel panics and QEMU, told not to reboot, exits.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
shared=/run/vm/shared
mount -t tmpfs tmpfs /run
mkdir -p "$shared"
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=none shared "$shared" || exit 1
{ read -r repository && read -r PLUGIN && read -r modules && read -ra environment && mapfile -t scripts; } <"$shared/job" || exit 1
# An emulated processor is slow, the more so beside other work
export CAMBRIC_GUEST=1 PLUGIN PATIENCE=4
# Where the kernel's own modprobe looks: from here on modules come by themselves, as on any Debian
ln -s "$modules" /lib/modules
cd "$repository" || exit 1
for script in "${scripts[@]}"; do
	said=$shared/${script//\//-}
	SECONDS=0
	env "${environment[@]}" bash "$script" >"$said" 2>&1 </dev/null
	echo "$? $SECONDS" >"$said.status"
	rm -f /etc/modprobe.d/without-*
done
: >"$shared/done"
echo b >/proc/sysrq-trigger
