# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034  # what is set here is read by the scripts that source this file
# What the real clients share: a machine on which cambric and loopback are the only plugins, and one network.
# The directories that clients know by heart are private to the test: /opt, /etc/cni, /var/lib.

. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# install_plugins - /opt/cni/bin with what "make install" puts there
install_plugins() {
	cp "$PLUGIN" "$scratch/cambric"
	mkdir -p /etc/cni
	for directory in /opt /etc/cni /var/lib; do
		mount -t tmpfs -o mode=755 tmpfs "$directory"
	done
	mkdir -p /opt/cni/bin /etc/cni/net.d
	mv "$scratch/cambric" /opt/cni/bin/cambric
	ln -s cambric /opt/cni/bin/loopback
	PLUGIN=/opt/cni/bin/cambric
	PLUGIN_PATH=/opt/cni/bin
}

# install_network VERSION [MEMBERS] - the network "net" for clients that speak this version of the specification
install_network() {
	cat >/etc/cni/net.d/10-net.conflist <<-EOT
		{
		  "cniVersion": "$1",
		  "name": "net",
		  "plugins": [ {
		    "type": "cambric",
		    "ipam": { "ranges": [ [ { "subnet": "10.77.0.0/16" } ], [ { "subnet": "fd00:77::/64" } ] ] },
		    "capabilities": { "portMappings": true }${2:+, $2}
		  } ]
		}
	EOT
}

# warm_up - one attachment comes and goes, so that what cambric makes once and keeps is there before the snapshot
warm_up() {
	make_container warm
	config=$(network=net network_config '"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}')
	if ! cni ADD warm || ! cni DEL warm; then
		explain "$output"
	fi
	remove_container warm
}

# make_root_filesystem DIRECTORY - a container's root from the statically linked busybox
make_root_filesystem() {
	local directory
	for directory in bin dev etc proc sys run tmp var; do
		mkdir -p "$1/$directory"
	done
	cp "$(command -v busybox)" "$1/bin/busybox"
	for applet in sh ping nc ip cat sleep; do
		ln -s busybox "$1/bin/$applet"
	done
	echo 'root:x:0:0:root:/:/bin/sh' >"$1/etc/passwd"
}

# podman_network FILE PLUGINS LISTS - CNI's networks for podman: directories of the plugins and of the network lists
podman_network() {
	cat >"$1" <<-EOT
		[containers]
		default_ulimits = []
		[network]
		network_backend = "cni"
		cni_plugin_dirs = ["$2"]
		network_config_dir = "$3"
		[engine]
		runtime = "runc"
		cgroup_manager = "cgroupfs"
		events_logger = "file"
	EOT
}

# podman_stores - are the test's own
podman_stores() {
	mkdir "$scratch"/{podman,tmp}
	cat >"$scratch/storage.conf" <<-EOT
		[storage]
		driver = "vfs"
		graphroot = "$scratch/podman/storage"
		runroot = "$scratch/podman/run"
	EOT
	export CONTAINERS_STORAGE_CONF=$scratch/storage.conf TMPDIR=$scratch/tmp
}

# prepare_podman - with both, and with $scratch/root for containers to run on
prepare_podman() {
	podman_network "$scratch/containers.conf" /opt/cni/bin /etc/cni/net.d
	export CONTAINERS_CONF=$scratch/containers.conf
	podman_stores
	make_root_filesystem "$scratch/root"
}

podman() {
	mkdir "$scratch"/{podman,tmp}
	cat >"$scratch/containers.conf" <<-EOT
[containers]
default_ulimits = []
[network]
network_backend = "cni"
cni_plugin_dirs = ["/opt/cni/bin"]
network_config_dir = "/etc/cni/net.d"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
	EOT
	cat >"$scratch/storage.conf" <<-EOT
[storage]
driver = "vfs"
graphroot = "$scratch/podman/storage"
runroot = "$scratch/podman/run"
	EOT
	export CONTAINERS_CONF=$scratch/containers.conf CONTAINERS_STORAGE_CONF=$scratch/storage.conf TMPDIR=$scratch/tmp
	make_root_filesystem "$scratch/root"
}

podman() {
	command podman "$@" </dev/null
}

ctr() {
	command ctr --address "$scratch/containerd.sock" "$@" </dev/null
}

# start_containerd - a daemon of our own, without CRI, at $scratch/containerd.sock; $daemon is its process. 1 when it does not answer
start_containerd() {
	mkdir -p "$scratch/containerd"
	cat >"$scratch/containerd.toml" <<-EOT
		version = 2
		root = "$scratch/containerd/root"
		state = "$scratch/containerd/state"
		disabled_plugins = ["io.containerd.grpc.v1.cri"]
		[grpc]
		  address = "$scratch/containerd.sock"
	EOT
	containerd --config "$scratch/containerd.toml" >"$scratch/containerd.log" 2>&1 &
	daemon=$!
	wait_for ctr version
}

declare -A clients
# start NAME [OPTION...] - a container that answers on TCP port 80
# Not --detach: only then ctr stays to detach the container from its network when it ends, by an empty CNI_NETNS.
start() {
	ctr run "${@:2}" --cni --null-io --cgroup "/cambric-test/$1" --rootfs "$scratch/root" "$1" /bin/sh -c "$(answering "$1")" \
		>"$scratch/$1.log" 2>&1 &
	clients[$1]=$!
	wait_for is_running "$1"
}

is_running() {
	ctr task ls | grep -q "^$1 .*RUNNING" && kill -0 "${clients[$1]}"
}

# stop NAME - ends when ctr does, which complains when a plugin does; not below ok(), for wait needs its own children
stop() {
	ctr task kill --signal SIGKILL "$1"
	wait "${clients[$1]}"
	! grep -q . "$scratch/$1.log"
}

# answering TEXT - the command line of a container that answers on TCP port 80, over both families
answering() {
	echo "exec nc -ll -p 80 -e echo $1"
}

install_plugins
