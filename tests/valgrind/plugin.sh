#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The plugin under valgrind, to be called as the plugin is: PLUGIN=tests/valgrind/plugin.sh integration/10-add-del.sh
here=$(dirname "$(realpath "$0")")
STRICT=1 exec "$here/run.sh" "$here/../../build/cambric" "$@"
