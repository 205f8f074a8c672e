#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The agent with a real etcd: hosts find each other, whatever happens to the one or the other.
. "$(dirname "$0")/lib.sh"
. integration/hosts.sh
. integration/etcd.sh
make_hosts
mkdir /run/cache
etcd_options=()
overlay='{"kind": "vxlan", "network": "10.77.0.0/16"}'
start_etcd
wait_for_etcd
ok 'etcd runs' etcd_is_well

# --- two hosts see each other ---

for host in east far; do
	agent_config "$host" "$overlay" '{"metrics": "127.0.0.1:9465"}'
	config=$(network_config "\"ipam\": {\"dataDir\": \"/run/cambric-$host\"}, \"overlay\": $overlay")
	on "$host" cni ADD early eth0
	is "$status $(result .code)" '1 11' "$host: ADD before there is an agent is to be tried again"
	on "$host" cni STATUS
	is "$status $(result .code)" '1 50' "$host: STATUS says that no ADD can succeed"
	start_agent "$host"
done
agents_say east '.peers | length' 1 'east sees far'
agents_say far '.peers | length' 1 'far sees east'
is "$(said east .peers[0].host)" 198.51.100.13/24 'with the address from which far talks to etcd, and its length'
is "$(said east -c .peers[0].subnets)$(said far -c .peers[0].subnets)" "$(said far -c .subnets)$(said east -c .subnets)" \
	'each with the subnet that the other has leased'
make_container a c
declare -A home=([a]=east [c]=far)
for container in a c; do
	config=$(network_config "\"ipam\": {\"dataDir\": \"/run/cambric-${home[$container]}\"}, \"overlay\": $overlay")
	on "${home[$container]}" cni ADD "$container"
	is "$status" 0 "$container is attached, with a subnet that only the agent knows" "$output"
	[ "$container" = a ] || address_of_c=$(address_of 4)
done
ok 'a container reaches one on the other host' ping_from a "$address_of_c"
agent east east status >"$scratch/status"
is "$?$(sed -n 1p "$scratch/status")" '0network net: ready' 'status says so'
like "$(place east curl -s -m 2 127.0.0.1:9465/metrics)" 'cambricd_peers 1.*cambricd_lease_held 1' 'and the metrics do'

# --- an agent that is away, a history that is gone ---

own=$(said east .subnets[0])
key=/net/subnets/${own/\//-}
stop_agent east
is $? 0 'SIGTERM ends the agent'
ok 'what it has made goes on' ping_from c "$(ip -n a -4 -o addr show eth0 | grep -o '10\.77\.[0-9.]*' | head -n 1)"
place east ip route del "$(said east .peers[0].subnets[0])"
etcd_put /net/subnets/10.77.200.0-24 '{"nodeID": "third", "host": "192.0.2.77"}'
etcd_put /net/subnets/10.77.201.0-24 'this is no JSON'
revision=$(etcd_ask kv/range '{"key": "AA=="}' | jq -r .header.revision)
etcd_ask kv/compaction "{\"revision\": \"$revision\", \"physical\": true}" >/dev/null
start_agent east
agents_say east '.peers | length' 2 'started again after a compaction it knows all that is new, a value that is none is left out'
is "$(said east .subnets[0])" "$own" 'and has the subnet that it had'
route_is_back() { ip -n east route show proto 201 | grep -q "^$(said east .peers[0].subnets[0] | cut -d/ -f1)"; }
wait_for route_is_back
verdict $? 'the route that somebody has deleted is back' "$(routes_of east)"

# --- events ---

etcd_put /net/subnets/10.77.200.0-24 'garbage'
etcd_put /net/subnets/10.77.202.0-24 '{"nodeID": "fourth", "host": "192.0.2.78"}'
agents_say east '.peers | map(.host) | sort | join(" ")' '192.0.2.77 192.0.2.78 198.51.100.13/24' \
	'a value that becomes garbage keeps what was known, and hinders no other'
etcd_put /net/subnets/10.77.202.0-24 '{"nodeID": "fourth", "host": "192.0.2.79"}'
agents_say east '.peers | map(.host) | contains(["192.0.2.79"])' true 'a host that moves keeps its subnet'
etcd_put /net/subnets/10.99.1.0-24 '{"nodeID": "hostile", "host": "192.0.2.80"}'
etcd_put /net/subnets/10.77.202.128-25 '{"nodeID": "late", "host": "192.0.2.81"}'
etcd_put /net/subnets/10.77.203.0-24 '{"nodeID": "double", "host": "192.0.2.77"}'
etcd_delete /net/subnets/10.77.200.0-24
agents_say east '.peers | map(.host) | sort | join(" ")' '192.0.2.77 192.0.2.79 198.51.100.13/24' \
	'outside of the network, or overlapping with an older one: left out; who is deleted makes room for its address'
for left in 10.77.201.0-24 10.77.202.0-24 10.99.1.0-24 10.77.202.128-25 10.77.203.0-24; do
	etcd_delete "/net/subnets/$left"
done
agents_say east '.peers | length' 1 'what is deleted goes'
is "$(ip -n east route show proto 201 type unicast | wc -l)" 1 'its routes, too'

# --- the own lease and keys ---

first=$(lease_of "$key")
etcd_ask lease/revoke "{\"ID\": \"$first\"}" >/dev/null
has_new_lease() { [ -n "$(lease_of "$key")" ] && [ "$(lease_of "$key")" != "$1" ]; }
wait_for has_new_lease "$first"
verdict $? 'a lease that is revoked is replaced, for the same subnet' "$(etcd_keys /net/ /net0)" "$(tail -n 5 "$scratch/east.log")"
agents_say east .state ready 'and the agent goes on'
agents_say far '.peers | length' 1 'the other host sees it again'
etcd_delete "$key"
wait_for has_new_lease none
verdict $? 'a key that somebody deletes is written again' "$(etcd_keys /net/ /net0)" "$(tail -n 5 "$scratch/east.log")"
stop_agent east
etcd_ask lease/revoke "{\"ID\": \"$(lease_of "$key")\"}" >/dev/null
etcd_put "$key" '{"nodeID": "thief", "host": "192.0.2.90"}'
start_agent east
agents_say east .state lost 'a subnet that is another host'\''s is lost, where containers have addresses of it'
agents_say east .reason "subnet $own is lost to node thief" 'and it says to whom'
make_container b
config=$(network_config "\"ipam\": {\"dataDir\": \"/run/cambric-east\"}, \"overlay\": $overlay")
on east cni ADD b
is "$status $(result .code)" '1 11' 'then ADD is refused'
ok 'while what runs is left alone' route_is_back
etcd_delete "$key"
agents_say east '.state + .subnets[0]' "ready$own" 'it is claimed as soon as it is free'

# --- etcd goes and comes ---

kill_etcd
stop_agent far
rm -r /run/cambric-far/net # as after a boot
start_agent far
agents_say far '.state + (.peers | length | tostring)' ready1 'without etcd the cache serves'
ok 'what runs goes on without etcd' ping_from a "$address_of_c"
start_etcd
wait_for_etcd
etcd_put /net/subnets/10.77.210.0-24 '{"nodeID": "later", "host": "192.0.2.77"}'
for host in east far; do
	agents_say "$host" '.peers | length' 2 "$host follows again when etcd is back"
done
etcd_delete /net/subnets/10.77.210.0-24
config=$(network_config "\"ipam\": {\"dataDir\": \"/run/cambric-far\"}, \"overlay\": $overlay")
on far cni DEL c
stop_agent far
agent far far leave
is "$?$(etcd_keys /net/subnets/ /net/subnets0 | wc -l)" 01 'leave gives the subnet back'
is "$(routes_of far)$(find /run/cambric-far/net/peers /run/cache/far.json 2>/dev/null)" '' 'and takes routes and files away'
agents_say east '.peers | length' 0 'the others see that at once'
stop_agent east

# --- many at once ---

many=50
for ((i = 1; i <= many; i++)); do
	agent_config "n$i" '{"kind": "none", "network": ["10.88.0.0/16", "fd00:88::/48"]}' \
		"{\"publicIP\": \"198.18.0.$i\", \"etcd\": {\"prefix\": \"/many\"}}"
done
pids=()
for ((i = 1; i <= many; i++)); do
	agent "router" "n$i" sync &
	pids+=($!)
done
wait "${pids[@]}"
is "$(etcd_keys /many/nodes/ /many/nodes0 | wc -l)" $many "$many hosts claim at once: none is lost"
is "$(etcd_keys /many/subnets/ /many/subnets0 | wc -l) $(etcd_keys /many/subnets6/ /many/subnets60 | wc -l)" "$many $many" \
	'each has a subnet of both families'
is "$(etcd_keys /many/subnets/ /many/subnets7 | cut -f2 | jq -r .nodeID | sort | uniq -c | awk '$1 != 2')" '' \
	'no subnet is two hosts'\'''
is "$(for ((i = 1; i <= many; i++)); do said "n$i" .state; done | sort | uniq -c | xargs)" "$many ready" 'and each knows'

# --- flannel's layout ---

etcd_put /flannel/subnets/10.66.9.0-24 '{"PublicIP":"192.0.2.12","PublicIPv6":null,"BackendType":"ipip"}'
agent_config flannel '{"kind": "none", "network": "10.66.0.0/16"}' \
	'{"layout": "flannel", "publicIP": "192.0.2.11", "etcd": {"prefix": "/flannel"}}'
agent east flannel sync
is "$(said flannel -c .peers)" '[{"host":"192.0.2.12","subnets":["10.66.9.0/24"]}]' 'a record of flannel'\''s own daemon is a peer'
like "$(etcd_keys /flannel/subnets/ /flannel/subnets0)" \
	'/flannel/subnets/10\.66\.[0-9]+\.0-24.*"PublicIP":"192\.0\.2\.11".*"BackendType":"none"' 'and ours can be read by it'

# --- three members, one killed ---

kill_etcd
cluster=m1=http://192.0.2.1:3501,m2=http://192.0.2.1:3502,m3=http://192.0.2.1:3503
for i in 1 2 3; do start_etcd "m$i" "250$i" "$cluster"; done
etcd_url=http://192.0.2.1:2503
wait_for_etcd
for host in east west; do
	rm -rf "/run/cache/$host.json" "/run/cambric-$host/net"
	agent_config "$host" "$overlay" '{"etcd": {"endpoints": ["http://192.0.2.1:2501", "http://192.0.2.1:2502", "http://192.0.2.1:2503"]}}'
	start_agent "$host"
done
agents_say east '.peers | length' 1 'with three members it is the same'
kill_etcd m1
wait_for_etcd # they elect another leader
etcd_put /net/subnets/10.77.220.0-24 '{"nodeID": "later", "host": "192.0.2.77"}'
agents_say east '.peers | length' 2 'one of them is killed, and the agents go on with the others'
agents_say west '.peers | length' 2 'all of them'
is "$(said east .state)$(said west .state)" readyready 'nobody has lost anything'
for host in east west; do stop_agent "$host"; done
done_testing
