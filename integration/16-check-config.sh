#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# cambric check-config: one line for each error and each doubt, and a status that scripts can rely on.
. "$(dirname "$0")/lib.sh"

# checked STATUS LINE NAME CONFIGURATION - what is printed has the line in it, word for word ("": nothing is printed)
checked() {
	local said status
	echo "$4" >"$scratch/config"
	said=$("$PLUGIN" check-config "$scratch/config" 2>&1)
	status=$?
	is "$status" "$1" "$3: status $1"
	if [ -z "$2" ]; then
		is "$said" '' "$3: nothing to say"
	else
		grep -qxF -- "$2" <<<"$said"
		verdict $? "$3: says so" "got      $said" "expected $2"
	fi
}

# a_list PLUGINS - a .conflist of these plugin objects
a_list() {
	echo "{\"cniVersion\": \"1.0.0\", \"cniVersions\": [\"1.0.0\", \"1.1.0\"], \"name\": \"net\", \"plugins\": [$1]}"
}
good='{"type": "cambric", "ipam": {"subnet": "10.77.0.0/16"}}'

remember_world
for example in conf/examples/*.conflist; do
	checked 0 '' "${example##*/}" "$(<"$example")"
done
checked 0 '' 'a single configuration' "$(network_config)"
checked 0 '' 'loopback' "$(a_list '{"type": "loopback"}')"
checked 0 '' 'plugins of others are left alone' "$(a_list "$good, {\"type\": \"dnsname\", \"snat\": 7}")"
checked 0 'warning: no plugin of a type that cambric serves' 'nothing but plugins of others' "$(a_list '{"type": "dnsname"}')"
checked 1 'error: plugins[0]: must be called as chained plugin' 'a chained plugin that comes first' "$(a_list '{"type": "bandwidth"}')"
checked 0 'warning: plugins[0]: ipam.rangs: there is no such key, it is ignored' 'unknown key' \
	"$(a_list '{"type": "cambric", "ipam": {"subnet": "10.77.0.0/16", "rangs": []}}')"
checked 0 'warning: plugins[0]: ipam.routes: ::/0 left out, the network has no IPv6 address' 'a warning of ADD' \
	"$(a_list '{"type": "cambric", "ipam": {"subnet": "10.77.0.0/16", "routes": [{"dst": "::/0"}, {"dst": "0.0.0.0/0"}]}}')"
checked 1 'error: plugins[1]: mtu: expected an integer, got "1400"' 'wrong type' \
	"$(a_list "$good, {\"type\": \"cambric\", \"mtu\": \"1400\", \"ipam\": {\"subnet\": \"10.77.0.0/16\"}}")"
checked 1 'error: type: missing' 'no type' '{"cniVersion": "1.1.0", "name": "net"}'
checked 1 'error: plugins[0]: configuration: expected an object, got 7' 'no object' "$(a_list 7)"
checked 1 'error: plugins: expected a list, got {}' 'no list' '{"cniVersion": "1.1.0", "name": "net", "plugins": {}}'
checked 1 'error: plugins[0]: missing network name' 'no name' "{\"cniVersion\": \"1.1.0\", \"plugins\": [$good]}"
echo '{' >"$scratch/config"
like "$("$PLUGIN" check-config "$scratch/config" 2>&1)" "^error: $scratch/config: .*unmarshall" 'no JSON: named with the file'
like "$("$PLUGIN" check-config /nonexistent 2>&1)" '^error: /nonexistent: .*No such file' 'no file'
not_ok 'and no operand' "$PLUGIN" check-config
world_is_unchanged 'the world is as it was before'
done_testing
