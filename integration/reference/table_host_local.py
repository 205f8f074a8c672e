#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Section 4.4 of the contract: host-local, called as bridge and others call it; no kernel object is made."""
import re

from suite import EVERY, LAST, LISTS, NEWEST, Raw, Row, SHAPES, add, check, collect, delete, differs, error, status

V4, V6 = "10.1.2.0/24", "2001:db8:1::/64"
RESERVED = "reserved /run/data/net"
SMALL = {"subnet": "10.1.2.0/29"}  # .2 to .6 are given out, .1 is the gateway
MODE = re.compile("^06(00|44)$")  # of files: the latter up to release 1.1
EXHAUSTED = error("no IP addresses available in range set", 102)


def pool(*sets, **more):
    """Range sets; a text is a subnet, a dictionary a range, a list a set of several."""
    ranges = [[{"subnet": part} if isinstance(part, str) else part
               for part in (one if isinstance(one, list) else [one])] for one in sets]
    top = {key: more.pop(key) for key in ("args", "runtimeConfig", "capabilities", "name") if key in more}
    return {"type": "host-local",
            "ipam": {"type": "host-local", "dataDir": "/run/data", **({"ranges": ranges} if ranges else {}), **more},
            **top}


def gives(*addresses, container="c1", **options):
    return add(container, netns="/run/none", result={"addresses": list(addresses)}, **options)


def take(container="c1", **options):
    return add(container, netns="/run/none", **options)


def give_back(container="c1", **options):
    return delete(container, netns="/run/none", **options)


def last(ip, number=0):
    """The address that was given out last."""
    return f"mkdir -p /run/data/net; printf {ip} > /run/data/net/last_reserved_ip.{number}"


def taken(*addresses):
    return f"mkdir -p /run/data/net; for ip in {' '.join(addresses)}; do printf 'other\\r\\neth0' > /run/data/net/$ip; done"


def requested(name, plugin, text, *addresses, args="", before="", ours=None, versions=LAST):
    """Addresses that are asked for: they are given out, or nothing is kept and the error says text."""
    answer = [gives(*addresses, args=args), (RESERVED, lambda got: {ip.split("/")[0] for ip in addresses} <= set(got)),
              give_back(args=args)]
    failure = [("same " + RESERVED, True), take(args=args, fails=error(text, ours)), ("same " + RESERVED, True)]
    return Row(f"host-local: {name}", plugin, [*([before] if before else []), *(answer if addresses else failure)],
               versions)


FULL = pool({"subnet": V4, "rangeStart": "10.1.2.9", "rangeEnd": "10.1.2.9"})  # with its first container

FILES = [
    Row("host-local: ADD two v4 ranges in one set and one v6 set, 4 routes",
        pool(["10.1.2.0/24", "10.2.2.0/24"], V6,
             routes=[{"dst": "0.0.0.0/0"}, {"dst": "::/0"}, {"dst": "192.168.0.0/16", "gw": "1.1.1.1"},
                     {"dst": "2001:db8:2::0/64", "gw": "2001:db8:3::1"}]),
        [gives("10.1.2.2/24", "2001:db8:1::2/64"), ("file /run/data/net/10.1.2.2", "c1\r\neth0"),
         ("file /run/data/net/2001:db8:1::2", "c1\r\neth0"), ("file /run/data/net/last_reserved_ip.0", "10.1.2.2"),
         ("file /run/data/net/last_reserved_ip.1", "2001:db8:1::2"), give_back(), (RESERVED, [])], EVERY),
    Row("host-local: gateways and routes of the result",
        pool(V4, V6, routes=[{"dst": "0.0.0.0/0"}, {"dst": "192.168.0.0/16", "gw": "1.1.1.1"},
                             {"dst": "2001:db8:2::0/64", "gw": "2001:db8:3::1"}]),
        [take(result={"gateways": ["10.1.2.1", "2001:db8:1::1"], "interfaces": [], "on": [None, None],
                      "routes": ["0.0.0.0/0", "192.168.0.0/16 via 1.1.1.1", "2001:db8:2::/64 via 2001:db8:3::1"]}),
                      give_back()], SHAPES),
    Row("host-local: modes of folder and files", pool(V4),
        [take(), ("mode /run/data/net", "0755"), ("mode /run/data/net/10.1.2.2", MODE),
         ("mode /run/data/net/last_reserved_ip.0", MODE), give_back(),
         ("files /run/data/net", lambda got: set(got) >= {"last_reserved_ip.0", "lock"})]),
    Row("host-local: default dataDir", {"type": "host-local", "ipam": {"type": "host-local", "subnet": V4}},
        [gives("10.1.2.2/24"),
         ("file /var/lib/cni/networks/net/10.1.2.2", differs("reservation-files", "c1\r\neth0", None)), give_back(),
         ("reserved /var/lib/cni/networks/net", [])]),
    Row("host-local: two networks with one ID", pool(V4, name="one"),
        [gives("10.1.2.2/24"), gives("10.9.9.2/24", plugins=pool("10.9.9.0/24", name="two")), give_back(),
         ("reserved /run/data/one", []),
         ("reserved /run/data/two", ["10.9.9.2"]), give_back(plugins=pool("10.9.9.0/24", name="two"))]),
    Row("host-local: two networks with one subnet", pool(V4, name="one"),
        [gives("10.1.2.2/24"), gives("10.1.2.2/24", plugins=pool(V4, name="two")),
         give_back(),
         give_back(plugins=pool(V4, name="two")), ("reserved /run/data/two", [])]),
    Row("host-local: two interfaces of one ID", pool(V4),
        [gives("10.1.2.2/24"), gives("10.1.2.3/24", ifname="eth1"), ("file /run/data/net/10.1.2.3", "c1\r\neth1"),
         give_back(),
         (RESERVED, ["10.1.2.3"]), give_back(ifname="eth1"), (RESERVED, [])]),
    Row("host-local: ADD again", pool(V4),
        [gives("10.1.2.2/24"), take(fails=error("duplicate allocation is not allowed", 108)),
         gives("10.1.2.3/24", container="c2"),
         take(fails=error("duplicate allocation is not allowed", 108)), give_back(), give_back("c2"), (RESERVED, [])]),
    Row("host-local: a file with the ID only, as old releases made it", pool(V4),
        ["mkdir -p /run/data/net; printf c1 > /run/data/net/10.1.2.2", give_back(), (RESERVED, [])]),
    Row("host-local: a file with the ID only is respected", pool(V4),
        ["mkdir -p /run/data/net; printf other > /run/data/net/10.1.2.2", gives("10.1.2.3/24"), give_back(),
         (RESERVED, ["10.1.2.2"])]),
    Row("host-local: a file of another container is respected, and stays", pool(V4),
        [taken("10.1.2.2", "10.1.2.3"), gives("10.1.2.4/24"), give_back(), (RESERVED, ["10.1.2.2", "10.1.2.3"])]),
    Row("host-local: an empty file", pool(SMALL),
        ["mkdir -p /run/data/net; : > /run/data/net/10.1.2.2",
         gives(differs("empty-reservation", "10.1.2.3/29", "10.1.2.2/29")), give_back(),
         (RESERVED, differs("empty-reservation", ["10.1.2.2"], []))]),
    Row("host-local: DEL of an unknown ID", pool(V4), [give_back("never"), (RESERVED, [])], EVERY),
    Row("host-local: DEL again, without namespace", pool(V4),
        [gives("10.1.2.2/24"), delete(netns=""), (RESERVED, []), delete(netns=""), delete(netns="/run/none")]),
    Row("host-local: DEL without ipam", pool(V4),
        [take(), give_back(plugins={"type": "host-local"},
                           fails=differs("del-of-bad-configuration", error("IPAM config missing 'ipam' key"), None)),
                           give_back()]),
    Row("host-local: CHECK", pool(V4),
        [take(), check(netns="/run/none"), "rm /run/data/net/10.1.2.2",
         check(netns="/run/none", fails=error(re.compile("Failed to find address|10.1.2.2 is not reserved"), 106))],
        ["0.4.0", "1.0.0", "1.1.0"]),
    Row("host-local: GC", pool(V4),
        [take(), take("c2"),
         differs("gc", [], [collect([("c2", "eth0")], pool(V4)), (RESERVED, ["10.1.2.3"])])], NEWEST),
    Row("host-local: STATUS of a full pool", FULL,
        [status(), take(), Raw("host-local", {"CNI_COMMAND": "STATUS", "CNI_PATH": "<bin>"}, {"name": "net", **FULL},
                              stderr=differs("status", "", re.compile("no IP addresses available in range set")))],
                              NEWEST),
    Row("host-local: resolvConf", pool(V4, resolvConf="/run/scratch/row/resolv.conf"),
        ["printf '# no\\n; no\\nnameserver 192.0.2.53\\nnameserver 2001:db8::53\\nnameserver\\ndomain one.example\\ndomain two.example\\n"
         "search a.example b.example\\nsearch c.example\\noptions ndots:2 debug\\noptions rotate\\n' > /run/scratch/row/resolv.conf",
         take(result={"dns": {"nameservers": ["192.0.2.53", "2001:db8::53"], "domain": "two.example",
                              "search": ["a.example", "b.example", "c.example"],
                              "options": ["ndots:2", "debug", "rotate"]}}), give_back()]),
    Row("host-local: resolvConf that is not there", pool(V4, resolvConf="/run/none"),
        [take(fails=error("/run/none", 5)), (RESERVED, [])]),
]

ROUND = [
    Row(f"host-local: from {name} of a /29 every address once, then none", pool(SMALL),
        [*before, *(gives(f"10.1.2.{number}/29", container=f"n{number}") for number in order),
         take("more", fails=EXHAUSTED),
         (RESERVED, [f"10.1.2.{number}" for number in range(2, 7)]), give_back("n4"),
         gives("10.1.2.4/29", container="again")])
    for name, before, order in (("the start", [], (2, 3, 4, 5, 6)), ("the end", [last("10.1.2.6")], (2, 3, 4, 5, 6)),
                                ("the middle", [last("10.1.2.4")], (5, 6, 2, 3, 4)))
] + [
    Row(f"host-local: next address: {name}", pool(*sets), [*before, gives(wanted)]) for name, sets, before, wanted in (
        ("first", [SMALL], [], "10.1.2.2/29"),
        ("skips what is taken", [SMALL], [taken("10.1.2.2")], "10.1.2.3/29"),
        ("after the last", [SMALL], [taken("10.1.2.2"), last("10.1.2.2")], "10.1.2.3/29"),
        ("after the last, though lower ones are free", [SMALL], [taken("10.1.2.5"), last("10.1.2.5")], "10.1.2.6/29"),
        ("after the last, which was given back", [SMALL], [last("10.1.2.4")], "10.1.2.5/29"),
        ("wraps around", [SMALL], [taken("10.1.2.5"), last("10.1.2.6")], "10.1.2.2/29"),
        ("wraps around over what is taken", [SMALL], [taken("10.1.2.2", "10.1.2.6"), last("10.1.2.6")], "10.1.2.3/29"),
        ("the last is out of range", [SMALL], [last("10.1.9.9")], "10.1.2.2/29"),
        ("the last is no address", [SMALL], [last("nonsense")], "10.1.2.2/29"),
        ("only the last is free", [SMALL], [taken("10.1.2.2", "10.1.2.3", "10.1.2.4", "10.1.2.6"), last("10.1.2.5")],
         "10.1.2.5/29"),
        ("the next range of the set", [[SMALL, {"subnet": "10.1.3.0/29"}]],
         [taken("10.1.2.2", "10.1.2.3", "10.1.2.4", "10.1.2.5", "10.1.2.6")], "10.1.3.2/29"),
        ("from the last of a range to the next range", [[SMALL, {"subnet": "10.1.3.0/29"}]], [last("10.1.2.6")],
         "10.1.3.2/29"),
        ("from the end of the last range to the first", [[SMALL, {"subnet": "10.1.3.0/29"}]], [last("10.1.3.6")],
         "10.1.2.2/29"),
        ("rangeStart", [{"subnet": V4, "rangeStart": "10.1.2.100"}], [], "10.1.2.100/24"),
        ("skips a gateway inside the range", [{"subnet": V4, "gateway": "10.1.2.2"}], [], "10.1.2.1/24"))
] + [
    Row("host-local: an address that was given back is not the next", pool(SMALL),
        [gives("10.1.2.2/29"), give_back(), gives("10.1.2.3/29"), give_back()]),
    Row("host-local: exhausted with two ranges in a set",
        pool([{"subnet": V4, "rangeStart": "10.1.2.9", "rangeEnd": "10.1.2.9"},
                                                                {"subnet": "10.2.0.0/24", "rangeStart": "10.2.0.9",
                                                                 "rangeEnd": "10.2.0.9"}]),
        [gives("10.1.2.9/24"), gives("10.2.0.9/24", container="c2"), take("c3", fails=EXHAUSTED)]),
    Row("host-local: exhausted in the second set: the first keeps nothing",
        pool(V4, {"subnet": V6, "rangeStart": "2001:db8:1::9", "rangeEnd": "2001:db8:1::9"}),
        [gives("10.1.2.2/24", "2001:db8:1::9/64"), take("c2", fails=EXHAUSTED),
         (RESERVED, ["10.1.2.2", "2001:db8:1::9"])]),
]

IPS = {"cni": {"ips": ["10.1.2.99"]}}
REQUESTS = [
    requested("requested by CNI_ARGS", pool(V4), "", "10.1.2.99/24", args="IP=10.1.2.99", versions=SHAPES),
    requested("requested by CNI_ARGS with a prefix", pool(V4), "", "10.1.2.99/24", args="IP=10.1.2.99/16"),
    requested("requested by args", pool(V4, args=IPS), "", "10.1.2.99/24", versions=SHAPES),
    requested("requested by args in two sets",
              pool(V4, "10.2.2.0/24", args={"cni": {"ips": ["10.1.2.88", "10.2.2.77"]}}), "",
              "10.1.2.88/24", "10.2.2.77/24", versions=LISTS),
    requested("requested by args in both families",
              pool(V4, V6, args={"cni": {"ips": ["10.1.2.88", "2001:db8:1::999"]}}), "",
              "10.1.2.88/24", "2001:db8:1::999/64", versions=EVERY),
    requested("requested by runtimeConfig",
              pool(V4, runtimeConfig={"ips": ["10.1.2.99/24"]}, capabilities={"ips": True}), "", "10.1.2.99/24"),
    requested("requested in one set, any in the other", pool(V4, V6, args=IPS), "", "10.1.2.99/24", "2001:db8:1::2/64"),
    requested("requested twice in one set", pool(V4, args={"cni": {"ips": ["10.1.2.88", "10.1.2.77"]}}),
              re.compile("failed to allocate all requested IPs: 10\\.1\\.2\\.")),
    requested("requested and taken", pool(V4, args=IPS), "requested IP address 10.1.2.99 is not available in range set",
              before=taken("10.1.2.99"), ours=103),
    requested("requested after RangeEnd", pool({"subnet": V4, "rangeEnd": "10.1.2.50"}, args=IPS),
              "failed to allocate all requested IPs: 10.1.2.99"),
    requested("requested before RangeStart", pool({"subnet": V4, "rangeStart": "10.1.2.150"}, args=IPS),
              "failed to allocate all requested IPs: 10.1.2.99"),
    requested("requested outside", pool(V4, args={"cni": {"ips": ["10.9.9.9"]}}),
              "failed to allocate all requested IPs: 10.9.9.9"),
    requested("requested is the gateway", pool(V4, args={"cni": {"ips": ["10.1.2.1"]}}),
              "requested ip 10.1.2.1 is subnet's gateway"),
    requested("requested is no address", pool(V4), re.compile("x"), args="IP=x"),
]

SETS = [
    Row("host-local: several v4 sets before 0.3.0", pool(V4, "10.2.2.0/24"),
        [take(fails=error("CNI version <version> does not support more than 1 address per family", 7))],
        ["0.1.0", "0.2.0"]),
    Row("host-local: one v4 and one v6 set", pool(V4, V6), [gives("10.1.2.2/24", "2001:db8:1::2/64"), give_back()],
        EVERY),
    Row("host-local: the old form",
        {"type": "host-local",
         "ipam": {"type": "host-local", "dataDir": "/run/data", "subnet": V4, "rangeStart": "10.1.2.10",
                                                                    "rangeEnd": "10.1.2.20", "gateway": "10.1.2.30"}},
        [take(result={"addresses": ["10.1.2.10/24"], "gateways": ["10.1.2.30"]})], SHAPES),
    Row("host-local: the old form before ranges", pool("10.2.2.0/24", subnet=V4),
        [gives("10.1.2.2/24", "10.2.2.2/24")]),
    Row("host-local: ranges of the runtime before all others",
        pool("10.2.2.0/24", subnet=V4, capabilities={"ipRanges": True},
             runtimeConfig={"ipRanges": [[{"subnet": "10.3.3.0/24"}]]}),
        [gives("10.3.3.2/24", "10.1.2.2/24", "10.2.2.2/24"), give_back()]),
    Row("host-local: a gateway outside the subnet", pool({"subnet": V4, "gateway": "10.9.9.1"}),
        [take(result={"gateways": ["10.9.9.1"]})]),
    Row("host-local: the last of a v6 range is given out", pool({"subnet": "2001:db8:1::/126"}),
        [gives("2001:db8:1::2/126"), gives("2001:db8:1::3/126", container="c2"), take("c3", fails=EXHAUSTED)]),
    Row("host-local: the broadcast address of a v4 range is not given out", pool({"subnet": "10.1.2.0/30"}),
        [gives("10.1.2.2/30"), take("c2", fails=EXHAUSTED)]),
] + [
    Row(f"host-local: {name}", plugin, [take(fails=error(text, 7)), (RESERVED, [])]) for name, plugin, text in (
        ("no ipam", {"type": "host-local"}, "IPAM config missing 'ipam' key"),
        ("no ranges", pool(), "no IP ranges specified"),
        ("an empty set", pool([]), "empty range set"),
        ("sets that overlap", pool(V4, "10.1.2.128/25"), "overlaps with"),
        ("ranges of a set that overlap", pool([V4, "10.1.2.128/25"]), re.compile("subnets .* and .* overlap")),
        ("both families in a set", pool([V4, V6]), "mixed address families"),
        ("a /31", pool("10.1.2.0/31"), "too small to allocate from"),
        ("a /127", pool("2001:db8:1::/127"), "too small to allocate from"),
        ("host bits", pool("10.1.2.4/24"),
         "Network has host bits set. For a subnet mask of length 24 the network address is 10.1.2.0"),
        ("a start outside", pool({"subnet": V4, "rangeStart": "10.9.9.9"}),
         re.compile("RangeStart 10\\.9\\.9\\.9 not in network 10\\.1\\.2\\.0/24")),
        ("an end outside", pool({"subnet": V4, "rangeEnd": "10.9.9.9"}),
         re.compile("RangeEnd 10\\.9\\.9\\.9 not in network 10\\.1\\.2\\.0/24")),
        ("a start behind the end", pool({"subnet": V4, "rangeStart": "10.1.2.9", "rangeEnd": "10.1.2.8"}),
         re.compile("")),
        ("a subnet that is none", pool("10.1.2.0"), re.compile("10.1.2.0")))
]

LOCK = [
    Row("host-local: the lock of the reference is waited for", pool(V4),
        ["mkdir -p /run/data/net",
         "flock /run/data/net/lock sh -c 'echo held > /run/scratch/row/held; sleep 0.5; echo free > /run/scratch/row/held' > /dev/null 2>&1 & "
         "until [ -e /run/scratch/row/held ]; do sleep 0.01; done",
         gives("10.1.2.2/24"), ("file /run/scratch/row/held", "free\n"), give_back()]),
]

ROWS = FILES + ROUND + REQUESTS + SETS + LOCK
