#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Odd standard input and output, and calls that do less than they were asked to.
. "$(dirname "$0")/lib.sh"

ok 'the library of short calls builds' \
	"${CC:-gcc}" -std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror -O2 -shared -fPIC -o "$scratch/short_io.so" integration/faults/short_io.c
sweep odd_io.py
done_testing
