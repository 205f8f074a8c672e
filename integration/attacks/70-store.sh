#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Somebody prepared the store, or the settings, for us: nothing outside may be touched, and nothing may hang.
. "$(dirname "$0")/lib.sh"

victim=/run/victim

# quickly VERB CONTAINER - as cni, but whoever hangs is told by status 137
quickly() {
	output=$(env -i CNI_COMMAND="$1" CNI_PATH="$PLUGIN_PATH" CNI_CONTAINERID="$2" CNI_NETNS="/run/netns/$2" CNI_IFNAME=eth0 \
		timeout -s KILL 5 "$PLUGIN" <<<"$config" 2>"$scratch/stderr")
	status=$?
	errors=$(<"$scratch/stderr")
}

# make_victim - what nothing of ours may touch
make_victim() {
	rm -rf "$victim"
	mkdir -p "$victim/directory/empty"
	echo secret | tee "$victim/file" >"$victim/directory/file"
	chmod 700 "$victim/directory"
	untouched=$(state_of_victim)
}

# state_of_victim - everything that can be seen of it
state_of_victim() {
	find "$victim" -printf '%P %m %u %s %T@\n' | sort
	cat "$victim/file" "$victim/directory/file"
}

# restore - the store as it was when the container had been attached
restore() {
	rm -rf "$store" && cp -a "$scratch/store" "$store"
}

# replace PATH KIND - put something else in its place
replace() {
	rm -rf "$1"
	case $2 in
	'symbolic link to a file') ln -s "$victim/file" "$1" ;;
	'symbolic link to a directory') ln -s "$victim/directory" "$1" ;;
	'hard link') ln "$victim/file" "$1" ;;
	fifo) mkfifo "$1" ;;
	directory) mkdir -m 700 "$1" ;;
	device) mknod "$1" c 1 3 ;;
	socket) /usr/bin/python3 -SEc 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$1" ;;
	esac
}

# answered_well - whether the last call ended in time, with success or with an error that says what is wrong
answered_well() {
	case $status in
	0) return 0 ;;
	1) [ "$(jq -rs 'length == 1 and (.[0] | .code > 0 and (.msg | length > 10))' <<<"$output")" = true ] ;;
	*) return 1 ;;
	esac
}

attack_files() {
	local path kind call place wrong
	while IFS= read -r path; do
		for kind in 'symbolic link to a file' 'symbolic link to a directory' 'hard link' fifo directory device socket; do
			place="CVE-2025-24965: a $kind in place of ${path#"$store"/*/}"
			wrong=
			make_victim
			for call in ADD:two DEL:one GC:one; do
				restore
				replace "$path" "$kind"
				config=$plain
				quickly "${call%:*}" "${call#*:}"
				answered_well || wrong+="$call: status $status $output $errors; "
				[ "$call" != ADD:two ] || quickly DEL two
			done
			is "$wrong" '' "$place hangs nothing"
			is "$(state_of_victim)" "$untouched" "$place leads nowhere"
		done
	done < <(find "$store" -mindepth 2 ! -path "$store/*/use/*/*" ! -name '*fd00:*' ! -name '*ipv6*' ! -name 'subnet-*' ! -name 'masquerade-*')
	restore
}

attack_ownership() {
	local path how
	# All that a file is looked up in; above them, nobody else can get in
	for path in "$store" "$store"/*-* "$store"/*/net/net/a "$store"/*/bits "$store"/*/use/gateway-10.77.0.1; do
		for how in 'chmod 0777' 'chmod 0720' 'chmod 0702' 'chown 1000'; do
			restore
			$how "$path"
			config=$plain
			quickly ADD two
			like "$status $(result '"\(.code) \(.msg)"')" '^1 101 .*is not ours alone' "CVE-2024-25621: $how ${path#/run/} is refused"
			[[ $path == */*/*/*/* ]] && continue
			quickly STATUS two
			isnt "$status" 0 "CVE-2024-25621: $how ${path#/run/} makes STATUS fail"
		done
	done
	restore
}

attack_settings() {
	local covered before
	for covered in /proc/sys/net /proc/sys/net/ipv4 /proc/sys/net/ipv6/conf; do
		cp -a "$covered" "$scratch/covered" 2>/dev/null
		mount -t tmpfs tmpfs "$covered"
		cp -a "$scratch/covered/." "$covered"
		# what the interface to come will ask for, too
		for file in "$covered"/conf "$covered"/ipv*/conf "$covered"; do
			[ ! -d "$file/all" ] || cp -a "$file/all" "$file/$host_two"
		done
		before=$(find "$covered" -type f -printf '%p %s %T@\n' | sort | sha256sum)
		config=$plain
		quickly ADD two
		like "$status $(result '"\(.code) \(.msg)"')" '^1 100 .*not on procfs' "CVE-2025-52881: a tmpfs over $covered is refused"
		is "$(find "$covered" -type f -printf '%p %s %T@\n' | sort | sha256sum)" "$before" "CVE-2025-52881: and nothing written into it"
		umount "$covered"
		rm -rf "$scratch/covered"
		quickly DEL two
	done
	for covered in /proc/sys/net /proc/sys/net/ipv6; do
		mount -t tmpfs tmpfs "$covered"
		config=$(network_config)
		quickly ADD two
		isnt "$status" 0 "CVE-2025-52881: an empty tmpfs over $covered is not taken for a kernel without IPv6"
		umount "$covered"
		quickly DEL two
	done
}

make_container one two
plain=$(network_config "$dual")
config=$(network_config "$(publishing '"hostPort": 8080, "containerPort": 80, "protocol": "tcp"')")
cni ADD one
config=$plain
cni ADD two && host_two=$(result '.interfaces[0].name') && cni DEL two
cp -a "$store" "$scratch/store"
attacks files ownership settings
done_testing
