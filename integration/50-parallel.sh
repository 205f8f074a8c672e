#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Many at once, and a ruleset that is flushed under their feet.
. "$(dirname "$0")/lib.sh"

count=100
for ((i = 0; i < count; i++)); do
	make_container "c$i"
done
config=$(network_config)

# call VERB CONTAINER CONFIG - in the background; answer and status into files
call() {
	env -i CNI_COMMAND="$1" CNI_PATH=/x CNI_CONTAINERID="$2" CNI_NETNS="/run/netns/$2" CNI_IFNAME=eth0 \
		"$PLUGIN" <<<"$3" >"$scratch/$2.$1" 2>&1
	echo $? >"$scratch/$2.$1.status"
}

# many VERB [CONFIG] - all containers at once
many() {
	for ((i = 0; i < count; i++)); do
		call "$1" "c$i" "${2:-$config}" &
	done
	wait
	cat "$scratch"/c*."$1".status | sort | uniq -c | awk '{print $1 "x" $2}'
}

cni ADD c0
cni DEL c0
remember_world
is "$(many ADD)" "${count}x0" "$count ADDs at once succeed"
is "$(cat "$scratch"/c*.ADD | jq -r '.ips[].address' | sort -u | wc -l)" "$count" 'and no address is given out twice'
is "$(ip route show proto 200 | grep -c veth)" "$count" 'each has its route'
is "$(many DEL)" "${count}x0" "$count DELs at once succeed"
world_is_unchanged 'and leave nothing'

# The same container, many times: one wins
for ((i = 0; i < 20; i++)); do
	(
		env -i CNI_COMMAND=ADD CNI_PATH=/x CNI_CONTAINERID=c0 CNI_NETNS=/run/netns/c0 CNI_IFNAME=eth0 "$PLUGIN" <<<"$config" >"$scratch/same.$i" 2>&1
		echo $? >"$scratch/same.$i.status"
	) &
done
wait
is "$(cat "$scratch"/same.*.status | grep -c '^0$')" 1 'of 20 ADDs of one attachment at once exactly one succeeds'
is "$(cat "$scratch"/same.* | grep -c '"code": 108')" 19 'the others say that it is attached'
cni DEL c0
world_is_unchanged 'and one DEL removes it'

# A pool with less room than there are containers
config=$(network_config '"ipam": {"subnet": "10.79.0.0/26"}')
is "$(many ADD | tr '\n' ' ')" "61x0 39x1 " 'a pool of 61 serves 61 of 100'
is "$(many DEL)" "${count}x0" 'and all DELs succeed'
world_is_unchanged 'nothing is left'

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
for ((i = 0; i < 200; i++)); do
	config=${networks[i % 3]/PORT/$((10000 + i))}
	cni ADD "c$((i % count))" || { failed=$((failed + 1)) && explain "$output"; }
	cni DEL "c$((i % count))" || { failed=$((failed + 1)) && explain "$output"; }
done
for i in 0 1 2; do
	config=${networks[i]/PORT/$((20000 + i))}
	cni ADD "c$i" || { failed=$((failed + 1)) && explain "$output"; }
done
kill "$flusher" && wait "$flusher" 2>/dev/null
is "$failed" 0 '200 ADDs and DELs of three networks while the ruleset is flushed every 5 ms'
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
