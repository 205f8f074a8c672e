#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sections 2.4, 2.5, 2.7 and 2.14 of the contract: loopback, static, host-device, tap, macvlan."""
import re

from suite import CHECKED, EVERY, LAST, NEWEST, Raw, Row, add, check, delete, differs, error

V4, V6 = "10.1.2.0/24", "2001:db8:42::/64"
RESERVED = "reserved /run/data/net"


def ranges(*subnets, **more):
    return {"type": "host-local", "dataDir": "/run/data", "ranges": [[{"subnet": subnet}] for subnet in subnets],
            **more}


NAMED = {"CNI_COMMAND": "ADD", "CNI_CONTAINERID": "c1", "CNI_NETNS": "/run/netns/c1", "CNI_IFNAME": "eth0",
         "CNI_PATH": "<bin>"}
LO = {"type": "loopback"}
LOOPBACK = [
    Row("loopback: ADD and DEL", LO,
        ["ip netns add c1", ("up c1 lo", False),
         add(result={"interfaces": ["lo @c1"], "addresses": ["127.0.0.1/8", "::1/128"]}), ("up c1 lo", True),
         delete(), ("up c1 lo", False)], LAST + NEWEST),
    Row("loopback: shape of older results", LO, ["ip netns add c1", differs("loopback-versions",
                     [Raw("loopback", NAMED, {"name": "net"}, stdout=re.compile('(?s)"interfaces".*"ips"'))],
                     [add(result={"addresses": ["127.0.0.1/8", "::1/128"]})]), delete()], EVERY[:5]),
    Row("loopback: CHECK", LO,
        [add(), check(), "ip -n c1 link set lo down", check(fails=error(re.compile("(?i)lo"), 106))], LAST + NEWEST),
    Row("loopback: CNI_IFNAME does not matter", LO,
        [add(ifname="eth7", result={"interfaces": ["lo @c1"]}), delete(ifname="eth7")]),
    Row("loopback: a prevResult passes through", LO,
        [add(prev={"cniVersion": "1.0.0", "interfaces": [{"name": "eth0", "sandbox": "/run/netns/c1"}]},
                                                          result={"interfaces": ["eth0 @c1"]}), delete()]),
    Row("loopback: DEL when the namespace is gone", LO,
        [add(result={"interfaces": ["lo @c1"]}), "ip netns del c1", delete(netns="/run/netns/c1"), delete(netns="")]),
    Row("loopback: another address on lo", LO,
        ["ip netns add c1; ip -n c1 addr add 10.9.9.9/32 dev lo",
         add(fails=error(re.compile("loopback"))), delete()]),
]


def static(*addresses, routes=None, dns=None, **more):
    """As host-local, the plugin itself: no kernel object is made."""
    ipam = {"type": "static", "addresses": [dict(zip(("address", "gateway"), address)) for address in addresses],
            **({"routes": routes} if routes else {}), **({"dns": dns} if dns else {})}
    return {"type": "static", "ipam": ipam, **more}


def answers(name, plugin, result, versions=LAST, args="", **options):
    return Row(f"static: {name}", plugin,
               [add(netns="/run/none", args=args, result=result), delete(netns="/run/none", args=args)], versions,
               **options)


ONE = ("10.1.2.2/24", "10.1.2.1")
STATIC = [
    answers("addresses, routes and dns",
            static(ONE, ("2001:db8::2/64", "2001:db8::1"),
                   routes=[{"dst": "0.0.0.0/0"}, {"dst": "192.168.0.0/16", "gw": "10.1.2.9"}],
                                                 dns={"nameservers": ["192.0.2.53"], "domain": "example.net"}),
            {"addresses": ["10.1.2.2/24", "2001:db8::2/64"], "gateways": ["10.1.2.1", "2001:db8::1"],
             "routes": ["0.0.0.0/0", "192.168.0.0/16 via 10.1.2.9"],
             "dns": {"nameservers": ["192.0.2.53"], "domain": "example.net"}}, EVERY),
    answers("CNI_ARGS adds", static(ONE),
            {"addresses": ["10.1.2.2/24", "10.9.9.2/24"], "gateways": ["10.1.2.1", "10.9.9.1"]},
            args="IP=10.9.9.2/24;GATEWAY=10.9.9.1"),
    answers("CNI_ARGS with a list", static(),
            {"addresses": ["10.9.9.2/24", "10.8.8.2/24"], "gateways": ["10.9.9.1", "10.8.8.1"]},
            args="IP=10.9.9.2/24,10.8.8.2/24;GATEWAY=10.9.9.1,10.8.8.1"),
    answers("args replaces", static(ONE, args={"cni": {"ips": ["10.9.9.2/24"]}}),
            {"addresses": ["10.9.9.2/24"], "gateways": []}),
    answers("runtimeConfig replaces",
            static(ONE, args={"cni": {"ips": ["10.9.9.2/24"]}}, runtimeConfig={"ips": ["10.8.8.2/24"]},
                   capabilities={"ips": True}),
            {"addresses": ["10.8.8.2/24"], "gateways": []}),
    Row("static: no addresses", static(),
        [add(netns="/run/none", fails=differs("empty-static", None, error("without any address", 7)))]),
    *(Row(f"static: {name}", plugin, [add(netns="/run/none", args=args, fails=error(text))]) for name, plugin, args,
      text in (
        ("an address without prefix", static(("10.1.2.2",)), "",
         re.compile("CIDR notation.*10\\.1\\.2\\.2|10\\.1\\.2\\.2.*CIDR")),
        ("an address of CNI_ARGS without prefix", static(), "IP=10.1.2.2",
         re.compile("CIDR notation.*10\\.1\\.2\\.2|10\\.1\\.2\\.2.*CIDR")),
        ("an address of args without prefix", static(args={"cni": {"ips": ["10.1.2.2"]}}), "",
         re.compile("NOT in CIDR notation, got: '10\\.1\\.2\\.2'")),
        ("a gateway that is none", static(ONE), "IP=10.9.9.2/24;GATEWAY=x", re.compile("invalid gateway address|x")),
        ("several of a family before 0.3.0", static(ONE, ("10.9.9.2/24", "10.9.9.1"), cniVersion="0.2.0"), "",
         "does not support more than 1 address per family"))),
    Row("static: CHECK", static(ONE),
        [add(netns="/run/none"), check(netns="/run/none"),
         check(netns="/run/none", prev=None, fails=error("Required prevResult missing", 7))], CHECKED),
    Row("static: behind ptp", {"type": "ptp", "ipam": static(ONE, routes=[{"dst": "0.0.0.0/0"}])["ipam"]},
        [add(result={"addresses": ["10.1.2.2/24"]}), ("ping c1 10.1.2.1", True), delete(),
         ("links host", differs("gateway-device", [], ["cambric0"]))]),
]

NIC = "ip link add nic type veth peer name lan; ip link set lan up"
DEVICE = {"type": "host-device", "device": "nic"}
HOST_DEVICE = [
    Row("host-device: by name", DEVICE,
        [NIC, add(result={"interfaces": ["eth0 @c1"], "addresses": []}), ("links c1", ["eth0"]), ("up c1 eth0", True),
                                         ("link c1 eth0 ifalias", "nic"), ("links host", ["lan"]), delete(),
                                         ("links c1", []), ("links host", ["lan", "nic"]),
                                         ("up host nic", False)], ["0.3.0", "1.0.0", "1.1.0"]),
    Row("host-device: by MAC", {"type": "host-device", "hwaddr": "c2:11:22:33:44:55"},
        ["ip link add nic address c2:11:22:33:44:55 type veth peer name lan", add(), ("links host", ["lan"]), delete(),
         ("links host", ["lan", "nic"])]),
    Row("host-device: with IPAM", {**DEVICE, "ipam": ranges(V4, V6)},
        [NIC, add(result={"addresses": ["10.1.2.2/24", "2001:db8:42::2/64"], "on": [0, 0]}),
         ("addresses c1 eth0", ["10.1.2.2/24", "2001:db8:42::2/64"]), check(),
         delete(), (RESERVED, []), ("links host", ["lan", "nic"])]),
    Row("host-device: CHECK notices a missing address", {**DEVICE, "ipam": ranges(V4)},
        [NIC, add(), "ip -n c1 addr flush dev eth0", check(fails=error(re.compile(""), 106)), delete()]),
    Row("host-device: no device", {"type": "host-device"},
        [add(fails=error(re.compile('specify either "device", "hwaddr"'), 7))]),
    Row("host-device: a device that is not there", {"type": "host-device", "device": "never"},
        [add(fails=error("failed to find host device")), delete(netns="")]),
    Row("host-device: failure of IPAM", {**DEVICE, "ipam": ranges("10.1.2.0/31")},
        [NIC, add(fails=error("too small to allocate from", 7)),
         ("links host", differs("rollback", ["lan"], ["lan", "nic"]))]),
    Row("host-device: DEL with an empty CNI_NETNS", {**DEVICE, "ipam": ranges(V4)},
        [NIC, add(), delete(netns=""), (RESERVED, differs("del-without-namespace", ["10.1.2.2"], []))]),
    Row("host-device: DEL when the namespace is gone", {**DEVICE, "ipam": ranges(V4)},
        [NIC, add(), "ip netns del c1",
         delete(netns="/run/netns/c1", fails=differs("del-without-namespace", error(re.compile("no such file")), None)),
         (RESERVED, differs("del-without-namespace", ["10.1.2.2"], []))]),
]

TAP = [
    Row("tap: ADD and DEL", {"type": "tap", "ipam": ranges(V4)},
        [add(result={"interfaces": ["eth0 @c1"], "addresses": ["10.1.2.2/24"], "on": [0]}),
         ("link c1 eth0 linkinfo.info_kind", "tun"),
         ("addresses c1 eth0", ["10.1.2.2/24"]), ("up c1 eth0", True), check(), delete(), ("links c1", []),
         (RESERVED, [])], since="1.4"),
    Row("tap: without ipam", {"type": "tap"}, [add(result={"addresses": []}), ("up c1 eth0", True), delete()],
        since="1.4"),
    Row("tap: DEL when the namespace is gone", {"type": "tap", "ipam": ranges(V4)},
        [add(), "ip netns del c1", delete(netns="/run/netns/c1"), (RESERVED, [])], since="1.4"),
]

NICS = "ip link add nic type veth peer name lan; ip link set nic up; ip link set lan up; ip addr add 10.1.2.1/24 dev lan"
MACVLAN = {"type": "macvlan", "master": "nic", "ipam": ranges(V4)}


def macvlan(name, more, steps, versions=LAST, **options):
    return Row(f"macvlan: {name}", {**MACVLAN, **more}, [NICS, *steps], versions, **options)


MACVLANS = [
    macvlan("ADD, CHECK and DEL", {},
            [add(result={"interfaces": ["eth0 @c1"], "addresses": ["10.1.2.2/24"], "on": [0]}),
             ("link c1 eth0 linkinfo.info_kind", "macvlan"),
                                       ("addresses c1 eth0", ["10.1.2.2/24"]), ("ping c1 10.1.2.1", True),
                                       ("sysctl c1 net/ipv4/conf/eth0/arp_notify", "1"),
                                       check(), delete(), ("links c1", []), (RESERVED, []),
                                       ("links host", ["lan", "nic"])], CHECKED),
    macvlan("result of older versions", {}, [add(result={"addresses": ["10.1.2.2/24"]}), delete()], EVERY[:4]),
    *(macvlan(f"mode {mode}", {"mode": mode}, [add(), ("link c1 eth0 linkinfo.info_data.mode", mode), delete()])
      for mode in ("bridge", "private", "vepa", "passthru")),
    macvlan("default mode", {}, [add(), ("link c1 eth0 linkinfo.info_data.mode", "bridge"), delete()]),
    macvlan("a mode that nobody knows", {"mode": "x"},
            [add(fails=error('unknown macvlan mode: "x"', 7)), (RESERVED, [])]),
    macvlan("mtu", {"mtu": 1400}, [add(), ("link c1 eth0 mtu", 1400), delete()]),
    macvlan("an mtu above that of the master", {"mtu": 1600},
            [add(fails=error(re.compile("invalid MTU 1600"), 7)), (RESERVED, [])]),
    macvlan("a master that is not there", {"master": "never"},
            [add(fails=error(re.compile("never|not found"))), (RESERVED, [])]),
    macvlan("no master: that of the default route", {"master": ""}, [add(), delete(), ("links host", ["lan", "nic"])]),
    macvlan("MAC of runtimeConfig", {"capabilities": {"mac": True}, "runtimeConfig": {"mac": "c2:11:22:33:44:77"}},
            [add(), ("link c1 eth0 address", "c2:11:22:33:44:77"), delete()]),
    macvlan("MAC of CNI_ARGS", {},
            [add(args="IgnoreUnknown=1;MAC=c2:11:22:33:44:55"), ("link c1 eth0 address", "c2:11:22:33:44:55"),
             delete()]),
    macvlan("L2", {"ipam": {}}, [add(result={"addresses": [], "interfaces": ["eth0 @c1"]}), ("up c1 eth0", True),
                                 delete(), ("links c1", [])]),
    macvlan("two containers", {}, [add(), add("c2"), ("ping c1 10.1.2.3", True), delete(), ("ping c2 10.1.2.1", True),
                                   delete("c2")]),
    macvlan("an interface of that name is there", {},
            ["ip netns add c1; ip -n c1 link add eth0 type veth peer name other",
             add(fails=error(re.compile("exist"), 105)),
                                                       (RESERVED, []), ("links host", ["lan", "nic"])]),
    macvlan("failure after IPAM", {"ipam": ranges(V4, routes=[{"dst": "192.168.0.0/16", "gw": "203.0.113.1"}])},
            [add(fails=error(re.compile("192.168|unreachable"), 100)), (RESERVED, []),
             ("links c1", differs("rollback", ["eth0"], []))]),
    macvlan("DEL again, without namespace", {}, [add(), delete(), delete(), delete(netns="")]),
    macvlan("DEL when the namespace is gone", {},
            [add(), "ip netns del c1", delete(netns="/run/netns/c1"), (RESERVED, [])]),
    macvlan("CHECK notices a missing address", {},
            [add(), "ip -n c1 addr flush dev eth0", check(fails=error(re.compile(""), 106)), delete()]),
    macvlan("CHECK notices another mode", {},
            [add(), "ip -n c1 link set eth0 type macvlan mode vepa", check(fails=error(re.compile("(?i)mode"), 106)),
             delete()]),
]

ROWS = LOOPBACK + STATIC + HOST_DEVICE + TAP + MACVLANS
