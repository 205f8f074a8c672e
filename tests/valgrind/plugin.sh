#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The plugin under valgrind, to be called as the plugin is: PLUGIN=tests/valgrind/plugin.sh integration/10-add-del.sh
# Under another name (loopback) it is of another kind, so the plugin is given that name.
here=$(dirname "$(realpath "$0")")
name=${0##*/}
[ "$name" != plugin.sh ] || name=cambric
build=$here/../../build
mkdir -p "$build/valgrind/names"
[ -e "$build/valgrind/names/$name" ] || ln -sf ../../cambric "$build/valgrind/names/$name"
STRICT=1 exec "$here/run.sh" "$build/valgrind/names/$name" "$@"
