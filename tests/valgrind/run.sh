#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Run a program under valgrind; exit status 9 when there is anything to report: bytes that were never written or are not
# ours, memory that is lost. The report is shown on stderr and kept in REPORTS (build/valgrind).
#   [STRICT=1] tests/valgrind/run.sh PROGRAM [ARGUMENT...], or PROGRAM=... tests/valgrind/run.sh
# STRICT: memory that is merely not freed at the end counts too, and so do descriptors that are open. Children are not
# looked at then, as one that leaves by _exit() frees nothing.
reports=${REPORTS:-$(dirname "$(realpath "$0")")/../../build/valgrind}
mkdir -p "$reports"
report=$(mktemp "$reports/XXXXXXXXXX") || exit 9
[ $# -gt 0 ] || set -- "${PROGRAM:?}"

options=(--show-leak-kinds=definite --errors-for-leak-kinds=definite)
[ -z "${STRICT:-}" ] || options=(--show-leak-kinds=all --errors-for-leak-kinds=all --track-fds=yes --child-silent-after-fork=yes)
/usr/bin/valgrind --quiet --log-file="$report" --error-exitcode=9 --leak-check=full "${options[@]}" "$@"
status=$?

# valgrind 3.19 lists open descriptors without taking them for errors; those of the parent are not the program's
awk '/^==[0-9]+== Open / { getline; if ($0 !~ /inherited from parent/) left = 1 } END { exit left }' "$report" || status=9
[ "$status" -ne 9 ] || cat "$report" >&2
exit "$status"
