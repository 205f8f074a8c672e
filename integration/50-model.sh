#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Verbs and mishaps at random against a model: some sequences here, many in integration/faults/53-model.sh. MODEL_SEED
# repeats one.
. "$(dirname "$0")/lib.sh"

make_container one
config=$(network_config '"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}')
cni ADD one && cni DEL one
# Stores are deleted on the way, and the guard of forwarding with them
"$PLUGIN" guard off
remember_world
judged_by /usr/bin/python3 -SEB integration/model.py "$PLUGIN" "${MODEL_SEQUENCES:-3}" "${MODEL_STEPS:-50}" ${MODEL_SEED:+"$MODEL_SEED"}
"$PLUGIN" guard off
"$PLUGIN" reload
sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
world_is_unchanged 'the world is as it was before'
done_testing
