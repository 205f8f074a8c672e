# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# TAP in shell, sourced by lint and integration scripts: one line per assertion, "# ..." says why it failed.

tap_count=0
tap_failed=0

# explain TEXT... - diagnostics below the last assertion
explain() {
	printf '%s\n' "$@" | sed 's/^/#   /'
}

# verdict STATUS NAME [WHY...] - one assertion: passed when STATUS is 0
verdict() {
	local status=$1 name=$2

	tap_count=$((tap_count + 1))
	if [ "$status" -eq 0 ]; then
		echo "ok $tap_count - $name"
		return 0
	fi
	shift 2
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $name"
	[ $# -eq 0 ] || explain "$@"
	return 1
}

# ok NAME COMMAND... - the command succeeds
ok() {
	local name=$1 said status
	shift
	said=$("$@" 2>&1)
	status=$?
	verdict "$status" "$name" "exit $status of: $*" "$said"
}

# not_ok NAME COMMAND... - the command fails
not_ok() {
	local name=$1 said
	shift
	said=$("$@" 2>&1)
	verdict $((! $?)) "$name" "succeeded: $*" "$said"
}

# is GOT EXPECTED NAME
is() {
	[ "$1" = "$2" ]
	verdict $? "$3" "got      $1" "expected $2"
}

# isnt GOT UNWANTED NAME
isnt() {
	[ "$1" != "$2" ]
	verdict $? "$3" "got $1"
}

# like GOT REGULAR_EXPRESSION NAME - POSIX extended, anywhere in the text
like() {
	[[ $1 =~ $2 ]]
	verdict $? "$3" "got              $1" "does not match   $2"
}

# unlike GOT REGULAR_EXPRESSION NAME
unlike() {
	[[ ! $1 =~ $2 ]]
	verdict $? "$3" "got     $1" "matches $2"
}

# judged_by COMMAND... - take over the verdicts of a program: "ok NAME", "not ok NAME", anything else explains
judged_by() {
	local line before=$tap_count
	while IFS= read -r line; do
		case $line in
		'ok '*) verdict 0 "${line#ok }" ;;
		'not ok '*) verdict 1 "${line#not ok }" ;;
		*) explain "$line" ;;
		esac
	done < <("$@" 2>&1)
	[ "$tap_count" -gt "$before" ] || verdict 1 "verdicts of $1"
}

# done_testing - print the plan; last line of every script
done_testing() {
	echo "1..$tap_count"
	exit $((tap_failed > 0))
}
