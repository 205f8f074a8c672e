#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whichever allocation gets no memory: success is true, failure is clean and said in one error object.
. "$(dirname "$0")/lib.sh"

ok 'the allocator that fails builds' \
	"${CC:-gcc}" -std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror -O2 -shared -fPIC -o "$scratch/memory.so" integration/faults/memory.c
sweep memory.py
done_testing
