# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154  # sourced behind integration/lib.sh, and what is set here is read by others
# Who is measured: cambric, the same with all it has, the reference chain of Debian, that of podman's generated networks once
# with Debian's plugins and once with cambric under their names, the floor, and nothing.

programs=$(realpath "${PROGRAMS:-$(dirname "$PLUGIN")/bench}")
reference=/usr/lib/cni
reference_plugins='bridge host-local portmap firewall'
replaced_plugins='bridge host-local portmap firewall tuning bandwidth ptp loopback static host-device macvlan ipvlan vlan sbr vrf'
names=$scratch/names # cambric under the reference plugins' names

# fail MESSAGE - the bench ends, and says why
fail() {
	echo "bench: $1" >&2
	exit 1
}

# conflist NAME PLUGINS - as in /etc/cni/net.d; the version is one that all of them and all runtimes of Debian 12 speak
conflist() {
	echo "{\"cniVersion\": \"0.4.0\", \"name\": \"$1\", \"plugins\": [$2]}"
}

# cambric_conflist [MEMBERS] - @MEMBERS: more for the plugin that publishes ports
cambric_conflist() {
	conflist cambric "{\"type\": \"cambric\", \"ipam\": {\"subnet\": \"10.77.0.0/16\"},
		\"capabilities\": {\"portMappings\": true}${1:+, $1}}"
}

# everything_conflist - a bridge, static NAT, ten rules, marks and bandwidth: each pod has one of five addresses, and its public one
everything_conflist() {
	conflist everything "{\"type\": \"cambric\", \"mode\": \"bridge\", \"ipam\": {\"subnet\": \"10.80.0.0/29\"},
		\"capabilities\": {\"portMappings\": true}, \"nat\": {\"static\":
			$(jq -cn '[range(2; 7) | {private: "10.80.0.\(.)", public: "198.51.100.\(.)"}]')},
		\"firewall\": {\"ingress\": \"published\", \"rules\":
			$(jq -cn '[range(10) | {direction: "in", protocol: "udp", destinationPorts: [1000 + .], action: "drop"}]')},
		\"mark\": [{\"ttl\": 100}, {\"protocol\": \"udp\", \"dscp\": \"ef\"}],
		\"ingressRate\": 1000000000, \"ingressBurst\": 10000000, \"egressRate\": 1000000000, \"egressBurst\": 10000000}"
}

# reference_conflist [MEMBERS] - what podman's own default network consists of, without tuning
reference_conflist() {
	conflist reference "{\"type\": \"bridge\", \"bridge\": \"cni0\", \"isGateway\": true, \"ipMasq\": true, \"hairpinMode\": true,
		\"ipam\": {\"type\": \"host-local\", \"dataDir\": \"$scratch/host-local\", \"ranges\": [[{\"subnet\": \"10.78.0.0/16\"}]],
			\"routes\": [{\"dst\": \"0.0.0.0/0\"}]}},
		{\"type\": \"portmap\", \"capabilities\": {\"portMappings\": true}${1:+, $1}}, {\"type\": \"firewall\"}"
}

# podman_conflist NAME SUBNET - as podman generates it, told from another by its bridge
podman_conflist() {
	conflist "$1" "{\"type\": \"bridge\", \"bridge\": \"$1\", \"isGateway\": true, \"ipMasq\": true, \"hairpinMode\": true,
		\"ipam\": {\"type\": \"host-local\", \"ranges\": [[{\"subnet\": \"$2\"}]], \"routes\": [{\"dst\": \"0.0.0.0/0\"}]}},
		{\"type\": \"portmap\", \"capabilities\": {\"portMappings\": true}},
		{\"type\": \"firewall\", \"backend\": \"\"}, {\"type\": \"tuning\"}"
}

# competitor NAME DIRECTORY MEMBERS CONFLIST - its file for bench/measure, see bench/driver/competitor.h
competitor() {
	echo "{\"name\": \"$1\", \"path\": \"$2\", $3, \"conflist\": $4}" >"$scratch/$1.json"
}

# prepare_table - what the floor adds its elements to
prepare_table() {
	nft -f - <<-EOT || fail 'cannot make the table of the floor'
		table inet floor {
			set attached { type ifname; }
			set owner { type ifname . ipv4_addr; }
			set hairpin { type ifname . ifname; }
			map published { type inet_proto . inet_service : ipv4_addr . inet_service; }
		}
	EOT
}

# prepare_competitors - their files, and what the floor takes for granted
prepare_competitors() {
	mkdir -p "$names" /var/lib/cni && mount -t tmpfs tmpfs /var/lib/cni || fail 'cannot hide /var/lib/cni'
	competitor cambric "$PLUGIN_PATH" "\"makes\": true, \"check\": true, \"state\": \"$store\"" "$(cambric_conflist)"
	competitor everything "$PLUGIN_PATH" "\"makes\": true, \"check\": true, \"state\": \"$store\"" "$(everything_conflist)"
	# The CHECK of portmap 1.1.1 fails on a network without IPv6: it looks for IPv6 rules that its ADD did not make
	competitor reference "$reference" "\"makes\": true, \"check\": true, \"checkMayFail\": true,
		\"state\": \"$scratch/host-local\"" "$(reference_conflist)"
	"$PLUGIN" install-names "$names" >/dev/null || fail 'cannot make the names'
	competitor chain "$reference" "\"makes\": true, \"check\": true, \"checkMayFail\": true,
		\"state\": \"/var/lib/cni/networks/chain\"" "$(podman_conflist chain 10.81.0.0/16)"
	competitor names "$names" "\"makes\": true, \"check\": true, \"state\": \"$store\"" "$(podman_conflist names 10.82.0.0/16)"
	competitor floor "$programs" '"makes": true' "$(conflist floor '{"type": "floor", "capabilities": {"portMappings": true}}')"
	competitor nothing "$programs" '"makes": false' "$(conflist nothing '{"type": "nothing"}')"
	ip -batch - <<-EOT || fail 'cannot make the bridge of the floor'
		link add floor0 type bridge
		addr add 10.79.0.1/32 dev floor0
		link set floor0 up
		route add unreachable 10.79.0.0/16 metric 2147418112
	EOT
	prepare_table
}

# measure COMMAND... - see bench/measure.c; the names of competitors become their files
measure() {
	local argument arguments=()
	for argument; do
		[ ! -f "$scratch/$argument.json" ] || argument=$scratch/$argument.json
		arguments+=("$argument")
	done
	"$programs/measure" "${arguments[@]}" || fail "measure $* failed"
}

# make_pods FIRST COUNT - namespaces pod<FIRST>, ...
make_pods() {
	local i
	for ((i = $1; i < $1 + $2; i++)); do
		echo "netns add pod$i"
	done | ip -batch - || fail 'cannot make namespaces'
}
