#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A sample of faults/10-kill.sh; "make faults" tries every system call.
EVERY=${EVERY:-97} FIRST=${FIRST:-3} exec "$(dirname "$0")/faults/10-kill.sh"
