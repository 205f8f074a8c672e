#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rows that need VLANs, dummy, ipvlan and vrf: run by integration/vm/run.sh, where Debian's kernel has them.
. "$(dirname "$0")/../lib.sh"

for module in dummy ipvlan 8021q vrf; do
	ok "the kernel has $module" modprobe "$module"
done
rows kernel
done_testing
