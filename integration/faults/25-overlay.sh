#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# With an overlay, and for who syncs and leaves one: killed at any system call, nothing is lost or left; whatever call or
# allocation fails, success is true and failure is clean.
. "$(dirname "$0")/lib.sh"

ok 'the allocator that fails builds' \
	"${CC:-gcc}" -std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror -O2 -shared -fPIC -o "$scratch/memory.so" integration/faults/memory.c
for program in ${PROGRAMS:-kill.py errors.py memory.py}; do
	sweep "$program" overlay
done
done_testing
