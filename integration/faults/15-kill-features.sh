#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Killed at any system call, nothing of a feature is lost or left: each by itself, and all of them at once.
. "$(dirname "$0")/lib.sh"

make_features
# shellcheck disable=SC2086  # names, none or more
sweep kill.py features ${FEATURES:-}
done_testing
