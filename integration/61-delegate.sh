#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# IPAM by another plugin: what it is given, what it may answer, and what happens when it fails.
. "$(dirname "$0")/lib.sh"

plugins=$scratch/plugins
reference=/usr/lib/cni
CNI_PATH=$scratch/nothing-here:$plugins
mkdir "$plugins"
# The reference's names of what cambric serves itself
ln -s "$reference/static" "$plugins/fixed"
ln -s "$reference/host-local" "$plugins/pool"
ln -s "$reference/dhcp" "$plugins/dhcp"

# The delegate of most tests: keeps what it was given, and does what $scratch/does says for its verb
cat >"$plugins/recorder" <<'SCRIPT'
#!/bin/bash
echo "$CNI_COMMAND $CNI_CONTAINERID $CNI_IFNAME" >>/run/scratch/calls
tr '\0' '\n' </proc/$$/environ | sort >"/run/scratch/environment.$CNI_COMMAND"
cat >"/run/scratch/input.$CNI_COMMAND"
# as a child of this script sees them, which bash has not touched
{
	echo "umask $(umask)"
	echo "directory $(pwd)"
	grep -E '^(Sig|Shd)(Blk|Ign)|^Groups|^Cap' /proc/self/status
	cat /proc/self/limits
	readlink /proc/self/ns/net /proc/self/ns/mnt
	echo "descriptors" $(ls /proc/self/fd)
} >"/run/scratch/process.$CNI_COMMAND"
if [ -e "/run/scratch/does.$CNI_COMMAND" ]; then
	. "/run/scratch/does.$CNI_COMMAND"
elif [ "$CNI_COMMAND" = ADD ]; then
	echo '{"cniVersion": "1.1.0", "ips": [{"address": "10.66.0.9/24", "gateway": "10.66.0.1"}]}'
fi
SCRIPT
chmod +x "$plugins/recorder"

# does VERB COMMANDS - what the recorder does in a verb; without COMMANDS it succeeds again
does() {
	rm -f "$scratch/does.$1"
	[ $# -eq 1 ] || echo "$2" >"$scratch/does.$1"
}

# calls - the verbs it has seen since the last question
calls() {
	cut -d' ' -f1 "$scratch/calls" 2>/dev/null | tr '\n' ' '
	rm -f "$scratch/calls"
}

make_container one two
config=$(network_config '"ipam": {"type": "recorder", "secret": [1, 2.5, "é"], "subnet": "none of our business"}')

# --- the verbs ---
ip -6 route change default via 2001:db8:1::2 mtu 1492
remember_world
cni DEL one
is "$status $(calls)" '0 DEL ' 'DEL without a record runs it'
cni ADD one
is "$status $(address_of 4)" '0 10.66.0.9' 'ADD takes its address'
explain "$output" "$errors"
is "$(result '.ips[0].gateway') $(result '.routes[0].dst')" '10.66.0.1 0.0.0.0/0' 'its gateway, and a default route of ours'
is "$(calls)" 'ADD ' 'in one call'
is "$(result '.interfaces[1].mtu')" 1492 'the MTU fits every uplink while the families are not known'
ok 'the container is reached' ping_from host 10.66.0.9
ok 'and reaches the outside' ping_from one 192.0.2.2
is "$(<"$scratch/input.ADD")" "$config" 'its input is ours, byte for byte'
config=$(config_with_result)
cni CHECK one
is "$status $(calls)" '0 CHECK ' 'CHECK is forwarded'
is "$(jq -c .prevResult "$scratch/input.CHECK")" "$(jq -c .prevResult <<<"$config")" 'with prevResult'
does CHECK 'echo "{\"code\": 77, \"msg\": \"lease is lost\", \"details\": \"by the cat\"}"; exit 1'
cni CHECK one
like "$status $(result '"\(.code) \(.msg) \(.details)"')" '1 77 lease is lost by the cat.*"recorder"' 'its error object is ours, with its name'
does CHECK
config=$(jq -c 'del(.prevResult)' <<<"$config")
cni STATUS
is "$status$output $(calls)" '0 CHECK STATUS ' 'STATUS is forwarded'
does STATUS 'echo "{\"code\": 50, \"msg\": \"no server\"}"; exit 1'
cni STATUS
like "$status $(result '"\(.code) \(.msg)"')" '1 50 no server' 'its STATUS is ours'
does STATUS
calls >/dev/null
config=$(jq -c '. + {"cni.dev/valid-attachments": [{"containerID": "one", "ifname": "eth0"}]}' <<<"$config")
cni GC
is "$status $(calls)" '0 GC ' 'GC is forwarded, with what is valid kept'
is "$(jq -c '.["cni.dev/valid-attachments"][0].containerID' "$scratch/input.GC")" '"one"' 'and its list'
config=$(jq -c '. + {"cni.dev/valid-attachments": []}' <<<"$config")
cni GC
is "$status" 0 'GC with an empty list'
like "$(<"$scratch/calls")" 'DEL one eth0' 'runs its DEL for what is collected, under the name of that'
not_ok 'and detaches' place one ip link show eth0
calls >/dev/null
config=$(jq -c 'del(.["cni.dev/valid-attachments"])' <<<"$config")
cni ADD one
cni DEL one
is "$status $(calls)" '0 ADD DEL ' 'DEL is forwarded'
cni DEL one
is "$status $(calls)" '0 DEL ' 'each time'

# --- what it inherits ---
cat >"$scratch/launch.py" <<'SCRIPT'
import os, resource, signal, sys
os.umask(0o027)
os.chdir("/tmp")
signal.signal(signal.SIGPIPE, getattr(signal, sys.argv[1]))
signal.signal(signal.SIGUSR2, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_SETMASK, {signal.SIGUSR1} | ({signal.SIGTERM} if sys.argv[1] == "SIG_IGN" else set()))
for limit in (resource.RLIMIT_CORE, resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE):
    resource.setrlimit(limit, (1 << 20, 1 << 21) if limit != resource.RLIMIT_NOFILE else (99, 111))
os.dup2(0, 77)
os.execv(sys.argv[2], sys.argv[2:])
SCRIPT
for disposition in SIG_DFL SIG_IGN; do
	for program in "$plugins/recorder" "$PLUGIN"; do
		env -i CNI_COMMAND=ADD CNI_PATH="$CNI_PATH" CNI_CONTAINERID=one CNI_NETNS=/run/netns/one CNI_IFNAME=eth0 \
			CNI_ARGS='IgnoreUnknown=1;K8S_POD_NAME=x;A=b' PATH="$PATH" LANG=C.UTF-8 'ODD=a b=c' EMPTY= CAMBRIC_UNKNOWN=1 ASAN_OPTIONS=disable_coredump=0 \
			/usr/bin/python3 -SE "$scratch/launch.py" "$disposition" "$program" <<<"$config" >/dev/null
		mv "$scratch/environment.ADD" "$scratch/environment.${program##*/}"
		sed '/^descriptors/d' "$scratch/process.ADD" >"$scratch/process.${program##*/}"
	done
	is "$(<"$scratch/environment.cambric")" "$(<"$scratch/environment.recorder")" "SIGPIPE $disposition: the runtime's environment"
	is "$(<"$scratch/process.cambric")" "$(<"$scratch/process.recorder")" 'its umask, directory, signals, limits, namespaces'
	is "$(grep ^descriptors "$scratch/process.ADD")" 'descriptors 0 1 2 3' 'no descriptor but the three (and that of the listing)'
	cni DEL one
done
like "$(<"$scratch/process.cambric")" 'umask 0027' 'the comparison compares what it should'
calls >/dev/null

# --- failures of its ADD: its DEL is run, and nothing is left ---
ip -6 route change default via 2001:db8:1::2
remember_world
# fails NAME CODE PATTERN COMMANDS - ADD fails when the delegate does this
fails() {
	does ADD "$4"
	cni ADD one
	like "$status $(result '"\(.code) \(.msg)"')" "1 $2 .*$3" "ADD of a delegate that $1"
	is "$(calls)" 'ADD DEL ' "$1: its DEL is run"
}
fails 'reports an error' 93 'no address for you' 'echo "{\"code\": 93, \"msg\": \"no address for you\"}"; exit 1'
fails 'fails in silence' 107 '"recorder" failed with exit status 5' 'exit 5'
fails 'fails with garbage' 107 'exit status 5' 'echo oops; exit 5'
fails 'dies' 107 '"recorder" was killed by signal 9' 'kill -9 $$'
fails 'prints garbage' 107 '"recorder" answered no JSON' 'echo "I am fine"'
fails 'prints nothing' 107 '"recorder" answered no JSON' ':'
fails 'prints half a result' 107 'no JSON' 'printf "{\"cniVersion\": \"1.1.0\", \"ips\": ["'
fails 'prints a list' 107 '' 'echo "[]"'
fails 'prints no address' 107 '' 'echo "{\"cniVersion\": \"1.1.0\", \"ips\": []}"'
fails 'prints a wrong address' 107 '10.66.0.300' 'echo "{\"cniVersion\": \"1.1.0\", \"ips\": [{\"address\": \"10.66.0.300/24\"}]}"'
fails 'prints too much' 107 'prints more than' 'head -c 2000000 /dev/zero | tr "\0" " "; echo "{}"'
fails 'prints zero bytes' 107 '' 'head -c 100 /dev/zero'
does DEL 'echo "{\"code\": 94, \"msg\": \"nor that\"}"; exit 1'
fails 'fails in its DEL, too' 93 'first' 'echo "{\"code\": 93, \"msg\": \"first\"}"; exit 1'
like "$(result .details)" 'nor that' 'both are told'
is "$(find "$store" -path '*/net/*/a/*' | wc -l)" 1 'the record stays, so that DEL can finish'
does DEL
cni DEL one
is "$status" 0 'which it does'
world_is_unchanged 'nothing is left'

# --- failures of its DEL ---
does ADD
cni ADD one
does DEL 'echo "{\"code\": 94, \"msg\": \"server is away\"}"; exit 1'
cni DEL one
like "$status $(result '"\(.code) \(.msg) \(.details)"')" '1 94 server is away.*recorder' 'its failed DEL is ours'
not_ok 'the interface is gone all the same' place one ip link show eth0
is "$(find "$store" -path '*/net/*/a/*' | wc -l)" 1 'the record stays'
does DEL
calls >/dev/null
cni DEL one
is "$status $(calls)" '0 DEL ' 'the next DEL runs it again'
world_is_unchanged 'and then nothing is left'
cni ADD one
mv "$plugins/recorder" "$scratch/recorder"
cni DEL one
like "$status $(result '"\(.code) \(.msg)"')" '1 107 failed to find plugin "recorder"' 'DEL when the delegate was uninstalled: its address would leak'
not_ok 'the interface is gone all the same' place one ip link show eth0
mv "$scratch/recorder" "$plugins/recorder"
cni DEL one
is "$status" 0 'DEL when it is back'
mv "$plugins/recorder" "$scratch/recorder"
world_is_unchanged 'nothing is left of that either'
cni ADD one
like "$status $(result '"\(.code) \(.msg)"')" '1 107 failed to find plugin "recorder" in path' 'ADD without the delegate'
printf '\177ELF' >"$plugins/recorder" && chmod +x "$plugins/recorder"
cni ADD one
like "$status $(result '"\(.code) \(.msg)"')" '1 107 .*Exec format' 'a delegate that is no program'
chmod -x "$plugins/recorder"
cni ADD one
like "$status $(result '"\(.code) \(.msg)"')" '1 107 .*Permission denied' 'a delegate that is not executable'
mv "$scratch/recorder" "$plugins/recorder"
world_is_unchanged 'nothing is left'
calls >/dev/null

# --- answers ---
config=$(network_config '"ipam": {"type": "recorder"}')
does ADD 'echo "{\"cniVersion\": \"1.1.0\", \"ips\": [{\"address\": \"10.66.0.9/24\"}, {\"address\": \"fd00:66::9/64\"}],
	\"routes\": [{\"dst\": \"0.0.0.0/0\"}, {\"dst\": \"::/0\"}, {\"dst\": \"198.51.100.0/24\", \"gw\": \"169.254.1.1\"}], \"dns\": {\"nameservers\": [\"192.0.2.53\"]}}"'
cni ADD one
is "$status $(result '[.ips[].gateway] | join(" ")')" '0 169.254.1.1 fe80::1' 'without a gateway: the link-local next hops'
is "$(result '.dns.nameservers[0]')" 192.0.2.53 'its dns'
ok 'which are a way out' ping_from one 192.0.2.2
ok 'for IPv6, too' ping_from one 2001:db8:1::2
like "$(place one ip route show 198.51.100.0/24)" 'via 169.254.1.1' 'its routes'
is "$(ip -j addr show cambric0 | jq -c '[.[].addr_info[] | select(.scope == "global")]')" '[]' 'and no gateway address is made'
config=$(config_with_result) cni CHECK one
is "$status" 0 'CHECK'
cni DEL one
remember_world # with forwarding of IPv6
cni ADD one && cni DEL one
does ADD
world_is_unchanged 'nothing is left'

# --- the reference's plugins ---
version=1.0.0
config=$(network_config '"ipam": {"type": "fixed", "addresses": [{"address": "10.67.0.5/24", "gateway": "10.67.0.1"}, {"address": "fd00:67::5/64"}],
	"routes": [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}], "dns": {"nameservers": ["192.0.2.53"]}}')
cni ADD one
is "$status $(result '[.ips[].address] | join(" ")')" '0 10.67.0.5/32 fd00:67::5/128' 'static, dual stack'
explain "$output" "$errors"
ok 'reaches the outside' ping_from one 192.0.2.2
ok 'over IPv6' ping_from one 2001:db8:1::2
ok 'and its gateway' ping_from one 10.67.0.1
config=$(config_with_result) cni CHECK one
is "$status" 0 'CHECK'
[ "$status" = 0 ] || explain "$output"
cni DEL one
is "$status" 0 'DEL'
world_is_unchanged 'nothing is left'
config=$(network_config "\"ipam\": {\"type\": \"fixed\", \"addresses\": [{\"address\": \"10.67.0.5/24\"}]}")
cni ADD one
is "$status $(result '.ips[0] | .address + " " + .gateway')" '0 10.67.0.5/32 169.254.1.1' 'static, without gateway'
ok 'reaches the outside' ping_from one 192.0.2.2
cni DEL one
config=$(network_config "\"ipam\": {\"type\": \"pool\", \"subnet\": \"10.68.0.0/24\", \"dataDir\": \"$scratch/leases\", \"routes\": [{\"dst\": \"0.0.0.0/0\"}]}")
cni ADD one
first=$(address_of 4)
cni ADD two
is "$first $(address_of 4)" '10.68.0.2 10.68.0.3' 'host-local, two containers'
ok 'reach each other' ping_from one 10.68.0.3
cni DEL one
cni DEL two
is "$(find "$scratch/leases" -name '10.68.*')" '' 'its leases are returned'

# --- dhcp: the daemon asks from inside the container, a server answers on the host end ---
# serve_dhcp - as a host's own hook would: address the host end when it comes, listen with a packet socket
serve_dhcp() {
	local host_end=
	until [ -n "$host_end" ]; do
		host_end=$(ip -o link show group 51771 | grep -o 'veth[a-z0-9]*')
	done
	ip addr add 10.69.0.254/32 dev "$host_end"
	exec dhcpd -4 -f -d -cf "$scratch/dhcpd.conf" -lf "$scratch/dhcpd.leases" -pf "$scratch/dhcpd.pid" "$host_end" \
		>"$scratch/dhcpd.log" 2>&1
}
echo 'authoritative; default-lease-time 600;
	subnet 10.69.0.0 netmask 255.255.255.0 { range 10.69.0.10 10.69.0.10; option routers 10.69.0.1; }' >"$scratch/dhcpd.conf"
: >"$scratch/dhcpd.leases"
mkdir /run/cni
"$reference/dhcp" daemon >"$scratch/dhcp.log" 2>&1 &
daemon=$!
ok 'the dhcp daemon listens' wait_for test -S /run/cni/dhcp.sock
config=$(network_config '"ipam": {"type": "dhcp"}')
serve_dhcp &
dhcp_server=$!
cni ADD one
is "$status $(result '.ips[0] | .address + " " + .gateway')" '0 10.69.0.10/32 10.69.0.1' 'an address by DHCP'
[ "$status" = 0 ] || explain "$output" "$(<"$scratch/dhcp.log")" "$(<"$scratch/dhcpd.log")"
ok 'reaches the outside' ping_from one 192.0.2.2
ok 'and its gateway' ping_from one 10.69.0.1
config=$(config_with_result) cni CHECK one
is "$status" 0 'CHECK'
cni DEL one
is "$status" 0 'DEL'
ok 'which gives the lease back' wait_for grep -q 'DHCPRELEASE of 10.69.0.10' "$scratch/dhcpd.log"
kill "$dhcp_server"
wait "$dhcp_server" 2>/dev/null

# --- dhcp on the LAN, for a macvlan ---
ip link add lan up type veth peer name lan-server
ip link set lan-server up
ip addr add 10.69.0.254/24 dev lan-server
: >"$scratch/dhcpd.leases"
dhcpd -4 -f -d -cf "$scratch/dhcpd.conf" -lf "$scratch/dhcpd.leases" -pf "$scratch/dhcpd.pid" lan-server >"$scratch/dhcpd.log" 2>&1 &
dhcp_server=$!
ok 'a DHCP server on the LAN' wait_for grep -q 'Listening on' "$scratch/dhcpd.log"
ln -s "$(realpath "$PLUGIN")" "$scratch/macvlan"
cambric=$PLUGIN PLUGIN=$scratch/macvlan
config=$(type=macvlan network_config '"master": "lan", "ipam": {"type": "dhcp"}')
cni ADD one
is "$status $(result '.ips[0] | .address + " " + .gateway')" '0 10.69.0.10/24 10.69.0.1' 'macvlan: an address by DHCP, with its subnet'
[ "$status" = 0 ] || explain "$output" "$(<"$scratch/dhcp.log")" "$(<"$scratch/dhcpd.log")"
ok 'macvlan: reaches who else is on the LAN' ping_from one 10.69.0.254
config=$(config_with_result) cni CHECK one
is "$status" 0 'macvlan: CHECK'
cni DEL one
is "$status$(ip -n one -br link | grep -c eth0)" 00 'macvlan: DEL'
ok 'macvlan: which gives the lease back' wait_for grep -q 'DHCPRELEASE of 10.69.0.10' "$scratch/dhcpd.log"
PLUGIN=$cambric
kill "$daemon" "$dhcp_server"
done_testing
