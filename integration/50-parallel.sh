#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Many at once, and a ruleset that is flushed under their feet: some here, many in integration/faults/50-storms.sh.
. "$(dirname "$0")/lib.sh"

containers=${STORM_CONTAINERS:-20} operations=${STORM_OPERATIONS:-200} pairs=${STORM_PAIRS:-40}
for ((i = 0; i < containers; i++)); do
	make_container "c$i"
done
config=$(network_config '"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}')
cni ADD c0 && cni DEL c0
remember_world
judged_by /usr/bin/python3 -SEB integration/storms.py "$PLUGIN" "$containers" "$operations"
world_is_unchanged 'the world is as it was before the storms'

# Flushed every 5 ms, three networks
networks=()
for i in 0 1 2; do
	networks+=("$(network="net$i" network_config "\"ipam\": {\"subnet\": \"10.8$i.0.0/16\"}, \"capabilities\": {\"portMappings\": true},
		\"runtimeConfig\": {\"portMappings\": [{\"hostPort\": PORT, \"containerPort\": 80, \"protocol\": \"tcp\"}]}")")
done
/usr/bin/python3 -SE - <<'PYTHON' &
import subprocess, time
end = time.monotonic() + 60
while time.monotonic() < end:
    subprocess.run(["nft", "flush", "ruleset"], check=True)
    time.sleep(0.005)
PYTHON
flusher=$!
failed=0
for ((i = 0; i < pairs; i++)); do
	config=${networks[i % 3]/PORT/$((10000 + i))}
	cni ADD "c$((i % containers))" || { failed=$((failed + 1)) && explain "$output"; }
	cni DEL "c$((i % containers))" || { failed=$((failed + 1)) && explain "$output"; }
done
for i in 0 1 2; do
	config=${networks[i]/PORT/$((20000 + i))}
	cni ADD "c$i" || { failed=$((failed + 1)) && explain "$output"; }
done
kill "$flusher" && wait "$flusher" 2>/dev/null
is "$failed" 0 "$pairs ADDs and DELs of three networks while the ruleset is flushed every 5 ms"
nft flush ruleset
config=${networks[0]/PORT/20003}
cni ADD c3
is "$status" 0 'one more after a flush'
for i in 0 1 2; do
	serve "c$i" tcp:80
	is "$(ask outside tcp 192.0.2.1 $((20000 + i)))" "c$i 192.0.2.2" "rebuilds the ruleset of network $i, too"
	stop_server "$server"
done
nft flush ruleset
for i in 0 1 2; do
	config=${networks[i]/PORT/$((20000 + i))}
	cni DEL "c$i"
	is "$status" 0 "DEL of network $i after a flush"
done
serve c3 tcp:80
is "$(ask outside tcp 192.0.2.1 20003)" 'c3 192.0.2.2' 'rebuilds it as well'
stop_server "$server"
config=${networks[0]/PORT/20003}
cni DEL c3
world_is_unchanged 'nothing is left'
done_testing
