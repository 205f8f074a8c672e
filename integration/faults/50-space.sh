#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A store without inodes, without space, read-only: failure is clean, removal works, and it recovers.
. "$(dirname "$0")/lib.sh"

sweep space.py
done_testing
