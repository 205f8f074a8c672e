#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Install the Debian packages that "build", "demo", "check", "bench", "coverage" or "fuzz" needs; asks dpkg first, so a
# second run installs nothing.
set -eu

build='gcc libc6-dev libnl-3-dev libnl-route-3-dev libjansson-dev libnftnl-dev libmnl-dev libcurl4-openssl-dev'
demo="$build iproute2 nftables netbase iputils-ping procps python3 util-linux"
demo_overlay="$demo jq etcd-server curl"
check="$demo git clang clang-format clang-tidy cppcheck shellcheck jq conntrack strace \
golang-go golang-github-appc-cni-dev xz-utils busybox-static podman conmon containerd runc containernetworking-plugins \
isc-dhcp-server radvd libcap2-bin iptables patch valgrind qemu-system-x86 kmod etcd-server curl"
bench="$demo jq strace iptables busybox-static podman conmon containerd runc containernetworking-plugins etcd-server curl wireguard-tools \
qemu-system-x86 kmod"
coverage="$check gcovr"
fuzz="$build clang libclang-rt-14-dev jq"

case "${1:-}" in
build) wanted=$build ;;
demo) wanted=$demo ;;
demo-overlay) wanted=$demo_overlay ;;
check) wanted=$check ;;
bench) wanted=$bench ;;
coverage) wanted=$coverage ;;
fuzz) wanted=$fuzz ;;
*)
	echo "usage: $0 build|demo|demo-overlay|check|bench|coverage|fuzz" >&2
	exit 2
	;;
esac

missing=
for package in $wanted; do
	state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=absent
	[ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
	echo "missing packages:$missing; run as root, or: sudo apt-get install$missing" >&2
	exit 1
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086  # a list of names without spaces
if ! { apt-get update && apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1 </dev/null; then
	tail -n 20 "$log" >&2
	echo "cannot install:$missing (the output of apt-get is above)" >&2
	exit 1
fi
