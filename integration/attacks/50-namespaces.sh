#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# CNI_NETNS that is not what it was, not the container's, or no namespace at all.
. "$(dirname "$0")/lib.sh"

# quickly VERB CONTAINER [IFNAME] - as cni, but whoever hangs is told by status 137
quickly() {
	local whole=$PLUGIN
	PLUGIN=$scratch/quickly
	printf '#!/bin/sh\nexec timeout -s KILL 3 %s\n' "$whole" >"$PLUGIN" && chmod +x "$PLUGIN"
	cni "$@"
	PLUGIN=$whole
}

# two_networks CONTAINER - eth0 and eth1, each with a default route, so that there are rules for what belongs to eth1
two_networks() {
	network=net config=$(network=net network_config "$dual")
	cni ADD "$1" eth0
	config=$second
	cni ADD "$1" eth1
	is "$status" 0 "$1 is on two networks"
}

attack_reused_path() {
	local path=/run/netns/reused name='path of a namespace that somebody else has now' rules
	make_container reused
	netns=$path two_networks one
	rules=$(ip -n reused rule | grep ^30000)
	isnt "$rules" '' 'the first container has rules'
	# moved away, so that the namespace lives on and only its path is another's
	ip netns attach former "$(place reused bash -c 'sleep 60 >/dev/null 2>&1 & echo $!')"
	umount "$path"
	touch "$path"
	unshare --net="$path" true
	ip -n reused link set lo up
	netns=$path two_networks two
	# the most treacherous case: what the former one had, the new one has, too
	ip -n reused rule add from "$(sed -n 's/.*from \([0-9.]*\) lookup.*/\1/p' <<<"$rules")" \
		table "$(sed -n 's/.*from [0-9.]* lookup \([0-9]*\).*/\1/p' <<<"$rules")" priority 30000
	world_of reused >"$scratch/before"
	netns=$path
	cni DEL one eth1
	config=$(network_config "$dual") cni DEL one eth0
	is "$status" 0 "$name: DEL"
	is "$(world_of reused | diff "$scratch/before" -)" '' "$name: nothing of it is touched"
	ok "$name: which works as before" ping_from reused 192.0.2.2
	is "$(ip -n former -br link | grep -c '^eth')" 0 "$name: what was the first one's is gone"
	config=$second cni DEL two eth1
	config=$(network_config "$dual") cni DEL two eth0
	unset netns
	remove_container reused former
}

attack_own_namespace() {
	local path verb checking
	ip link add eth9 type veth peer name eth9-peer
	: >"$scratch/bound"
	mount --bind /proc/self/ns/net "$scratch/bound"
	config=$(network_config)
	cni ADD one eth9
	checking=$(config_with_result)
	cni DEL one eth9
	remember_world
	for path in /proc/self/ns/net /proc/1/ns/net /proc/thread-self/ns/net "$scratch/bound"; do
		for verb in ADD DEL CHECK; do
			[ "$verb" != CHECK ] || config=$checking
			netns=$path quickly "$verb" one eth9
			config=$(network_config)
			like "$status $(result '"\(.code) \(.msg)"')" '^1 8 .*should not be the same' "own namespace: $verb in the host's own namespace, $path"
		done
	done
	ok 'own namespace: an interface of the host of that name survives' ip link show eth9
	world_is_unchanged 'own namespace: nothing is touched'
	umount "$scratch/bound"
	ip link del eth9
}

attack_other_things() {
	local path
	mkfifo "$scratch/fifo"
	echo text >"$scratch/plain"
	ln -s /nonexistent "$scratch/dangling"
	ln -s loop "$scratch/loop"
	for path in "$scratch/fifo" "$scratch/plain" "$scratch/dangling" "$scratch/loop" "$scratch" /proc/self/ns/mnt /proc/self/ns/user \
		/dev/null /dev/zero /dev/ptmx /nonexistent/x ''; do
		config=$(network_config)
		cni ADD one
		config=$(config_with_result)
		netns=$path quickly CHECK one
		like "$status $(result .code)" '^1 [48]$' "CHECK with CNI_NETNS ${path@Q}"
		config=$(network_config)
		netns=$path quickly DEL one
		is "$status$output $(ip -n one -br link | grep -c eth0)" '0 0' "DEL with CNI_NETNS ${path@Q} detaches all the same"
	done
	netns=$(printf '/%.0s' {1..5000}) quickly DEL one
	is "$status $(result .code)" '1 4' 'DEL with a path of 5,000 bytes'
}

second=$(network=second network_config '"ipam": {"subnet": "10.78.0.0/16"}')
make_container one two
attacks reused_path own_namespace other_things
done_testing
