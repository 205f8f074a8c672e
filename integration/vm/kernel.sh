#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Fetch Debian's kernel for virtual machines and print two lines: its image, and the folder for "modprobe -d" and
# "depmod -b". Nothing is installed and no script of the package runs; a second run finds both in build/ and needs no network.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
kernel=$PWD/build/linux
# What a network of virtual machines can need: no sound, no graphics, no drivers of hardware
parts=(boot/vmlinuz-\* lib/modules/\*/modules.\* lib/modules/\*/kernel/{arch,crypto,fs,lib,net,drivers/{block,net,virtio}})
hardware=(--exclude '*/drivers/net/'{ethernet,wireless,usb,can,phy,fddi,wan,hamradio})

# image - the package of the kernel that the packages of this machine's Debian have now
image() {
	apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1
}

# fetch FOLDER - the package's file; lists of packages may be absent or too old to name one that is still there
fetch() {
	local attempt
	for attempt in 1 2; do
		[ "$attempt" = 1 ] || apt-get -qq update
		[ -z "$(image)" ] || ! (cd "$1" && apt-get -qq -o APT::Sandbox::User=root download "$(image)") || return 0
	done
	echo "cannot download the package that linux-image-amd64 depends on" >&2
	return 1
}

# Scripts that run at the same time wait for one download; it appears whole or not at all
mkdir -p build
exec {lock}>build/linux.lock
flock "$lock"
if [ ! -d "$kernel" ]; then
	work=$(mktemp -d build/linux.XXXXXX)
	trap 'rm -rf "$work"' EXIT
	fetch "$work" >&2
	mkdir "$work/kernel"
	dpkg-deb --fsys-tarfile "$work"/*.deb |
		tar -x -C "$work/kernel" --wildcards "${hardware[@]}" "${parts[@]/#/./}"
	for modules in "$work"/kernel/lib/modules/*; do
		depmod -b "$work/kernel" "${modules##*/}"
	done
	mv "$work/kernel" "$kernel"
fi
echo "$kernel"/boot/vmlinuz-*
echo "$kernel"
