#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The same as 20-errors.sh under the names of the reference plugins: each kind has rows of its own.
. "$(dirname "$0")/lib.sh"

make_features
# shellcheck disable=SC2086  # names, one or more
sweep errors.py features ${FEATURES:-kinds}
done_testing
