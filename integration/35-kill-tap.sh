#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Killed at any system call, no tap is left, and none that does not belong to an attachment: a sample, KILL_EVERY=1 for all.
. "$(dirname "$0")/lib.sh"

make_container one
config=$(example_config tap)
cni ADD one && cni DEL one
remember_world
judged_by /usr/bin/python3 -SE integration/kill_feature.py "$PLUGIN" /run/netns/one "$scratch" "${KILL_EVERY:-23}" <<<"$config"
world_is_unchanged 'the world is as it was before'
done_testing
