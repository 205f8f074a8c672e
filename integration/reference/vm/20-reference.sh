#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The same rows, asked of the reference plugins: a guest is told nothing but its scripts, so no variable can.
export BIN=/usr/lib/cni
. "$(dirname "$0")/10-kernel.sh"
