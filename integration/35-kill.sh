#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Killed at any system call, nothing is lost and nothing leaks: a sample here, KILL_EVERY=1 for every single call.
. "$(dirname "$0")/lib.sh"

make_container one
config=$(network_config '"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}')
cni ADD one && cni DEL one
remember_world
judged_by /usr/bin/python3 -SE integration/kill_sweep.py "$PLUGIN" /run/netns/one "$scratch" "${KILL_EVERY:-7}"
world_is_unchanged 'the world is as it was before'
done_testing
