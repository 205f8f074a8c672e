#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# loopback, static, host-device, macvlan: what this kernel has.
. "$(dirname "$0")/lib.sh"

rows interfaces
done_testing
