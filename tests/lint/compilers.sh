#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What tools say about the C sources: clang-format, clang-tidy, cppcheck, and gcc's own analyzer.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

flags='-std=c17 -D_GNU_SOURCE -iquote . -isystem /usr/include/libnl3'
mapfile -t rooms < <(sed -n 's/^ROOMS := //p' Makefile | tr ' ' '\n')
mapfile -t sources < <(find "${rooms[@]}" -name '*.c' 2>/dev/null | sort)
mapfile -t formatted < <(find "${rooms[@]}" tests -name '*.[ch]' 2>/dev/null | sort)

# in_parallel FILES-AT-A-TIME COMMAND - run it over the sources, two at a time; $0 and $@ are the files
in_parallel() {
	printf '%s\n' "${sources[@]}" | xargs -P2 -n"$1" sh -c "$2" sh
}

tidy() {
	# With its default of 225,000 nodes per function the analyzer takes five times as long as all of lint; and on
	# stderr clang-tidy only counts what it kept to itself, unless it fails before it starts
	in_parallel 4 "clang-tidy --quiet --warnings-as-errors='*' \"\$@\" -- $flags \
		-Xclang -analyzer-config -Xclang max-nodes=40000" 2>build/tidy.err && return 0
	grep -vE 'warnings? generated' build/tidy.err
	return 1
}

analyze() {
	in_parallel 1 "gcc $flags -O2 -Wall -Wextra -fanalyzer -Werror -c -o /dev/null \"\$@\""
}

check() {
	cppcheck --quiet --enable=warning,portability,performance --inline-suppr --error-exitcode=1 --std=c11 \
		-D_GNU_SOURCE --suppress=missingIncludeSystem -j2 -I. "${sources[@]}"
}

mkdir -p build
trap 'rm -f build/tidy.err' EXIT
isnt "${#sources[@]}" 0 'there are sources to look at'
ok 'clang-format would change nothing' clang-format --dry-run --Werror "${formatted[@]}"
ok 'clang-tidy finds nothing' tidy
ok 'cppcheck finds nothing' check
ok 'gcc -fanalyzer finds nothing' analyze
done_testing
