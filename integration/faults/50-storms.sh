#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A hundred at once, thousands at random: the full length of integration/50-parallel.sh.
STORM_CONTAINERS=100 STORM_OPERATIONS=3000 STORM_PAIRS=300 exec "$(dirname "$0")/../50-parallel.sh"
