#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The kinds of tunnels one by one, between three hosts: what is on the wire, what a full packet is, what the comparison
# notices, and that peers come and go while others are talked to. Needs a kernel that has them.
. "$(dirname "$0")/lib.sh"
. integration/tunnels.sh
modprobe -a ip_gre sit vxlan wireguard
make_hosts

kind=gre
all_of_it 47 47 1476 <<END
no neighbour|neighbour of tunnel peer 203.0.113.2 |ip neigh del 203.0.113.2 dev tunnel
no IPv6 neighbour|neighbour of tunnel peer fe80::cb00:7102 |ip neigh del fe80::cb00:7102 dev tunnel
a neighbour elsewhere|neighbour of tunnel peer 203.0.113.2 |ip neigh replace 203.0.113.2 lladdr 203.0.113.3 dev tunnel nud permanent
END

kind=sit
# Down and up, and the kernel's own address is back
all_of_it 4 41 1480 <<END
a way to every host|the sit tunnel leads to every host|ip link set tunnel down && ip link set tunnel up
END

kind=vxlan
all_of_it 17:4789 17:4789 1450 <<END
$(vxlan_tampering | head -n 1)
END

# --- wireguard: keys, and who may have which subnet ---
kind=wireguard
# another KEY [SUBNET] - the program with host three's address, this key and a subnet of host two
another() {
	echo "TUNNEL_KEY=/run/keys/1/private.key $tunnel_program wireguard join 203.0.113.1 203.0.113.3=10.9.2.0/24=$1"
}
wireguard_tampering() {
	cat <<-END_OF_TABLE
		a subnet is another one's|wireguard peer 203.0.113.2 is missing or lacks a subnet|$(another "$(printf '%042d0=' 7)")
		another key|the wireguard interface has another private key|umask 77; echo $(printf '%042d0=' 9) >/run/keys/2/other; TUNNEL_KEY=/run/keys/2/other $tunnel_program wireguard join 203.0.113.1
		no private key|the wireguard interface has another private key|rm /run/keys/1/private.key
	END_OF_TABLE
}
all_of_it 17:51820 17:51820 1440 <<END
$(wireguard_tampering)
END
is "$(stat -c '%a %U' /run/keys/1 /run/keys/1/private.key | tr '\n' ' ')" '700 root 600 root ' 'only root may read the private key'
kept=$(</run/keys/1/private.key)
ok 'a device anew' make_tunnel 1
is "$(drive 1 key) $(</run/keys/1/private.key)" "${public_key[1]} $kept" 'has the key that is there'
chmod 640 /run/keys/1/private.key
like "$(drive 1 join 2>&1)" '^101 private key .* is not ours alone' 'a key that others may read is refused'
chmod 600 /run/keys/1/private.key
echo short >/run/keys/1/private.key
like "$(drive 1 join 2>&1)" '^101 .* holds no private key' 'and what is none, too'
is "$(</run/keys/1/private.key)" short 'and is left as it is'
mapfile -t peers < <(crowd 300)
rm /run/keys/1/private.key
ok 'more peers than a message holds' drive 1 join "${peers[@]}"
ok 'are all there' drive 1 check "${peers[@]}"
ok 'and leave' drive 1 part "${peers[@]}"
not_ok 'all of them' drive 1 check "${peers[299]}"
ip -n one link del tunnel

# --- the same with ADD ---
for kind in gre sit vxlan wireguard; do
	between_containers
done
done_testing
