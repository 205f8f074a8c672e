#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whatever system call fails, with whatever error: success is true, failure is clean and said in one error object.
. "$(dirname "$0")/lib.sh"

sweep errors.py
done_testing
