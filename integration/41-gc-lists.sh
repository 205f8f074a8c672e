#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What GC makes of its list: some attachments here, a thousand in integration/faults/54-gc-lists.sh.
. "$(dirname "$0")/lib.sh"

make_container c0 c1 c2 c3
config=$(network_config)
cni ADD c0 && cni DEL c0
remember_world
judged_by /usr/bin/python3 -SEB integration/gc_lists.py "$PLUGIN" "${GC_ATTACHMENTS:-40}"
world_is_unchanged 'the world is as it was before'
done_testing
