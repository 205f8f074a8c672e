#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A sample of the errors of faults/25-overlay.sh; "make faults" tries every call with every error, and every allocation.
EVERY=${EVERY:-997} FIRST=${FIRST:-7} PROGRAMS='errors.py memory.py' exec "$(dirname "$0")/faults/25-overlay.sh"
