#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# host-local: section 4.4 of the contract.
. "$(dirname "$0")/lib.sh"

rows host_local
done_testing
