#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a person feels: "podman run --rm" and "ctr run --rm" of a container that ends at once, with two published ports:
# without a network, with a plugin that does nothing, with the reference chain and with cambric, in turns. felt.sh ROUNDS.
# Prints lines for bench/report.py: "felt", network, client, median in microseconds.
# Before the plugin moves to where runtimes look for it
PROGRAMS=${PROGRAMS:-$(dirname "${PLUGIN:-build/cambric}")/bench}
. "$(dirname "$0")/../integration/clients/lib.sh"
. bench/prepare.sh

rounds=${1:-20}
networks='none nothing reference cambric'
ports='"runtimeConfig": {"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"},
	{"hostPort": 8443, "containerPort": 443, "protocol": "tcp"}]}'

# prepare_network NAME CONFLIST PLUGIN... - a folder with configuration and plugins of one network, for podman and for ctr
prepare_network() {
	local plugin name
	mkdir -p "$scratch/$1"/{bin,net.d}
	echo "$2" >"$scratch/$1/net.d/10-$1.conflist"
	for plugin in "${@:3}"; do
		name=${plugin##*/}
		cp "${plugin%=*}" "$scratch/$1/bin/${name#*=}"
	done
	podman_network "$scratch/$1/containers.conf" "$scratch/$1/bin" "$scratch/$1/net.d"
}

prepare_networks() {
	local plugin plugins=()
	for plugin in $reference_plugins loopback; do
		plugins+=("$reference/$plugin")
	done
	prepare_network none "$(conflist none '{"type": "nothing"}')" "$programs/nothing"
	prepare_network nothing "$(conflist nothing "{\"type\": \"nothing\", \"capabilities\": {\"portMappings\": true}, $ports}")" \
		"$programs/nothing" "$programs/nothing=loopback"
	prepare_network reference "$(reference_conflist "$ports")" "${plugins[@]}"
	prepare_network cambric "$(cambric_conflist "$ports")" "$PLUGIN" "$PLUGIN=loopback"
}

prepare_containerd() {
	# ctr knows only these two places; what they lead to changes with the network
	rm -rf /opt/cni /etc/cni/net.d
	mkdir /opt/cni
	start_containerd || fail 'containerd does not answer'
}

# run_podman NETWORK FILE COMMAND... - timed, into FILE
run_podman() {
	local published=(--publish 8080:80/tcp --publish 8443:443/tcp)
	[ "$1" != none ] || published=()
	CONTAINERS_CONF=$scratch/$1/containers.conf "$programs/timed" "$2" podman run --rm --network "$1" "${published[@]}" \
		--log-driver=none --cgroup-parent=/cambric-bench --rootfs "$scratch/root" /bin/busybox "${@:3}" </dev/null
}

# run_ctr NETWORK FILE COMMAND...
run_ctr() {
	local cni=(--cni)
	[ "$1" != none ] || cni=()
	ln -sfn "$scratch/$1/bin" /opt/cni/bin
	ln -sfn "$scratch/$1/net.d" /etc/cni/net.d
	"$programs/timed" "$2" ctr --address "$scratch/containerd.sock" run --rm "${cni[@]}" --cgroup /cambric-bench/ctr \
		--rootfs "$scratch/root" felt /bin/busybox "${@:3}" </dev/null
}

# has_network CLIENT NETWORK - what the client makes really is, or is not, a network; the first run is not counted
has_network() {
	local expected said
	case $2 in
	reference) expected=10.78. ;;
	cambric) expected=10.77. ;;
	*) expected= ;;
	esac
	said=$("run_$1" "$2" "$scratch/ignored" ip -4 -o addr show scope global 2>&1) || fail "$1 with network $2: $said"
	[[ $said == *"$expected"* && (-n $expected || $said != *inet*) ]] || fail "$1 with network $2 has addresses: $said"
}

measure_client() {
	local network round said
	for network in $networks; do
		has_network "$1" "$network"
	done
	for ((round = 0; round < rounds; round++)); do
		for network in $networks; do
			said=$("run_$1" "$network" "$scratch/$1.$network" true 2>&1) || fail "$1 with network $network: $said"
			# What the kernel still does for the namespace that ended is not charged to the next one
			sleep 0.3
		done
	done
	for network in $networks; do
		printf 'felt\t%s\t%s\t%s\n' "$network" "$1" \
			"$(sort -n "$scratch/$1.$network" | awk '{ times[NR] = $1 } END { print times[int(NR / 2) + 1] }')"
	done
}

prepare_networks
make_root_filesystem "$scratch/root"
podman_stores
prepare_containerd
measure_client podman
measure_client ctr
left=$(ip -br link show type veth | grep -v '^uplink')
[ -z "$left" ] || fail "containers left interfaces: $left"
kill "$daemon" && wait "$daemon"
find /sys/fs/cgroup -depth -path '*/cambric-bench*' -type d -exec rmdir {} + 2>/dev/null
exit 0
