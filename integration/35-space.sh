#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A sample of faults/50-space.sh; "make faults" tries every size.
EVERY=${EVERY:-7} FIRST=${FIRST:-3} exec "$(dirname "$0")/faults/50-space.sh"
