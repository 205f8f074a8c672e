#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Who may send what through a tunnel: packets that claim to be a peer's. Other kinds of tunnels: vm/40-forged-packets.sh.
. "$(dirname "$0")/lib.sh"
. integration/hosts.sh
. integration/tunnels.sh
make_hosts
make_container a
guard_kind vxlan
done_testing
