#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whatever is wrong with the input: one error object that names it, quickly, and the world unchanged.
. "$(dirname "$0")/lib.sh"

make_container one
config=$(network_config '"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]}')
cni ADD one && cni DEL one
remember_world
judged_by /usr/bin/python3 -SEB integration/bad_input.py "$PLUGIN" /run/netns/one "$scratch"
world_is_unchanged 'the world is as it was before'

# Standard input that is closed, and one that is open and silent
add=(CNI_COMMAND=ADD CNI_CONTAINERID=one CNI_NETNS=/run/netns/one CNI_IFNAME=eth0 CNI_PATH="$PLUGIN_PATH")
output=$(env -i "${add[@]}" "$PLUGIN" <&-)
is "$?" 1 'closed stdin is an error'
like "$(result .code)" '^[56]$' 'of code 5 or 6'
exec {silent}< <(exec sleep 60)
sleeper=$!
start=$SECONDS
output=$(env -i "${add[@]}" "$PLUGIN" <&"$silent")
is "$?" 1 'silent stdin is an error'
is "$(result .code)" 5 'of code 5'
[ $((SECONDS - start)) -le 7 ]
verdict $? 'after five seconds' "it took $((SECONDS - start)) s"
kill "$sleeper"
world_is_unchanged 'the world is as it was before'
done_testing
