#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ptp: section 4.3 of the contract.
. "$(dirname "$0")/lib.sh"

rows ptp
done_testing
