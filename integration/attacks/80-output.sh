#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a hostile name may do to those who read our output: runtimes, logs and terminals.
. "$(dirname "$0")/lib.sh"

# said_cleanly NAME - assertions on the last call: one JSON object that has no control character; stderr is plain lines
said_cleanly() {
	is "$(jq -s 'length' <<<"$output" 2>&1)" 1 "$1: exactly one JSON document on stdout"
	is "$(jq -r '[.. | strings | explode[] | select(. < 32 or (. >= 127 and . < 160))] | length' <<<"$output" 2>&1)" 0 \
		"$1: without control characters, those of eight bits included"
	is "$(LC_ALL=C grep -c -P '[^\x20-\x7e]' <<<"$errors")" 0 "$1: stderr is printable"
	is "$(awk 'length > 512' <<<"$errors")" '' "$1: and its lines have an end"
}

attack_logs() {
	local evil name member variable
	for evil in $'\e[2J' $'\n{"code": 0}' '"}{"' $'\\' $'\r' $'\x7f' $'\xc2\x9b2J' $'\xc2\x85' $'\u2028' '%s%n%99999d' "$(printf 'x%.0s' {1..3000})"; do
		name="log injection ${evil:0:12}"
		name=${name@Q}
		for member in name type cniVersion; do
			config=$(jq -cn --arg member "$member" --arg evil "net$evil" \
				'{cniVersion: "1.1.0", name: "net", type: "cambric", ipam: {subnet: "10.77.0.0/16"}} | .[$member] = $evil')
			cni ADD one
			said_cleanly "$name in $member"
			cni DEL one
		done
		for member in type subnet dataDir rangeStart; do
			config=$(jq -cn --arg member "$member" --arg evil "$evil" \
				'{cniVersion: "1.1.0", name: "net", type: "cambric", ipam: {subnet: "10.77.0.0/16"}} | .ipam[$member] = $evil')
			cni ADD one
			said_cleanly "$name in ipam.$member"
		done
		config=$(network_config)
		for variable in CNI_CONTAINERID CNI_IFNAME CNI_NETNS CNI_ARGS CNI_COMMAND; do
			run_plugin CNI_COMMAND=ADD CNI_CONTAINERID=one CNI_NETNS=/run/netns/one CNI_IFNAME=eth0 CNI_PATH=/x "$variable=$evil"
			said_cleanly "$name in $variable"
			# some of it is a name that one may have
			[ "$status" != 0 ] || run_plugin CNI_COMMAND=DEL CNI_CONTAINERID=one CNI_NETNS=/run/netns/one CNI_IFNAME=eth0 CNI_PATH=/x "$variable=$evil"
		done
	done
}

attack_warnings() {
	local record
	config=$(network_config)
	cni ADD one
	record=$(echo "$store"/*/net/net/a/*)
	printf '\e[2J\nforged line' >"$record"
	cni DEL one
	is "$status" 0 'DEL with a record of control characters'
	like "$errors" 'is no record' 'warns'
	is "$output" '' 'on stderr alone'
	is "$(LC_ALL=C grep -c -P '[^\x20-\x7e]' <<<"$errors")$(grep -c '^forged' <<<"$errors")" 00 'in lines of its own'
	# what a delegate says is repeated
	mkdir "$scratch/plugins"
	printf '#!/bin/bash\nprintf "%%s" "{\\"code\\": 50, \\"msg\\": \\"a\\\\u001b[2J\\\\u009b2J\\\\nb\\", \\"details\\": \\"\\\\u001b[2J\\"}"; exit 1\n' \
		>"$scratch/plugins/liar"
	chmod +x "$scratch/plugins/liar"
	config=$(network_config '"ipam": {"type": "liar"}')
	CNI_PATH=$scratch/plugins cni ADD one
	like "$(result .msg)" 'a.*b' "a delegate's message is repeated"
	said_cleanly "a delegate's message"
}

attack_json() {
	local key
	for key in name type ipam cniVersion; do
		config=$(network_config)
		config="${config%\}}, \"$key\": $(jq -c ".$key" <<<"$config")}"
		cni ADD one
		like "$(result '"\(.code) \(.msg)"')" "^6 .*duplicate" "a second $key is refused, as two readers may take either"
	done
	config=$(printf '[%.0s' {1..100000})
	cni ADD one
	is "$(result .code)" 6 'CVE-2016-4425: 100,000 brackets are an error, not the end of the stack'
}

make_container one
attacks logs warnings json
done_testing
