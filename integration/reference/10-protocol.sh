#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The protocol: variables, versions, JSON, error objects; the same for every kind.
. "$(dirname "$0")/lib.sh"

rows protocol
done_testing
