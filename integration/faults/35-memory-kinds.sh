#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The same as 30-memory.sh under the names of the reference plugins: each kind has rows of its own.
. "$(dirname "$0")/lib.sh"

ok 'the allocator that fails builds' \
	"${CC:-gcc}" -std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror -O2 -shared -fPIC -o "$scratch/memory.so" integration/faults/memory.c
make_features
# shellcheck disable=SC2086  # names, one or more
sweep memory.py features ${FEATURES:-kinds}
done_testing
