#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vxlan between three hosts, by hand: what is on the wire, what the comparison notices, peers that come and go, and a
# thousand of them. The other kinds need a kernel of their own: integration/vm/40-tunnel-kinds.sh.
. "$(dirname "$0")/lib.sh"
. integration/tunnels.sh
make_hosts
kind=vxlan
all_of_it 17:4789 17:4789 1450 <<END
$(vxlan_tampering)
END

# --- a thousand peers ---
mapfile -t peers < <(crowd 1000)
ok 'a device' make_tunnel 1
ok 'a thousand peers join' drive 1 join "${peers[@]}"
is "$(ip -n one neigh show dev tunnel nud permanent | wc -l) $(bridge -n one fdb show dev tunnel | grep -c dst)" '2000 1000' \
	'with two neighbours and a forwarding entry each'
ok 'and again' drive 1 join "${peers[@]}"
ok 'the comparison finds nothing' drive 1 check "${peers[@]}"
ok 'they leave' drive 1 part "${peers[@]}"
is "$(ip -n one neigh show dev tunnel nud permanent)$(bridge -n one fdb show dev tunnel | grep dst)" '' 'and nothing is left'
ok 'and again' drive 1 part "${peers[@]}"
ip -n one link del tunnel

# --- the same with ADD ---
between_containers
done_testing
