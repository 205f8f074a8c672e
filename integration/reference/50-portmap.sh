#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# portmap: section 4.5 of the contract, as seen by those who connect.
. "$(dirname "$0")/lib.sh"

rows portmap
done_testing
