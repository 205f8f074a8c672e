#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Run integration scripts in a virtual machine with Debian's kernel: run.sh SCRIPT... - one boot, their TAP as one
# stream. PLUGIN is the plugin under test, VM_SECONDS what boot and scripts may take together, VM_ENVIRONMENT what else the
# scripts find in their environment (NAME=VALUE, of values without spaces).
#
# The guest's root is this machine's, read-only (9p), below a layer in its memory: a script finds the same programs and
# the same paths as on the host, may write anywhere, and nothing of it stays. QEMU and all files of the run are in a
# process and mount namespace that ends with this script, whatever ends it.
#
# The processor is emulated, so its time is what counts, and most of that goes into starting programs. Measured with
# /bin/true, jq and 10-add-del.sh (350 programs): without random addresses, translated code of one process serves the
# next (/bin/true 17 ms instead of 50); one processor costs less than two, whose atomic instructions are dear; an old
# model of processor leaves out what costs more to emulate than it saves; pages are cleared once. More: docs/decisions.md.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
run=/run/vm # of this script's namespace, and of the guest: what they tell each other
boot='quiet panic=-1 console=ttyS0 mitigations=off norandmaps init_on_alloc=0 apparmor=0 audit=0'

if [ -z "${VM_NAMESPACE:-}" ]; then
	integration/vm/kernel.sh >/dev/null # out here there is a network to fetch it from
	VM_NAMESPACE=1 exec unshare --mount --net --pid --fork --kill-child --mount-proc --propagation private bash "$0" "$@"
fi
. tests/tap.sh

# make_initramfs IMAGE MODULES - busybox, the modules that 9p and the layer need, and init.sh
make_initramfs() {
	local root=$run/initramfs module
	mkdir -p "$root"/{bin,proc,sys,dev,lower,upper,root}
	cp /bin/busybox "$root/bin/"
	cp integration/vm/init.sh "$root/init"
	modprobe -d "$2" -S "${1##*/vmlinuz-}" --show-depends --all virtio_pci 9pnet_virtio 9p overlay |
		awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$run/modules"
	while read -r module; do
		cp "$module" "$root/"
		echo "${module##*/}"
	done <"$run/modules" >"$root/modules"
	(cd "$root" && find . | busybox cpio -o -H newc 2>/dev/null) >"$run/initramfs.img"
}

# share TAG PATH [OPTIONS] - a folder of this machine for the guest
share() {
	echo "-fsdev local,id=$1,path=$2,security_model=none,multidevs=remap${3:-} -device virtio-9p-pci,fsdev=$1,mount_tag=$1"
}

# nic NUMBER - a network interface of hardware; all are on one hub
nic() {
	echo "-netdev hubport,id=nic$1,hubid=0 -device virtio-net-pci,netdev=nic$1,romfile="
}

# boot IMAGE - run the guest to its end; what its kernel says goes to console
boot() {
	# shellcheck disable=SC2046  # words without spaces
	timeout --kill-after=5 "${VM_SECONDS:-1500}" qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot \
		-M q35 -accel tcg -cpu qemu64,+rdrand -smp 1 -m 1024 -kernel "$1" -initrd "$run/initramfs.img" \
		-append "$boot cambric.guest=$PWD/integration/vm/guest.sh" -serial "file:$run/shared/console" \
		$(share root / ,readonly=on) $(share shared "$run/shared") $(nic 0) $(nic 1) </dev/null
}

# pass_on SCRIPT - its verdicts under one count; a script that did not reach its end is one that failed
pass_on() {
	local said=$run/shared/${1//\//-} line before=$tap_count failed=$tap_failed planned=none status=none seconds
	[ -e "$said" ] || verdict 1 "${1##*/}: it was started" || return 0
	while IFS= read -r line; do
		case $line in
		'ok '* | 'not ok '*) verdict "$([[ $line == ok* ]]; echo $?)" "${1##*/}: ${line#*- }" || : ;;
		1..*) planned=${line#1..} ;;
		*) echo "$line" ;;
		esac
	done <"$said"
	[ ! -e "$said.status" ] || read -r status seconds <"$said.status"
	is "$planned $status" "$((tap_count - before)) $((tap_failed > failed))" \
		"${1##*/}: it ran what it planned, and its status is true (${seconds:-?} s)" || :
}

PLUGIN=$(realpath "${PLUGIN:-build/cambric}")
[ -x "$PLUGIN" ] || { echo "PLUGIN=$PLUGIN is not built" >&2; exit 2; }
[ $# -gt 0 ] || { echo "usage: $0 SCRIPT..." >&2; exit 2; }
mount -t tmpfs tmpfs /run
mkdir -p "$run/shared"
{ read -r image && read -r modules; } < <(integration/vm/kernel.sh)
make_initramfs "$image" "$modules"
printf '%s\n' "$PWD" "$PLUGIN" "$modules/lib/modules" "${VM_ENVIRONMENT:-}" "$@" >"$run/shared/job"
ended=0
boot "$image" >"$run/qemu" 2>&1 || ended=$?
[ -e "$run/shared/done" ] || ended="$ended, before its scripts had ended"
is "$ended" 0 'the guest ran to its end' || explain "$(tail -n 20 "$run/qemu" "$run/shared/console")"
for script; do
	pass_on "$script"
done
done_testing
