#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# firewall, tuning, bandwidth, sbr: chained behind an interface.
. "$(dirname "$0")/lib.sh"

rows chained
done_testing
