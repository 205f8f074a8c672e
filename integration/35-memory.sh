#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A sample of faults/30-memory.sh; "make faults" tries every allocation.
EVERY=${EVERY:-131} FIRST=${FIRST:-3} exec "$(dirname "$0")/faults/30-memory.sh"
