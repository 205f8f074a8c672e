#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# All that "make check" runs is built here, with warnings as errors: gcc, clang, gcc with sanitizers, and cnitool.
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh

quiet_make() {
	make --no-print-directory --silent -j2 "$@" </dev/null
}

ok 'gcc builds plugin and unit tests without a warning' quiet_make STRICT=1 CC=gcc build unit-tests programs
ok 'clang builds plugin and unit tests without a warning' quiet_make STRICT=1 CC=clang BUILD=build-clang build unit-tests programs
# Not strict: gcc 12 warns of conversions and null pointers that only the instrumentation makes
ok 'both build with AddressSanitizer and UBSan' \
	quiet_make CC=gcc BUILD=build-sanitize SANITIZE=address,undefined CFLAGS='-O1 -g' build unit-tests programs

ok 'cnitool builds from its source package' integration/clients/build-cnitool.sh

strip -o build/cambric.stripped build/cambric 2>/dev/null
size=$(stat -c %s build/cambric.stripped 2>/dev/null || echo 0)
[ "$size" -gt 0 ] && [ "$size" -lt 600000 ]
verdict $? 'stripped plugin takes less than 600 kB' "it takes $size bytes"

is "$(readelf -d build/cambric 2>/dev/null | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | sort | tr '\n' ' ')" \
	'libc.so.6 libmnl.so.0 ' 'plugin needs no shared library but libc and libmnl'
like "$(readelf -dlW build/cambric 2>/dev/null)" 'GNU_RELRO.*BIND_NOW|GNU_RELRO.*FLAGS_1.*NOW' 'relocations are read-only and bound at start'
not_ok 'no executable stack' bash -c 'readelf -lW build/cambric | grep GNU_STACK | grep -q RWE'
done_testing
