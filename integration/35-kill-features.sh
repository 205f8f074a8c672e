#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A sample of faults/15-kill-features.sh; "make faults" tries every system call.
EVERY=${EVERY:-199} FIRST=${FIRST:-11} exec "$(dirname "$0")/faults/15-kill-features.sh"
