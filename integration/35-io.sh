#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# All of faults/40-io.sh.
EVERY=${EVERY:-1} FIRST=${FIRST:-3} exec "$(dirname "$0")/faults/40-io.sh"
