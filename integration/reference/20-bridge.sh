#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# bridge: section 4.2 of the contract, what of it needs no VLANs.
. "$(dirname "$0")/lib.sh"

rows bridge
done_testing
