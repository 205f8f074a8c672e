#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What cambric is, to look at: two containers on a host made for the purpose, a page fetched through a published port,
# everything that exists for them, and that nothing is left. The machine it runs on is not touched.
. "$(dirname "$0")/lib.sh"
. integration/show.sh

example=conf/examples/dual-stack.conflist
# configuration [PORTS] - what a runtime makes of the example: the one plugin, and the ports it wants published
configuration() {
	/usr/bin/python3 -SE -c '
import json, sys
network = json.load(open(sys.argv[1]))
plugin = network["plugins"][0]
plugin.update(name=network["name"], cniVersion=network["cniVersion"])
if len(sys.argv) > 2:
    plugin["runtimeConfig"] = {"portMappings": json.loads(sys.argv[2])}
json.dump(plugin, sys.stdout)' "$example" "$@"
}

# attach VERB CONTAINER [PORTS] - one call of cambric, with the time it took
attach() {
	local start end
	config=$(configuration "${@:3}")
	start=$EPOCHREALTIME
	if ! cni "$1" "$2"; then
		printf '  %scambric %s %s FAILED: %s%s\n' "$bold" "$1" "$2" "$output" "$plain"
		exit 1
	fi
	end=$EPOCHREALTIME
	printf '  cambric %-4s %-8s %4d.%d ms   %s\n' "$1" "$2" $(((${end/./} - ${start/./}) / 1000)) \
		$(((${end/./} - ${start/./}) / 100 % 10)) "$(addresses)"
}

addresses() {
	[ -z "$output" ] || /usr/bin/python3 -SE -c '
import json, sys
print(" ".join(ip["address"] for ip in json.load(sys.stdin)["ips"]))' <<<"$output"
}

fetch() {
	place "$1" /usr/bin/python3 -E -c '
import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1], timeout=2).read().decode().strip())' "$2"
}

# elements - what the sets and maps of our table hold, one per line
elements() {
	nft list table inet cambric 2>/dev/null | awk '
		$1 == "set" || $1 == "map" { name = $2 }
		/elements = / { open = 1 }
		open { gsub(/^[ \t]+|elements = \{ ?/, ""); text = text " " $0 }
		open && /\}/ { sub(/ *\}.*/, "", text); printf "%-10s%s\n", name, text; text = ""; open = 0 }'
}

records() {
	find "$store" -path '*/net/*/a/*' -type f -printf '%P\n' 2>/dev/null
}

what_exists() {
	shown ip -br link show group 51771
	shown ip route show proto 200
	shown ip -6 route show proto 200
	shown elements
	shown records
}

make_container web client
mkdir "$scratch/page"
echo 'Hello from inside a container!' >"$scratch/page/index.html"

title "Two containers join the network of $example"
attach ADD web '[{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]'
web4=$(addresses | grep -oE '\b10\.[0-9.]+') web6=$(addresses | grep -oE '\bfd00:[0-9a-f:]+')
attach ADD client
place web /usr/bin/python3 -m http.server --bind :: --directory "$scratch/page" 80 >/dev/null 2>&1 &
wait_for fetch web http://127.0.0.1/

title 'They reach each other, their gateway and the world'
expect "client pings web, $web4" round_trip client "$web4"
expect "client pings web, $web6" round_trip client "$web6"
expect 'client pings its gateway, 10.77.0.1' round_trip client 10.77.0.1
expect 'client pings the LAN, which knows no route back' round_trip client 192.0.2.2

title 'A web server in "web" is published on port 8080 of the host'
expect 'from the LAN,  http://192.0.2.1:8080/' fetch outside http://192.0.2.1:8080/
expect 'from the LAN,  http://[2001:db8:1::1]:8080/' fetch outside 'http://[2001:db8:1::1]:8080/'
expect 'from the host, http://127.0.0.1:8080/' fetch host http://127.0.0.1:8080/
expect 'from client,   http://192.0.2.1:8080/' fetch client http://192.0.2.1:8080/

title 'All that exists for it: links, routes, nftables elements, records'
what_exists
title 'The web container sees'
shown ip -n web -br addr
shown ip -n web route

title 'Both leave'
attach DEL web
attach DEL client
title 'Nothing is left (but the names of interfaces that were there before cambric turned on forwarding: "forwardGuard")'
left=$(ip -br link show group 51771; ip route show proto 200; ip -6 route show proto 200; records)
[ -z "$left" ] || failures=$((failures + 1))
what_exists
that_was_all 'That was all of it. Next: README.md, and make check.'
