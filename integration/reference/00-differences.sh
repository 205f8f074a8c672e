#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Deliberate differences: what rows assert and what docs/differences.md explains are the same.
. "$(dirname "$0")/lib.sh"

rows differences
done_testing
