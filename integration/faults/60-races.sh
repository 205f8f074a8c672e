#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two verbs for one attachment at the same time: the outcome is that of one after the other.
export EVERY=${EVERY:-9} # about a thousand points
. "$(dirname "$0")/lib.sh"

sweep races.py
done_testing
