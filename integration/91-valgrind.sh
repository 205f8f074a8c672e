#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every verb once under valgrind, with all that an attachment can have; "make valgrind" does this to whole tests.
. integration/lib.sh

PLUGIN=$PWD/tests/valgrind/plugin.sh
make_container one
plain=$(network_config '"ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd77::/64"}]]},
	"capabilities": {"portMappings": true}, "ipMasqExclude": ["10.0.0.0/8"], "runtimeConfig": {"portMappings": [
	{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}, {"hostPort": 53, "containerPort": 53, "protocol": "udp"},
	{"hostPort": 8081, "containerPort": 81, "protocol": "tcp", "hostIP": "127.0.0.1"}]}')
config=$plain

# verb NAME VERB - succeeds, and valgrind has nothing to say: it would be on stderr, and the exit status 9
verb() {
	cni "${@:2}"
	is "$status $errors" '0 ' "$1"
}

verb 'VERSION' VERSION
verb 'STATUS' STATUS
verb 'ADD' ADD one
config=$(config_with_result)
verb 'CHECK' CHECK one
verb 'DEL' DEL one
config=$plain
verb 'ADD, once more' ADD one
run_plugin CAMBRIC_SYNC_DEL=1 CNI_COMMAND=DEL CNI_CONTAINERID=one CNI_NETNS=/run/netns/one CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin
is "$status $errors" '0 ' 'DEL in one process'
verb 'DEL of what is gone' DEL one
verb 'ADD, for the last time' ADD one
config=$(jq -c '. + {"cni.dev/valid-attachments": []}' <<<"$plain")
verb 'GC, which removes it' GC
config='{'
cni ADD one
is "$status" 1 'a configuration cut off: refused, and nothing else'
unlike "$errors" '==' 'without a report'
run_plugin CNI_COMMAND=ADD
is "$status" 1 'nor without a report: missing variables'
done_testing
