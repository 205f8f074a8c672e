# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034  # $dim and $plain are for who sources this
# How demonstrations look: titles, commands with what they say, and one line for what was tried.

bold='' dim='' plain=''
if [ -t 1 ]; then
	bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
fi
failures=0

title() {
	printf '\n%s%s%s\n' "$bold" "$1" "$plain"
}

# shown COMMAND... - the command and its output, indented
shown() {
	printf '%s  $ %s%s\n' "$dim" "$*" "$plain"
	"$@" 2>&1 | sed 's/^/    /'
}

# expect WHAT COMMAND... - one line: what was tried and the first line of what came of it
expect() {
	local said
	if said=$("${@:2}" 2>&1); then
		printf '  %-52s %s\n' "$1" "$(head -n 1 <<<"$said")"
	else
		failures=$((failures + 1))
		printf '  %s%-52s FAILED: %s%s\n' "$bold" "$1" "$said" "$plain"
	fi
}

round_trip() {
	ping_from "$@" | sed -n 's/^rtt .* = \([0-9.]*\).*/\1 ms/p' | grep .
}

# that_was_all TEXT - the end, whose status says whether all worked
that_was_all() {
	if [ "$failures" -gt 0 ]; then
		printf '\n%s%d steps did not work.%s\n' "$bold" "$failures" "$plain"
		exit 1
	fi
	printf '\n%s%s%s\n' "$bold" "$1" "$plain"
}
