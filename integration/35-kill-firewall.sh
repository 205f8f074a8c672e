#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The same with rules: chains are made by the first container and go with the last, whoever dies meanwhile.
. "$(dirname "$0")/lib.sh"

make_container one
firewall='"firewall": {"ingress": "published", "rules": [
	{"direction": "in", "action": "reject", "protocol": "tcp", "source": ["192.0.2.0/24", "198.51.100.0/24"], "counter": true},
	{"direction": "out", "action": "drop", "protocol": "udp", "destinationPorts": [53, 123]}]}'
config=$(network_config "\"ipam\": {\"ranges\": [[{\"subnet\": \"10.77.0.0/16\"}], [{\"subnet\": \"fd00:77::/64\"}]]}, $firewall")
cni ADD one && cni DEL one
remember_world
judged_by /usr/bin/python3 -SE integration/kill_sweep.py "$PLUGIN" /run/netns/one "$scratch" "${KILL_EVERY:-13}" "{$firewall}"
world_is_unchanged 'the world is as it was before'
done_testing
