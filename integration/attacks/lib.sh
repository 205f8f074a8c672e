# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034  # what is set here is read by the scripts that source this file
# What the attacks share: the forger, and how a guard of the ruleset is taken out to prove that the attack is real.
#
# An assertion carries the number of the weakness that it is about. What keeps an attack out is either in the kernel (a
# rule, a setting): then the script takes it out and shows that the attack succeeds; or in our code: then tests/guards/
# has a patch that takes it out, and "make guards" shows that the assertion fails. Arguments of a script are the names of
# the attacks to make; without, it makes all.

wanted=$*
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

dual='"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}'

# forge PLACE COMMAND... - see forge.py
forge() {
	place "$1" /usr/bin/python3 -SE integration/attacks/forge.py "${@:2}"
}

# mac_of PLACE INTERFACE
mac_of() {
	place "$1" cat "/sys/class/net/$2/address" 2>/dev/null || place "$1" ip -j link show dev "$2" | jq -r '.[0].address'
}

# publishing MAPPING... - members of a configuration: both families and these port mappings, each the inside of an object
publishing() {
	local IFS=$'\n'
	echo "$dual, \"capabilities\": {\"portMappings\": true}, \"runtimeConfig\": {\"portMappings\": [$(
		printf '{%s}\n' "$@" | paste -sd,
	)]}"
}

# attach CONTAINER - ADD; then $host_end, $ip4 and $ip6 are its
attach() {
	cni ADD "$1"
	is "$status" 0 "$1 is attached" || explain "$output" "$errors"
	host_end=$(result '.interfaces[0].name')
	ip4=$(address_of 4)
	ip6=$(address_of 6)
}

# attacks NAME... - make those that were asked for
attacks() {
	local name
	for name; do
		[[ -z $wanted || " $wanted " == *" $name "* ]] && "attack_$name"
	done
}

# take_out CHAIN PATTERN - delete the rules of our table that match, as the nft program writes them
take_out() {
	local handle
	for handle in $(nft -a list chain inet cambric "$1" | grep -E "$2" | sed -n 's/.*# handle //p'); do
		nft delete rule inet cambric "$1" handle "$handle"
	done
}

# put_back - the whole ruleset, from the records
put_back() {
	"$PLUGIN" reload
}
