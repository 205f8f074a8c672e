#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# No false alarm in the middle of others' changes, and what others break is healed: the full length is
# integration/faults/51-churn.sh.
. "$(dirname "$0")/lib.sh"

make_container c0 c1 c2 c3
config=$(network_config '"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}')
cni ADD c0 && cni DEL c0
remember_world
judged_by /usr/bin/python3 -SEB integration/churn.py "$PLUGIN" "${CHURN_CHECKS:-100}" "${CHURN_PAIRS:-20}"
# The table comes back empty after the last flush, forwarding with the last ADD
world_is_unchanged 'the world is as it was before'
done_testing
