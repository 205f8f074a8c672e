#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# All shell scripts through shellcheck, all Python scripts through the parser.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

mapfile -t shell < <(grep -rlE '^#!/bin/(ba)?sh|^# shellcheck shell=' --include='*.sh' --include=run . | grep -v '^./build' | sort)
mapfile -t python < <(grep -rl '^#!/usr/bin/python3' --include='*.py' . | grep -v '^./build' | sort)

for script in "${shell[@]}"; do
	ok "shellcheck ${script#./}" shellcheck "$script"
done
for script in "${python[@]}"; do
	ok "python3 reads ${script#./}" /usr/bin/python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' "$script"
done
done_testing
