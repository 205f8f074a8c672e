#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Section 4.1 of the contract: what every kind does with its variables, its standard input and its versions.

What libcni itself does (order of lists, its cache, capabilities) is that of the runtime: integration/clients/10-cnitool.sh.
"""
import json
import pathlib
import re

from suite import EVERY, NEWEST, Raw, Row, add, delete, differs, error

KINDS = ["bridge", "ptp", "loopback", "host-local", "static", "portmap", "tuning", "sbr", "host-device"]
LATER_KINDS = ["bandwidth", "firewall", "macvlan", "ipvlan", "vlan"]
SUPPORTED = ["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0"]
GOOD = {"name": "net", "type": "loopback"}
POOL = {"name": "net", "type": "host-local",
        "ipam": {"type": "host-local", "subnet": "10.1.2.0/24", "dataDir": "/run/data"}}
BRIDGE = {"type": "bridge", "bridge": "br0", "isGateway": True,
          "ipam": {"type": "host-local", "subnet": "10.1.2.0/24", "dataDir": "/run/data"}}
ALL = {"CNI_COMMAND": "ADD", "CNI_CONTAINERID": "c1", "CNI_NETNS": "/run/netns/c1", "CNI_IFNAME": "eth0",
       "CNI_PATH": "<bin>"}
ORDER = ["CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME", "CNI_PATH"]
REQUIRED = {"ADD": ORDER, "CHECK": ORDER, "DEL": ["CNI_CONTAINERID", "CNI_IFNAME", "CNI_PATH"]}


def without(verb, *names):
    return {key: value for key, value in {**ALL, "CNI_COMMAND": verb}.items() if key not in names}


def given(**more):
    return {**ALL, **more}


def refused(name, text, code, environment=None, stdin=None, kind="loopback", **options):
    """A call of one kind that ends in an error of the same code on both sides."""
    return Row(f"protocol: {name}", {},
               [Raw(kind, environment or ALL, GOOD if stdin is None else stdin, fails=error(text, code, code))],
               **options)


def listed(kind):
    """VERSION says at least what the reference of 1.1 says."""
    wanted = SUPPORTED[2:] if kind == "bandwidth" else SUPPORTED[4:] if kind == "firewall" else SUPPORTED

    def complete(said):
        answer = json.loads(said)
        return answer["cniVersion"] in ("1.0.0", "1.1.0") and set(wanted) <= set(answer["supportedVersions"])
    return complete


VERSIONS = [
    Row(f"VERSION of {kind}: one document, nothing read from standard input", {},
        ["echo '{\"cniVersion\": \"1.0.0\"}' > /run/scratch/row/stdin",
         Raw(kind, {"CNI_COMMAND": "VERSION"}, pathlib.Path("/run/scratch/row/stdin"), stdout=listed(kind), reads=0)])
    for kind in KINDS + LATER_KINDS
]

VARIABLES = [
    refused(f"{verb} without {name}", f"required env variables [{name}] missing", 4, without(verb, name))
    for verb, names in REQUIRED.items() for name in names
] + [
    refused("several variables missing are listed in their order", "[CNI_NETNS,CNI_IFNAME,CNI_PATH]", 4,
            {"CNI_COMMAND": "ADD", "CNI_CONTAINERID": "c1"}),
    refused("a missing one of another kind", "required env variables [CNI_IFNAME] missing", 4,
            without("ADD", "CNI_IFNAME"),
            kind="bridge"),
    refused("an invalid ID wins over what is missing", re.compile("(?i)invalid characters"), 4,
            {"CNI_COMMAND": "ADD", "CNI_CONTAINERID": "/x"}, since="1.5"),
    *(refused(f"CNI_CONTAINERID {bad!r}", re.compile("(?i)invalid characters"), 4, given(CNI_CONTAINERID=bad))
      for bad in ("-c1", "a/b", "a b", ".")),
    *(refused(f"CNI_IFNAME {bad!r}", text, 4, given(CNI_IFNAME=bad)) for bad, text in
      (("sixteen-byte-ifs", "interface name is too long"), (".", "interface name is . or .."),
       ("..", "interface name is . or .."),
       ("a/b", "interface name contains"),
       ("a:b", "interface name contains"),
       ("a b", "interface name contains"),
       ("a\u2003b", "interface name contains"))),
    Row("protocol: optional variables", [{"type": "loopback"}],
        [add(args="FOO=bar"), delete(netns=""), delete(netns="/run/netns/never")]),
    Row("protocol: GC and STATUS without ID, namespace and interface", {},
        [Raw("loopback", {"CNI_COMMAND": verb, "CNI_PATH": "<bin>", "CNI_CONTAINERID": "", "CNI_NETNS": "",
                          "CNI_IFNAME": ""}, GOOD)
         for verb in ("GC", "STATUS")], NEWEST),
]

VERBS = [
    refused("an unknown verb", "unknown CNI_COMMAND: add", 4, given(CNI_COMMAND="add")),
    refused("an unknown verb with bad input is an error of the input", "missing network name", 7,
            given(CNI_COMMAND="NOPE"), {"type": "x"}),
    Row("protocol: no verb: what it is, on standard error, successfully", {},
        [Raw(kind, {}, "",
             stderr=re.compile(rf"^CNI {kind} plugin .*\nCNI protocol versions supported: .*0\.4\.0, 1\.0\.0"))
         for kind in ("bridge", "host-local", "portmap", "bandwidth")]),
    Row("protocol: input that cannot be read", {},
        ["mkdir -p /run/scratch/row/folder",
         Raw("loopback", ALL, pathlib.Path("/run/scratch/row/folder"), fails=error("error reading from stdin", 5, 5))]),
]

CONFIGURATIONS = [
    refused("empty input", re.compile("error unmarshall network config|JSON"), 6, stdin=""),
    refused("input that is no JSON", re.compile("error unmarshall network config|JSON"), 6, stdin="{"),
    refused("input that is no object", re.compile("(?i)unmarshal|object"), 6, stdin="[]"),
    refused("something behind the object", re.compile("(?i)unmarshal|end of file"), 6, stdin='{"name": "net"} x'),
    refused("a name of the wrong type", re.compile("(?i)unmarshal|string"), 6, stdin={"name": 7}),
    refused("no name", "missing network name", 7, stdin={"type": "loopback"}),
    refused("an empty name", "missing network name", 7, stdin={"type": "loopback", "name": ""}),
    refused("an invalid name", "invalid characters found in network name", 7,
            stdin={"type": "loopback", "name": "a/b"}),
    Row("protocol: no cniVersion is 0.1.0", {**BRIDGE, "cniVersion": ""},
        [add(result={"whole": lambda said: "ip4" in said}), delete()],
        ["0.1.0"]),
    Row("protocol: no cniVersion, for a plugin without 0.1.0", {},
        [differs("all-versions",
                 [Raw("bandwidth", ALL, {"cniVersion": "", "name": "net"},
                      fails=error('config is "0.1.0", plugin supports ["0.3.0"', 1, 1))],
                 [Raw("bandwidth", {"CNI_COMMAND": "VERSION"}, "",
                      stdout=lambda said: json.loads(said)["supportedVersions"] == EVERY)])]),
    refused("a version nobody knows",
            re.compile(r'(?s)incompatible CNI versions.*config is "9\.9\.9", plugin supports \["0\.1\.0" "0\.2\.0"'), 1,
            stdin={**GOOD, "cniVersion": "9.9.9"}),
    refused('"1.0" is not 1.0.0', "incompatible CNI versions", 1, stdin={**GOOD, "cniVersion": "1.0"}),
    refused("DEL with a version nobody knows", "incompatible CNI versions", 1, without("DEL"),
            {**GOOD, "cniVersion": "9.9.9"}),
    refused("a version that is a number", re.compile("(?i)cniVersion"), 6, stdin={**GOOD, "cniVersion": 1}),
    refused("CHECK with a malformed version", re.compile(""), 6, without("CHECK"), {**GOOD, "cniVersion": "1.x.0"}),
    refused("CHECK with four parts of a version", re.compile(""), 6, without("CHECK"),
            {**GOOD, "cniVersion": "1.0.0.0"}),
    refused("CHECK before 0.4.0", "config version does not allow CHECK", 1, without("CHECK"), versions=EVERY[:4]),
    refused("CHECK of a version that is too new", "plugin version does not allow CHECK", 1, without("CHECK"),
            {**GOOD, "cniVersion": "9.9.9"}),
    refused("GC before 1.1.0", "config version does not allow GC", 1, without("GC"), versions=EVERY[:6], since="1.5"),
    refused("STATUS before 1.1.0", "config version does not allow STATUS", 1, without("STATUS"), versions=EVERY[:6],
            since="1.5"),
    Row("protocol: GC of a reference that does not know it", {},
        [differs("gc", [Raw("loopback", without("GC"), GOOD, fails=error("unknown CNI_COMMAND: GC", 4, 4))],
                 [Raw("loopback", without("GC"), {**GOOD, "cniVersion": "1.1.0"})])]),
]

# Any kind reads its configuration as Go does; host-local shows it without the kernel
JSON = [
    Row("JSON: keys match without regard to case",
        {"type": "host-local", "IPAM": {"Type": "host-local", "SUBNET": "10.1.2.0/24", "datadir": "/run/data"}},
        [add(result={"addresses": ["10.1.2.2/24"]}), ("reserved /run/data/net", ["10.1.2.2"]), delete()]),
    Row("JSON: unknown keys are ignored, null is absent",
        {**POOL, "what": [1], "args": None, "runtimeConfig": {"unheard": 1},
         "ipam": {**POOL["ipam"], "rangeStart": None, "or": {}}},
        [add(result={"addresses": ["10.1.2.2/24"]}), delete()]),
    Row("JSON: a value of the wrong type is an error",
        {"type": "bridge", "bridge": "br0", "isGateway": "true", "ipam": BRIDGE["ipam"]},
        [add(fails=error(re.compile("isGateway|bool"), 6)), ("reserved /run/data/net", [])]),
    Row("JSON: a number for a text", {"type": "bridge", "bridge": 7}, [add(fails=error(re.compile("bridge"), 6))]),
    Row("JSON: a fraction for an integer", {"type": "bridge", "bridge": "br0", "mtu": 1400.5},
        [add(fails=error(re.compile("mtu"), 6))]),
    Row("JSON: a duplicate key", {},
        [Raw("host-local", ALL,
             '{"cniVersion": "1.0.0", "name": "net", "ipam": {"type": "host-local", "subnet": "10.9.9.0/24",'
                                ' "subnet": "10.1.2.0/24", "dataDir": "/run/data"}}',
             fails=differs("duplicate-keys", None, error("subnet", 6)),
             stdout=re.compile(r"10\.1\.2\.2/24"))]),
]

ARGUMENTS = [
    Row("CNI_ARGS: without a key that is known", BRIDGE,
        [add(args="FOO=bar", fails=error('ARGS: unknown args ["FOO=bar"]')), ("reserved /run/data/net", [])]),
    *(Row(f"CNI_ARGS: IgnoreUnknown={word}", BRIDGE,
          [add(args=f"IgnoreUnknown={word};FOO=bar;K8S_POD_NAME=pod"), delete(args=f"IgnoreUnknown={word};FOO=bar")])
      for word in ("1", "true", "TRUE")),
    Row("CNI_ARGS: IgnoreUnknown behind the unknown", BRIDGE, [add(args="FOO=bar;IgnoreUnknown=1"), delete()]),
    Row("CNI_ARGS: IgnoreUnknown that is no boolean", BRIDGE, [add(args="IgnoreUnknown=maybe", fails=error("maybe"))]),
    *(Row(f"CNI_ARGS: {bad!r} is no list of pairs", BRIDGE,
          [add(args="IgnoreUnknown=1;" + bad, fails=error(re.compile("ARGS: invalid pair")))])
      for bad in ("K=V;", "bare", "K=V=W")),
    Row("CNI_ARGS: keys of Kubernetes without IgnoreUnknown", BRIDGE,
        [add(args="K8S_POD_NAME=pod", fails=differs("known-arguments", error("unknown args"), None)), delete()]),
    Row("CNI_ARGS: IP and MAC together", BRIDGE,
        [differs("known-arguments",
                 [add(args="IP=10.1.2.9;MAC=02:00:00:00:00:09", fails=error("unknown args"))],
                 [add(args="IP=10.1.2.9;MAC=02:00:00:00:00:09", result={"addresses": ["10.1.2.9/24"]}),
                  ("link c1 eth0 address", "02:00:00:00:00:09"), delete()])]),
    Row("CNI_ARGS: IP and MAC with IgnoreUnknown", BRIDGE,
        [add(args="IgnoreUnknown=1;IP=10.1.2.9;MAC=02:00:00:00:00:09", result={"addresses": ["10.1.2.9/24"]}),
         ("link c1 eth0 address", "02:00:00:00:00:09"), delete()]),
    Row("CNI_ARGS: of no interest to ptp",
        {"type": "ptp",
         "ipam": {**POOL["ipam"], "type": "static", "addresses": [{"address": "10.1.2.2/24", "gateway": "10.1.2.1"}]}},
        [add(args="IgnoreUnknown=1;FOO=bar"), delete()]),
]

DELEGATES = [
    Row("delegate: that is not there", {**BRIDGE, "ipam": {"type": "nowhere"}},
        [add(fails=error(re.compile('failed to find plugin "nowhere" in path'), 107)),
         ("links host", differs("rollback", ["br0", re.compile("veth")], [])),
         ("links c1", differs("rollback", ["eth0"], []))]),
    Row("delegate: an address that it cannot give",
        {**BRIDGE, "ipam": {**BRIDGE["ipam"], "rangeStart": "10.1.2.9", "rangeEnd": "10.1.2.9"}},
        [add(), add("c2", fails=error("no IP addresses available in range set", 102)),
         ("links c2", differs("rollback", ["eth0"], [])), delete()]),
]

NAMESPACES = [
    Row("namespace: that of the host", BRIDGE,
        [differs("same-namespace",
                 [add(netns="/proc/self/ns/net", result={"addresses": ["10.1.2.2/24"]}),
                  delete(netns="/proc/self/ns/net")],
                 [add(netns="/proc/self/ns/net",
                      fails=error("plugin's netns and netns from CNI_NETNS should not be the same", 8)),
                      ("links host", []), ("reserved /run/data/net", [])])]),
    Row("namespace: that is not there", BRIDGE,
        [add(netns="/run/netns/never", fails=error(re.compile("/run/netns/never"), 8)),
         ("reserved /run/data/net", [])]),
    Row("namespace: a plain file", BRIDGE,
        ["echo > /run/scratch/row/file",
         add(netns="/run/scratch/row/file", fails=error(re.compile("/run/scratch/row/file"), 8)),
         ("reserved /run/data/net", [])]),
]

ROWS = VERSIONS + VARIABLES + VERBS + CONFIGURATIONS + JSON + ARGUMENTS + DELEGATES + NAMESPACES
