#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Documents, and patches, that repeat what the sources say: both must say the same.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

in_header=$(sed -n 's/^\t\(ERROR_[A-Z_]*\) = \([0-9]*\).*/\2/p' base/error.h | grep -vx 0 | sort -n)
in_document=$(sed -n 's/^| *\([0-9][0-9]*\) *|.*/\1/p' docs/errors.md 2>/dev/null | sort -n)
is "$in_document" "$in_header" 'docs/errors.md and base/error.h list the same codes'

# Whether a guard is missed takes minutes ("make guards"); whether its patch still fits the source does not
stale=$(for patch in tests/guards/*.patch; do
	patch --batch --silent --dry-run -p1 -i "$patch" >/dev/null 2>&1 || echo "$patch"
done)
is "$stale" '' 'the patches of "make guards" apply'
done_testing
