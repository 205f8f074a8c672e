#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Names that are paths, patterns or sets: of plugins, containers, networks and interfaces.
. "$(dirname "$0")/lib.sh"

# traced CALLS VERB [IFNAME] - one call under strace; $scratch/trace has these system calls of the plugin and its children
traced() {
	strace -f -y -qq -e trace="$1" -e signal=none -o "$scratch/trace" env -i CNI_COMMAND="$2" CNI_PATH="$plugins" CNI_CONTAINERID="${id:-one}" \
		CNI_NETNS=/run/netns/one CNI_IFNAME="${3:-eth0}" "$PLUGIN" <<<"$config" >"$scratch/output"
	status=$?
	output=$(<"$scratch/output")
}

# settings_written - files below sys/ of a procfs that were opened to be written in the last traced call; those of
# containers are in one that is mounted nowhere
settings_written() {
	sed -nE 's,.*openat\([0-9]+<(/proc)?(/sys/net/[^>]*)>\, "([^"]*)"\, O_(WRONLY|RDWR).*,\2/\3,p' "$scratch/trace" | sort -u
}

# made - names that were made in the last traced call, wherever
made() {
	sed -n 's/.*\(mkdir\|mkdirat\|symlinkat\|renameat\|renameat2\|linkat\)(.*"\([^"]*\)".* = 0$/\2/p
		s/.*openat(.*"\([^"]*\)", .*O_CREAT.*) = [0-9]*$/\1/p' "$scratch/trace"
}

attack_type() {
	local name=CVE-2021-20206 type verb before
	for type in ../plugins/runs ./runs /bin/true "$plugins/runs" .. . runs/ runs/../runs; do
		config=$(network_config "\"ipam\": {\"type\": \"$type\"}")
		for verb in ADD DEL STATUS; do
			traced execve "$verb"
			is "$(grep -c execve "$scratch/trace") $(result .code)" '2 7' "$name: $verb with ipam.type $type runs nothing but ourselves"
			like "$(result .msg)" "ipam\.type.*${type//./\\.}" "$name: and names it"
		done
	done
	for type in ../plugins/runs /bin/true ..; do
		config=$(type=$type network_config)
		traced execve ADD
		before=$(grep -c execve "$scratch/trace")
		traced execve DEL
		is "$before $(grep -c execve "$scratch/trace")" '2 2' "$name: nor does a type $type"
	done
	not_ok "$name: nobody has run" test -e "$scratch/has-run"
	config=$(network_config '"ipam": {"type": "runs"}')
	traced execve ADD
	ok "$name: a name alone is run" test -e "$scratch/has-run"
	rm "$scratch/has-run"
	traced execve DEL
}

attack_names() {
	local name verb bad
	for bad in ../one a/b /one ../../../run/scratch/one .. . .one -one 'one two' $'one\ntwo' one@two one%2Ftwo; do
		for verb in ADD DEL; do
			config=$(network_config)
			id=$bad traced %file "$verb"
			is "$(result .code) $(made)" '4 ' "CVE-2021-20206: $verb of container id ${bad@Q} makes no file"
			config=$(jq -cn --arg name "$bad" '{cniVersion: "1.1.0", name: $name, type: "cambric", ipam: {subnet: "10.77.0.0/16"}}')
			traced %file "$verb"
			is "$(result .code) $(made)" '7 ' "CVE-2021-20206: $verb of network ${bad@Q} makes no file"
		done
	done
	# Legal, and a way up if somebody joined them carelessly
	for name in a.. a..b a...-_; do
		config=$(network=$name network_config)
		id=$name traced %file ADD
		is "$status $(made | grep -E '(^|/)\.\.?(/|$)')" '0 ' "CVE-2021-20206: network and container $name stay in the store"
		id=$name traced %file DEL
	done
}

attack_interface_names() {
	local bad usual
	config=$(network_config "$dual")
	traced %file ADD
	usual=$(settings_written)
	usual=$(sed "s,/$(result '.interfaces[0].name')/,/HOST/,; s,/eth0/,/CONTAINER/," <<<"$usual" | sort)
	like "$usual" 'conf/CONTAINER/accept_ra' 'CVE-2022-0811: an ADD writes settings of its interfaces'
	traced %file DEL
	for bad in .. . all default lo a/b ../all eth0/../all 'a b' 'a:b' 'eth%d' '%s%n' $'a\nb'; do
		for verb in ADD DEL; do
			traced %file "$verb" "$bad"
			is "$(result .code) $(settings_written)" '4 ' "CVE-2022-0811: $verb of interface ${bad@Q} writes no setting"
		done
	done
	traced %file ADD a.b
	is "$status $(settings_written | sed "s,/a\.b/,/CONTAINER/,; s,/$(result '.interfaces[0].name')/,/HOST/," | sort)" "0 $usual" \
		"CVE-2022-0811: interface a.b writes its own settings, and those alone"
	is "$(place one sysctl -n net/ipv6/conf/a.b/accept_ra net/ipv6/conf/all/accept_ra | tr '\n' ' ')" "0 1 " 'CVE-2022-0811: and not those of all'
	traced %file DEL a.b
	is "$status" 0 'a.b is detached'
}

plugins=$scratch/plugins
mkdir "$plugins"
printf '#!/bin/bash\ntouch %s\necho "{}"\n' "$scratch/has-run" >"$plugins/runs"
chmod +x "$plugins/runs"
make_container one
config=$(network_config "$dual")
cni ADD one && cni DEL one
remember_world
attacks type names interface_names
world_is_unchanged 'nothing is left of all that'
done_testing
