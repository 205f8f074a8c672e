#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# host-local's files: what the reference has reserved is respected and released, and ours stand among them for its tools.
. "$(dirname "$0")/lib.sh"

reference=/usr/lib/cni
programs=$scratch/programs
mkdir "$programs"
for name in bridge host-local static; do
	ln -s "$PLUGIN" "$programs/$name"
done
# What the machine has reserved is not this host's
mount -t tmpfs -o mode=755 tmpfs /var/lib
default=/var/lib/cni/networks/net
dir=$scratch/reserved
files=$dir/net
version=1.0.0 # the newest that Debian's plugins know
PLUGIN=$programs/bridge
type=bridge

# pool MEMBERS [MORE] - a configuration of host-local with these members of "ipam"
pool() {
	network_config "\"isGateway\": true, \"ipam\": {\"type\": \"host-local\", $1}${2:+, $2}"
}

# mirrored MEMBERS - with dataDir set
mirrored() {
	pool "\"dataDir\": \"$dir\", $1"
}

# reference VERB CONTAINER [IFNAME] - the reference's host-local; sets what cni sets
reference() {
	PLUGIN=$reference/host-local CNI_PATH=$reference netns=${netns-/run/netns/$2} cni "$@"
}

# of_ipam NAME VERB CONTAINER [IFNAME] - our host-local or static, started by somebody else
of_ipam() {
	PLUGIN=$programs/$1 cni "${@:2}"
}

# reserved [DIRECTORY] - who has what: "ADDRESS CONTAINER IFNAME", one per line
reserved() {
	local file
	for file in "${1:-$files}"/[0-9a-f]*[.:]*; do
		[ ! -f "$file" ] || echo "${file##*/} $(tr '\r\n' '  ' <"$file" | sed 's/  */ /g; s/ $//')"
	done
}

# refused NAME CODE PATTERN - assertion: the last call failed with this code and a message that matches
refused() {
	is "$status $(result .code)" "1 $2" "$1" || explain "$output"
	like "$(result '.msg + " " + (.details // "")')" "$3" "$1: named"
}

# got NAME ADDRESS - assertion: the last ADD succeeded with this address
got() {
	is "$status $(result '.ips[0].address // .msg')" "0 $2" "$1" || explain "$output" "$errors"
}

# forget_records - as after a reboot; what was attached is gone, too
forget_records() {
	rm -rf "$store"
	ip link del cni0 2>/dev/null
	remove_container "$@" && make_container "$@"
}

make_container one two three four

# --- reserved by the reference, in its own directory ---
config=$(pool '"subnet": "10.77.0.0/24"')
reference ADD one
got 'the reference gives an address' 10.77.0.2/24
reference ADD two
reference ADD two eth1
attached=$(config_with_result)
cni ADD three
got 'ours goes on behind it' 10.77.0.5/24
is "$(reserved "$default")" "10.77.0.2 one eth0
10.77.0.3 two eth0
10.77.0.4 two eth1" 'its directory is as it was'
cni_args='IP=10.77.0.3' cni ADD four
refused 'an address that it has given' 103 'failed to allocate for range 0: requested IP address 10\.77\.0\.3 is not available in range set 10\.77\.0\.1-10\.77\.0\.254 .*container "two" interface "eth0"'
plain=$config config=$attached
of_ipam host-local CHECK two eth1
is "$status$output" 0 'CHECK of host-local knows what the reference has attached'
of_ipam host-local CHECK two eth2
config=$plain
refused 'and what it has not' 106 'no record of container two'
cni DEL two
is "$status$output" 0 'DEL of a container that the reference has attached'
is "$(reserved "$default")" "10.77.0.2 one eth0
10.77.0.4 two eth1" 'releases its address, and no other'
printf two >"$default/10.77.0.9"
cni DEL two eth1
is "$(reserved "$default")" "10.77.0.2 one eth0
10.77.0.9 two" 'one in the old form stays where there is one in the new'
cni DEL two eth1
is "$(reserved "$default")" '10.77.0.2 one eth0' 'and goes where there is none'
printf two >"$default/10.77.0.9"
config=$(jq -c '. + {prevResult: {cniVersion: .cniVersion, ips: [{address: "10.77.0.9/24"}]}}' <<<"$plain")
cni DEL two
is "$(reserved "$default")" '10.77.0.2 one eth0' 'also when the runtime says which address it is'
config=$plain
cni DEL one
cni DEL three
is "$(ls -A "$default")" "last_reserved_ip.0
lock" 'nothing of it is left'
config=$(pool '"subnet": "10.77.0.0/24", "rangeStart": "10.77.0.2", "rangeEnd": "10.77.0.3"')
reference ADD one
reference ADD two
cni ADD three
refused 'a pool that the reference has given out' 102 'failed to allocate for range 0: no IP addresses available in range set: 10\.77\.0\.2-10\.77\.0\.3'
reference DEL one
cni ADD three
got 'is open again when the reference has taken one back' 10.77.0.2/24
cni DEL three
reference DEL two
rm -rf /var/lib/cni

# --- ours among them ---
config=$(mirrored '"ranges": [[{"subnet": "10.77.0.0/24"}], [{"subnet": "fd00:77::/64"}]]')
cni ADD one
got 'with dataDir set' 10.77.0.2/24
is "$(od -An -c "$files/fd00:77::2" | tr -d ' \n')" 'one\r\neth0' 'the file is the reference'"'"'s, byte for byte'
is "$(cat "$files/last_reserved_ip.0") $(cat "$files/last_reserved_ip.1")" '10.77.0.2 fd00:77::2' 'with what was given last'
is "$(stat -c '%a %U' "$dir" "$files" | sort -u)" '755 root' 'in directories that all can read'
plain=$config config=$(config_with_result)
reference CHECK one
is "$status$output" 0 "the reference's CHECK finds it"
cni CHECK one
is "$status$output" 0 'and ours'
config=$plain
reference ADD two
got 'the reference goes on behind it' 10.77.0.3/24
cni ADD three
got 'and ours behind that' 10.77.0.4/24
mv "$files/10.77.0.4" "$scratch/kept"
config=$(config_with_result) cni CHECK three
refused 'CHECK without the file' 106 "10\.77\.0\.4 is not reserved.*$dir/net"
printf 'four\r\neth0' >"$files/10.77.0.4"
cni DEL three
is "$status $(reserved | grep 0.4)" '0 10.77.0.4 four eth0' 'DEL leaves what became somebody else'"'"'s'
rm "$files/10.77.0.4"
reference DEL one
is "$(reserved)" "10.77.0.3 two eth0
fd00:77::3 two eth0" "the reference's DEL takes ours"
cni DEL one
is "$status$output" 0 'and ours has nothing against it'
cni ADD one
config=$(pool '"subnet": "10.77.0.0/24"') cni DEL one
is "$(reserved)" "10.77.0.3 two eth0
fd00:77::3 two eth0" 'dataDir taken out of the configuration: DEL knows where the files are'
cni DEL two
is "$(reserved)" '' 'none is left'

# --- what stands in the way ---
config=$(mirrored '"subnet": "10.77.0.0/24", "rangeStart": "10.77.0.10", "rangeEnd": "10.77.0.11"')
for damage in '' '\0\0\0\0\0' ' \n'; do
	for name in 10.77.0.10 10.77.0.11; do
		printf '%b' "$damage" >"$files/$name"
	done
	cni ADD one
	is "$status" 0 "files that hold \"$damage\" block nothing"
	cni ADD two
	is "$(reserved | cut -d' ' -f2 | sort | tr '\n' ' ')" 'one two ' 'and ours take their place'
	cni DEL one
	cni DEL two
done
odd=$files/10.77.0.10
for thing in 'ln -s /etc/passwd' mkfifo mkdir 'cp /bin/true' 'ln -s lock'; do
	rm -rf "$odd" && $thing "$odd"
	cni ADD one
	got "$thing: passed over" 10.77.0.11/24
	cni_args='IP=10.77.0.10' cni ADD two
	refused "$thing: on request" 103 '10\.77\.0\.10 is not available'
	cni DEL one
	is "$status" 0 "$thing: DEL"
done
rm -rf "$odd"
mv "$files/lock" "$scratch/kept" && ln -s "$scratch/kept" "$files/lock"
cni ADD one
refused 'a lock that is a link' 101 lock
mv -T "$scratch/kept" "$files/lock"
exec {lock}<>"$files/lock"
flock "$lock"
(sleep 0.3 && exec flock -u "$lock") &
started=${EPOCHREALTIME/./}
cni ADD one
is "$status" 0 'a lock that is held'
ok 'is waited for' test $((${EPOCHREALTIME/./} - started)) -gt 250000
exec {lock}>&-
cni DEL one

mkdir "$scratch/full" && mount -t tmpfs -o size=4k,mode=755 tmpfs "$scratch/full" && head -c 4096 /dev/zero >"$scratch/full/zero"
plain=$config
config=$(jq -c --arg dir "$scratch/full" '.ipam.dataDir = $dir' <<<"$plain")
remember_world
cni ADD one
refused 'a full file system' 101 "No space left.*reservations: $scratch/full/net"
world_is_unchanged 'leaves nothing in the store'
is "$(reserved "$scratch/full/net")" '' 'nor a reservation'
config=$(jq -c --arg dir "$scratch/open" '.ipam.dataDir = $dir' <<<"$plain")
mkdir -p "$scratch/open/net" && chmod 777 "$scratch/open/net"
cni ADD one
refused 'a directory that everybody may write to' 101 "$scratch/open/net.*not ours alone"
config=$plain

# --- a failed ADD, a dead container ---
printf 'two\r\neth0' >"$files/10.77.0.11"
cni ADD one
got 'the last that is free' 10.77.0.10/24
cni ADD two
got 'reserved for the same container, which has no such interface' 10.77.0.11/24
cni DEL two
printf 'two\r\neth0' >"$files/10.77.0.11"
ip -n two link add eth0 type veth peer name other
cni ADD two
refused 'reserved for the same container, which has the interface' 102 'no IP addresses available'
is "$(reserved | grep two)" '10.77.0.11 two eth0' 'and keeps its address'
ip -n two link del eth0
rm "$files/10.77.0.11"
ip -n two link add eth0 type veth peer name other
cni ADD two
refused 'an ADD that fails' 105 eth0
is "$(reserved)" '10.77.0.10 one eth0' 'leaves no reservation'
ip -n two link del eth0
cni ADD two
forget_records one two
cni ADD three
got 'after a reboot: ours without a record are nobody'"'"'s' 10.77.0.10/24
cni ADD four
got 'the next, too' 10.77.0.11/24
is "$(reserved | cut -d' ' -f2 | tr '\n' ' ')" 'three four ' 'and stand for their new holders'
forget_records three four
cni DEL three
is "$status $(reserved)" '0 10.77.0.11 four eth0' 'DEL without a record releases'

# --- GC ---
version=1.1.0
config=$(mirrored '"subnet": "10.77.0.0/24"')
remember=$config
printf 'one\r\neth0' >"$files/10.77.0.23"
printf 'two\r\neth0' >"$files/10.77.0.24"
printf 'three' >"$files/10.77.0.30"
: >"$files/10.77.0.31"
cni ADD three
cni GC
is "$status$output" 0 'GC without a list'
is "$(reserved)" "10.77.0.12 three eth0
10.77.0.23 one eth0
10.77.0.24 two eth0
10.77.0.30 three" 'takes what is torn, and ours without a record'
config=$(jq -c '. + {"cni.dev/valid-attachments": [{"containerID": "one", "ifname": "eth0"}, {"containerID": "three", "ifname": "eth0"}]}' <<<"$remember")
cni GC
is "$status $(reserved)" '0 10.77.0.12 three eth0
10.77.0.23 one eth0
10.77.0.30 three' 'GC with a list: what nobody claims'
config=$(jq -c '. + {"cni.dev/valid-attachments": null}' <<<"$remember")
cni GC
is "$status $(reserved)" '0 ' 'nobody claims anything: all'
is "$(ls "$files")" "last_reserved_ip.0
last_reserved_ip.1
lock" 'but the lock and the cursor'
is "$(find "$store" -path '*/net/*/a/*')" '' 'and no record is left'

# --- host-local by itself ---
version=1.0.0
rm -rf "$dir"
printf 'nameserver 192.0.2.53\nsearch a.example\n' >"$scratch/resolv.conf"
config=$(mirrored "\"ranges\": [[{\"subnet\": \"10.1.2.0/24\"}, {\"subnet\": \"10.2.2.0/24\"}], [{\"subnet\": \"2001:db8:1::/64\"}]],
	\"resolvConf\": \"$scratch/resolv.conf\", \"routes\": [{\"dst\": \"0.0.0.0/0\"}, {\"dst\": \"192.168.0.0/16\", \"gw\": \"1.1.1.1\"}, {\"dst\": \"2001:db8:2::/64\"}]")
reference ADD one
expected=$(jq -cS . <<<"$output")
reference DEL one
rm -rf "$dir"
of_ipam host-local ADD one
is "$(jq -cS . <<<"$output")" "$expected" 'the result is the reference'"'"'s'
ip -n one link add eth0 type veth peer name other
of_ipam host-local ADD one
refused 'a second ADD, and the interface is there' 108 'failed to allocate for range 0: 10\.1\.2\.2 has been allocated to one, duplicate allocation is not allowed'
ip -n one link del eth0
netns=/some/where of_ipam host-local ADD two
is "$(result '.ips[].address' | tr '\n' ' ')" '10.1.2.3/24 2001:db8:1::3/64 ' 'a namespace that nobody can look into'
netns=/some/where of_ipam host-local ADD two
refused 'of which nothing is known: a second ADD' 108 'duplicate allocation is not allowed'
config=$(jq -c '.cniVersion = "0.2.0"' <<<"$config") of_ipam host-local ADD three
is "$(result '.ip4.ip + " " + .ip6.ip')" '10.1.2.4/24 2001:db8:1::4/64' 'an older version'
of_ipam host-local ADD one
is "$status $(reserved | grep -c one)" '0 2' 'a second ADD, and the interface is not: the first is forgotten'
for name in one two three; do
	netns='' of_ipam host-local DEL "$name"
	is "$status$output" 0 "DEL $name"
done
is "$(reserved)$(find "$store" -path '*/net/*/a/*')" '' 'nothing is left'
plain=$config
config=$(jq -c '.runtimeConfig.ips = ["10.1.2.1"]' <<<"$plain") of_ipam host-local ADD one
refused 'a gateway' 7 "^failed to allocate for range 0: requested ip 10\\.1\\.2\\.1 is subnet's gateway"
config=$(jq -c '.runtimeConfig.ips = ["10.1.2.5", "10.1.2.6"]' <<<"$plain") of_ipam host-local ADD one
refused 'two of one set' 7 '^failed to allocate all requested IPs: 10\.1\.2\.6'
config=$(jq -c 'del(.ipam.ranges)' <<<"$plain") of_ipam host-local ADD one
refused 'no ranges' 7 'no IP ranges specified'

# --- static by itself ---
config=$(network_config '"ipam": {"type": "static", "addresses": [{"address": "10.5.0.5/24", "gateway": "10.5.0.1"}], "routes": [{"dst": "::/0"}], "dns": {"nameservers": ["192.0.2.53"]}}')
PLUGIN=$reference/static cni ADD one
expected=$(jq -cS . <<<"$output")
of_ipam static ADD one
is "$(jq -cS . <<<"$output")" "$expected" 'static: the result is the reference'"'"'s'
of_ipam static ADD one
is "$(jq -cS . <<<"$output")" "$expected" 'once more'
of_ipam static ADD two
refused 'the same address for another' 103 '10\.5\.0\.5'
of_ipam static DEL one
of_ipam static ADD two
is "$status" 0 'when it is free'
remove_container two && make_container two
of_ipam static ADD three
is "$status" 0 'and when its holder is gone'
of_ipam static DEL three
of_ipam static DEL two

# --- STATUS: could they stand there? ---
rm -rf "$dir"
mkdir -p "$scratch/fixed/dir" "$scratch/fixed/there/net"
mount --bind "$scratch/fixed" "$scratch/fixed" && mount -o remount,bind,ro "$scratch/fixed"
: >"$scratch/file"
before=$(ls -R "$scratch")
while IFS='|' read -r name path expected; do
	config=$(version=1.1.0 dir=$path mirrored '"subnet": "10.8.0.0/24"')
	of_ipam host-local STATUS
	like "$status $(result '"\(.code) \(.msg)"')" "^$expected" "STATUS: $name"
done <<END
a directory that is to be made|$dir/a/b|0 $
one that cannot be made|$scratch/fixed/dir/a|1 50 dataDir: write to $scratch/fixed/dir: Read-only file system
one that is read-only|$scratch/fixed/there|1 50 .*Read-only file system
one below a file|$scratch/file/a|1 50 .*Not a directory
END
is "$(ls -R "$scratch")" "$before" 'and makes nothing'
umount "$scratch/fixed"
config=$(version=1.1.0 pool '"subnet": "10.8.0.0/24"')
mount -t tmpfs -o ro tmpfs /var/lib
of_ipam host-local STATUS
is "$status$output" 0 'STATUS of who mirrors nothing'
umount /var/lib

# --- both at once ---
config=$(mirrored '"subnet": "10.9.0.0/22"')
# both VERB EVEN ODD - 200 containers, each served by one of these programs
both() {
	/usr/bin/python3 -SE integration/reservations.py "$1" 200 "$2" "$3" <<<"$config"
}
both ADD "$reference/host-local" "$programs/host-local" >"$scratch/given"
is "$(grep -c '^10\.9\.' "$scratch/given")" 200 'ADDs of both programs at once succeed'
is "$(sort -u "$scratch/given" | wc -l)" 200 'and no address is given twice'
is "$(reserved | cut -d' ' -f1 | sort)" "$(cut -d/ -f1 "$scratch/given" | sort)" 'each has its file'
is "$(both DEL "$programs/host-local" "$reference/host-local")$(reserved)" '' 'each program releases what the other has given'
is "$(both DEL "$programs/host-local" "$programs/host-local")$(find "$store" -path '*/net/*/a/*')" '' 'no record is left'
done_testing
