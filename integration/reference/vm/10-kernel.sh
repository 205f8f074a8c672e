#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rows that need VLANs, dummy, ipvlan and vrf: run by integration/vm/run.sh, where Debian's kernel has them. A guest is
# told nothing but its scripts, so this one asks both sides; BIN names one.
. "$(dirname "$0")/../lib.sh"

for module in dummy ipvlan 8021q vrf; do
	ok "the kernel has $module" modprobe "$module"
done
rows kernel
[ "$side" = reference ] || ask_reference kernel
done_testing
