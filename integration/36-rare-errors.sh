#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# System calls that fail only where a seccomp filter or a tired kernel makes them, and what once came of it.
. integration/lib.sh

# failing CALL:INJECTION VERB CONTAINER - one verb while a system call fails, in its children, too
failing() {
	local plugin=$PLUGIN
	printf '#!/bin/sh\nexec timeout 20 strace -f -qq -o /dev/null -e inject=%s %s\n' "$1" "$plugin" >"$scratch/failing"
	chmod +x "$scratch/failing"
	PLUGIN=$scratch/failing PLUGIN_PATH=$plugin cni "$2" "$3"
}

nobody_is_left() {
	! pgrep -x cambric >/dev/null
}

make_container one
config=$(network_config '"ipam": {"subnet": "10.77.0.0/16"}, "sourceRouting": true, "firewall": {"ingress": "published"},
	"runtimeConfig": {"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}')
cni ADD one && cni DEL one # what is made once and stays
remember_world

cni ADD one
is "$status" 0 'a container'
failing close_range:error=EPERM DEL one
is "$status" 0 'DEL where no close_range() is allowed'
wait_for nobody_is_left
verdict $? 'leaves no process behind, though nobody closes its pipes'
world_is_unchanged 'and nothing else'

cni ADD one
failing ioctl:error=EIO DEL one
isnt "$status" 0 'DEL that cannot find out what its namespace is, fails'
cni DEL one
is "$status" 0 'and the next one ends it'
world_is_unchanged 'with the rules in the container'

# what was tuned is put back by this DEL or by the next, never by none
cni ADD one
mkdir "$scratch/bin" && ln -s "$PLUGIN" "$scratch/bin/tuning"
plain=$config real=$PLUGIN
config=$(network_config "\"mtu\": 1400, \"mac\": \"02:aa:00:00:00:01\", \"prevResult\": $output")
PLUGIN=$scratch/bin/tuning
tuned() {
	ip -n one link show eth0 | grep -c 'mtu 1400\|02:aa:00:00:00:01'
}
cni ADD one
is "$status $(tuned)" '0 2' 'an interface that is tuned'
for ((point = 1, status = 1; status != 0 && point < 30; point++)); do
	failing "sendmsg:error=ENOBUFS:when=$point" DEL one
done
is "$status $(tuned)" '0 0' 'DEL without memory fails until all of it is put back'
ok 'and there were points to fail at' [ "$point" -gt 3 ]
PLUGIN=$real config=$plain
cni DEL one
world_is_unchanged 'and nothing is left'
done_testing
