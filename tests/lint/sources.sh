#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# House rules that need no compiler: length of files, licence lines, words we do not use; and headers that stand alone.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

# matches PATTERN FILES... - lines that ought not to be there
matches() {
	grep -nHE -- "$@"
}

unlicensed() {
	for file in "$@"; do
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-or-later' || echo "$file"
	done
}

unexplained() {
	for file in "$@"; do
		sed -n 2p "$file" | grep -q '^/\*' || echo "$file"
	done
}

# dependent HEADERS... - those that need another one before them break whoever includes them first
dependent() {
	for header in "$@"; do
		echo "#include \"$header\"" | gcc -std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror -iquote . \
			-isystem /usr/include/libnl3 -fsyntax-only -x c - 2>&1
	done
}

mapfile -t headers < <(find . -name '*.h' -not -path './build*' -printf '%P\n' | sort)
mapfile -t code < <(find . -name '*.[ch]' -not -path './build*' -printf '%P\n' | sort)
mapfile -t rooms < <(printf '%s\n' "${code[@]}" | grep -vE '^(tests|integration)/')
mapfile -t silent < <(printf '%s\n' "${code[@]}" | grep -vE '^(plugin/(main|command_line|check_config|names|overlay_show)\.c|agent/(main|log)\.c|tests/|integration/programs/|bench/)')
mapfile -t all < <(find . \( -name '*.[ch]' -o -name '*.sh' -o -name '*.py' -o -name Makefile -o -name run \) -not -path './build*' |
	sort)

is "$(wc -l "${code[@]}" | awk '$2 != "total" && $1 > 500 { print $2 ": " $1 " lines" }')" '' \
	'no C file is longer than 500 lines'
is "$(unlicensed "${all[@]}")" '' 'every source names its licence on top'
is "$(unexplained "${code[@]}")" '' 'the second line of every C file says what it is for'
is "$(matches '\bgoto +[a-z]|\b(alloca|strcpy|strcat|sprintf|strtok|atoi|system|popen|sleep|usleep) *[(]' "${rooms[@]}" |
	grep -vE ':[[:space:]]*(/?\*|//)')" '' 'no goto, no alloca, no unbounded string function, no shell, no sleep'
is "$(matches '^typedef struct' "${code[@]}")" '' 'no typedef hides a struct'
is "$(matches '\b(printf|puts|fprintf|perror) *\(' "${silent[@]}")" '' 'only plugin/main.c and the command line print'
is "$(matches '\b(TODO|FIXME|XXX)\b' "${code[@]}")" '' 'nothing is left to do in the sources'
is "$(matches '\bopen(at)?\(.*\bO_[A-Z]' "${code[@]}" | grep -v O_CLOEXEC)" '' 'every descriptor is closed on exec'
is "$(dependent "${headers[@]}")" '' 'each header compiles alone'
done_testing
