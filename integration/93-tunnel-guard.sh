#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Who may send what through a tunnel: packets that claim to be a peer's, what CHECK notices, hosts that come and leave. Kinds
# that need a kernel of their own: vm/50-forged-packets.sh.
. "$(dirname "$0")/lib.sh"
. integration/hosts.sh
. integration/forged.sh
make_hosts
make_container a b
guard_kind vxlan

# peers - what the accept-list has, a line each
peers() {
	place east nft -j list set inet cambric tunnel_peer4 | jq -r '.nftables[1].set.elem // [] | .[].concat |
		[.[0], .[1], (.[2].prefix | .addr + "/" + (.len | tostring))] | join(" ")' | sort
}

both=$'192.0.2.12 udp 10.77.2.0/24\n198.51.100.13 udp 10.77.3.0/24'
config=$(tunnel_config vxlan)
on east cni ADD a
attached=$output
is "$(peers)" "$both" 'the accept-list has both peers'

# tamper PATTERN|COMMAND - what CHECK says after it, and who brings it back
while IFS='|' read -r pattern command; do
	config=$(output=$attached config_with_result)
	place east bash -c "$command"
	on east cni CHECK a
	like "$status $(result .msg)" "^1 .*$pattern" "CHECK after: $command"
	place east "$cambric" --data-dir /run/cambric-east reload
	on east cni CHECK a
	is "$status" 0 'nothing is missing after a reload' || explain "$output"
done <<'END'
host 198.51.100.13 with 10.77.3.0/24 .* is missing|nft delete element inet cambric tunnel_peer4 '{ 198.51.100.13 . udp . 10.77.3.0/24 }'
host 192.0.2.12 with fd00:77:2::/64 .* is missing|nft flush set inet cambric tunnel_peer6
end of a tunnel .*tunnel_local is missing|nft flush set inet cambric tunnel_local
end of a tunnel .*tunnel_port is missing|nft flush set inet cambric tunnel_port
end of a tunnel .*tunnels is missing|nft flush map inet cambric tunnels
chain inet cambric tunnel |nft add rule inet cambric tunnel accept
chain inet cambric raw lacks rules|nft flush chain inet cambric raw
END
place east nft flush ruleset
config=$(tunnel_config vxlan)
on east cni ADD b
is "$status $(peers)" "0 $both" 'a table that was flushed comes back with all peers'
on east cni DEL b

# --- a peer leaves ---
# connections TO - UDP connections that east knows to an address
connections() {
	place east grep -c "^ipv4 .* udp .* dst=$1 .* src=$1 " /proc/net/nf_conntrack
}

for to in 10.77.2.9 10.77.3.9; do
	place a bash -c "echo >/dev/udp/$to/9"
	is "$(connections "$to")" 1 "a connection to $to"
done
config=$(tunnel_config vxlan | jq -c 'del(.overlay.peers[0])')
on east cni ADD b
is "$status $(peers)" '0 198.51.100.13 udp 10.77.3.0/24' 'who has left the configuration may send no more'
is "$(connections 10.77.2.9) $(connections 10.77.3.9)" '0 1' 'and connections to its subnets are forgotten, no others'
config=$(tunnel_config vxlan)
on east cni ADD b eth1
is "$status $(peers)" "0 $both" 'it may again when it is back'
on east cni DEL b eth1
on east cni DEL b
is "$(peers)" "$both" 'as long as there is a container'
on east cni DEL a
is "$(peers)" '' 'with the last one they go'
done_testing
