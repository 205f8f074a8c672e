#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A sample of faults/20-errors.sh; "make faults" tries every call with every error.
EVERY=${EVERY:-131} FIRST=${FIRST:-3} exec "$(dirname "$0")/faults/20-errors.sh"
