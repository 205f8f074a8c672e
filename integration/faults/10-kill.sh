#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Killed at any system call, nothing is lost and nothing leaks.
. "$(dirname "$0")/lib.sh"

sweep kill.py
done_testing
