#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A sample of the kills of faults/25-overlay.sh; "make faults" tries every system call.
EVERY=${EVERY:-397} FIRST=${FIRST:-7} PROGRAMS=kill.py exec "$(dirname "$0")/faults/25-overlay.sh"
