#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A thousand CHECKs, three hundred ADDs and DELs: the full length of integration/50-churn.sh.
CHURN_CHECKS=1000 CHURN_PAIRS=300 exec "$(dirname "$0")/../50-churn.sh"
