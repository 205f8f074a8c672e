#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a careless or hostile parent leaves to us: descriptors, umask, signals, environment. And forged netlink answers.
. "$(dirname "$0")/lib.sh"

# started PYTHON VERB [NAME=VALUE...] - one call of the plugin in a process that did this before
started() {
	local variables=(CNI_COMMAND="$2" CNI_PATH="$plugins" CNI_CONTAINERID=one CNI_NETNS=/run/netns/one CNI_IFNAME=eth0)
	printf 'import os, resource, signal, sys\n%s\nos.execv(sys.argv[1], sys.argv[1:])\n' "$1" >"$scratch/start.py"
	output=$(env -i "${variables[@]}" "${@:3}" timeout -s KILL 10 /usr/bin/python3 -SE "$scratch/start.py" "$PLUGIN" <<<"$config" 2>"$scratch/stderr")
	status=$?
	errors=$(<"$scratch/stderr")
}

attack_missing_descriptors() {
	local closed name
	for closed in '' 0 1 2 '0, 1' '0, 2' '1, 2' '0, 1, 2'; do
		name="CVE-2024-21626: descriptors closed: ${closed:-none}"
		config=$(network_config "$dual")
		remember_world
		started "for fd in [$closed]: os.close(fd)" ADD
		case $closed in
		'' | 2)
			is "$status $(result '.ips | length')" '0 2' "$name: ADD succeeds"
			ok "$name: and works" ping_from one 192.0.2.2
			;;
		*) isnt "$status" 0 "$name: ADD fails" ;;
		esac
		started "for fd in [$closed]: os.close(fd)" DEL
		cni DEL one
		is "$status" 0 "$name: DEL"
		world_is_unchanged "$name: nothing is left"
	done
}

attack_extra_descriptors() {
	local extra='
resource.setrlimit(resource.RLIMIT_NOFILE, (2048, 2048))
for number in range(500): os.set_inheritable(os.open("/etc", os.O_RDONLY), True)
os.dup2(0, 2047)'
	config=$(network_config '"ipam": {"type": "recorder"}')
	started "$extra" ADD
	is "$status" 0 'CVE-2024-21626: ADD with 501 inherited descriptors'
	is "$(<"$scratch/descriptors.ADD")" '0 1 2 3' 'CVE-2024-21626: a delegate sees none of them (3 is that of the listing)'
	strace -f -qq -e trace=openat,socket,dup2,close_range,setns -o "$scratch/trace" env -i CNI_COMMAND=DEL CNI_PATH="$plugins" CNI_CONTAINERID=one \
		CNI_NETNS=/run/netns/one CNI_IFNAME=eth0 "$PLUGIN" <<<"$config" 7<>/etc/passwd
	like "$(<"$scratch/trace")" 'close_range\(3, 4294967295, 0\) += 0.*NETLINK_ROUTE.* dup2\([0-9]+, 2\) += 2.*close_range\(3, 4294967295, 0\) += 0' \
		'CVE-2024-21626: all are closed at the start, and by the child that waits for the kernel again'
}

attack_umask() {
	local mask
	for mask in 0o000 0o777; do
		rm -rf "$store"
		config=$(network_config '"ipam": {"type": "recorder"}')
		started "os.umask($mask)" ADD
		is "$status" 0 "CVE-2024-25621: ADD with umask $mask" || explain "$output"
		is "$(find "$store" -type d -printf '%m\n' | sort -u) $(find "$store" -type f -printf '%m\n' | sort -u)" '700 600' \
			"CVE-2024-25621: directories are 0700 and files 0600 with umask $mask"
		is "$(<"$scratch/umask.ADD")" "$(printf '%04o' "$((8#${mask#0o}))")" 'the delegate has the umask that the runtime set'
		started "os.umask($mask)" DEL
	done
}

attack_signals() {
	local start verb
	config=$(network_config '"ipam": {"type": "recorder"}')
	for start in 'signal.signal(signal.SIGCHLD, signal.SIG_IGN)' 'signal.signal(signal.SIGPIPE, signal.SIG_DFL)' \
		'signal.signal(signal.SIGALRM, signal.SIG_IGN)' 'signal.pthread_sigmask(signal.SIG_SETMASK, range(1, 65))' \
		'for number in set(range(1, 65)) - {9, 19, 32, 33}: signal.signal(number, signal.SIG_IGN)'; do
		for verb in ADD DEL; do
			started "$start" "$verb"
			is "$status" 0 "$verb after $start" || explain "$output$errors"
		done
	done
	# Whoever reads our result is gone: no death by SIGPIPE in the middle of the work
	config=$(network_config "$dual")
	remember_world
	started 'r, w = os.pipe(); os.dup2(w, 1); os.close(r); os.close(w); signal.signal(signal.SIGPIPE, signal.SIG_DFL)' ADD
	is "$status" 1 'ADD whose result nobody reads fails'
	world_is_unchanged 'and takes everything back'
}

attack_environment() {
	local setting usual
	config=$(network_config "$dual")
	cni ADD one
	usual=$output
	cni DEL one
	for setting in NLDBG=9 NLCB=debug NLCB=verbose LOCPATH=/run/scratch LC_ALL=xx LANG=xx_XX.UTF-8 TZ=/etc/passwd NFT_DEBUG=all \
		POSIXLY_CORRECT=1 HOSTALIASES=/etc/passwd RES_OPTIONS=debug TMPDIR=/nonexistent HOME=/nonexistent; do
		started '' ADD "$setting"
		is "$status $(jq -c '.interfaces[0].name' <<<"$output") $(jq -s length <<<"$output") $errors" \
			"0 $(jq -c '.interfaces[0].name' <<<"$usual") 1 " "$setting changes nothing that is printed"
		started '' DEL "$setting"
		is "$status$output$errors" 0 "$setting: DEL"
	done
}

plugins=$scratch/plugins
mkdir "$plugins"
cat >"$plugins/recorder" <<'SCRIPT'
#!/bin/bash
echo $(ls /proc/self/fd) >/run/scratch/descriptors.$CNI_COMMAND
umask >/run/scratch/umask.$CNI_COMMAND
[ "$CNI_COMMAND" != ADD ] || echo '{"cniVersion": "1.1.0", "ips": [{"address": "10.66.0.9/24"}]}'
SCRIPT
chmod +x "$plugins/recorder"
make_container one
config=$(network_config "$dual")
cni ADD one && cni DEL one
attacks missing_descriptors extra_descriptors umask signals environment
done_testing
