#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two thousand attachments, one after the other: nothing accumulates.
. "$(dirname "$0")/../lib.sh"

for i in {0..16}; do
	make_container "c$i"
done
config=$(network_config '"ipam": {"ranges": [[{"subnet": "10.77.0.0/24"}], [{"subnet": "fd00:77::/64"}]]}')
cni ADD c0 && cni DEL c0
remember_world
judged_by /usr/bin/python3 -SEB integration/faults/soak.py "$PLUGIN" "${SOAK_PAIRS:-2000}"
world_is_unchanged 'the world is as it was before'
done_testing
