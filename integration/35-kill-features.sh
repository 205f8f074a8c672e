#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Killed at any system call, nothing of a feature is left: its example, a sample here, KILL_EVERY=1 for every single call.
. "$(dirname "$0")/lib.sh"

make_container one
config=$(network_config '"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}')
cni ADD one && cni DEL one
for example in bandwidth mark-dscp mark-policy-routing source-routing sysctl; do
	# Sysctls of the namespace stay, by design
	remove_container one
	make_container one
	remember_world
	explain "$example"
	judged_by /usr/bin/python3 -SE integration/kill_feature.py "$PLUGIN" /run/netns/one "$scratch" "${KILL_EVERY:-23}" \
		<<<"$(jq -c '{cniVersion: "1.1.0", name} + .plugins[0]' "conf/examples/$example.conflist")"
	[ $example = sysctl ] || world_is_unchanged "$example: the world is as it was before"
done
done_testing
