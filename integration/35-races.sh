#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A sample of faults/60-races.sh; "make faults" tries more calls.
EVERY=${EVERY:-97} FIRST=${FIRST:-3} exec "$(dirname "$0")/faults/60-races.sh"
