#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Section 4.2 of the contract: bridge, without VLANs (table_kernel.py has those)."""
import re

from suite import CHECKED, EVERY, LAST, LISTS, NEWEST, Row, SHAPES, add, check, delete, differs, error, status

V4, V6 = "10.1.2.0/24", "2001:db8:42::/64"
SECOND_V6 = "2001:db8:43::/64"
RESERVED = "reserved /run/data/net"
VETH = re.compile("^(veth|cb)")
TWO = ["0.1.0", "0.2.0"]


def ranges(*subnets, **more):
    """One address out of each subnet."""
    return {"type": "host-local", "dataDir": "/run/data", "ranges": [[{"subnet": subnet}] for subnet in subnets],
            **more}


def bridge(*subnets, **more):
    return {"type": "bridge", "bridge": "br0", "ipam": ranges(*subnets) if subnets else {}, **more}


def gone(port="<port>"):
    """After DEL nothing of the container is there."""
    return [("links c1", []), (f"link host {port} ifname", None), (RESERVED, [])]


def attached(name, subnets, addresses, gateways, versions, routes):
    """ADD with isDefaultGateway: the whole result, what the kernel has, DEL."""
    config = bridge(*subnets, isDefaultGateway=True)
    return Row(f"bridge: {name}", config,
               [add(result={"addresses": addresses, "gateways": gateways, "routes": routes}),
                ("addresses c1 eth0", addresses),
                ("addresses host br0",
                 [gateway + subnet[subnet.index("/"):] for gateway, subnet in zip(gateways, subnets)]),
                ("link c1 eth0 linkinfo.info_kind", "veth"), ("link c1 eth0 operstate", "UP"),
                ("tentative c1 eth0", []),
                ("link host br0 linkinfo.info_data.vlan_filtering", lambda got: not got),
                ("routes c1", lambda got,
                 via=routes: {f"default{route[route.index(' via'):]} dev eth0" for route in via} <= set(got)),
                ("sysctl host net/ipv4/ip_forward", "1" if any("." in gateway for gateway in gateways) else "0"),
                ("sysctl host net/ipv6/conf/all/forwarding", "1"
                 if any(":" in gateway for gateway in gateways) else "0"),
                *(("ping c1 " + gateway, True) for gateway in gateways),
                delete(), ("links c1", []), (RESERVED, []),
                ("links host", differs("last-attachment", ["br0"], []))], versions)


def default(*gateways):
    return [("0.0.0.0/0" if "." in gateway else "::/0") + " via " + gateway for gateway in gateways]


ADD_DEL = [
    Row("bridge: create bridge", bridge(V4),
        [add(), ("link host br0 promiscuity", 0), ("link host br0 linkinfo.info_kind", "bridge"), ("up host br0", True),
         delete()]),
    Row("bridge: default name", {"type": "bridge", "ipam": ranges(V4)},
        [add(), ("links host", ["cni0", "<port>"]), delete()]),
    Row("bridge: existing bridge", bridge(V4),
        ["ip link add br0 type bridge; ip link show br0 | sed 's/:.*//;q' > /run/scratch/row/index", add(),
         "ip link show br0 | sed 's/:.*//;q' | cmp - /run/scratch/row/index", delete(), ("links host", ["br0"]),
         "ip link show br0 | sed 's/:.*//;q' | cmp - /run/scratch/row/index"]),
    Row("bridge: existing link that is no bridge", bridge(V4),
        ["ip link add br0 type veth peer name br1", add(fails=error('"br0" already exists but is not a bridge', 105)),
         (RESERVED, [])]),
    attached("ADD/DEL v4", [V4], ["10.1.2.2/24"], ["10.1.2.1"], EVERY, default("10.1.2.1")),
    attached("ADD/DEL v6", [V6], ["2001:db8:42::2/64"], ["2001:db8:42::1"], ["0.2.0", "1.0.0", "1.1.0"],
             default("2001:db8:42::1")),
    attached("ADD/DEL dual", [V4, V6], ["10.1.2.2/24", "2001:db8:42::2/64"], ["10.1.2.1", "2001:db8:42::1"],
             ["0.1.0", "0.4.0", "1.1.0"],
             default("10.1.2.1", "2001:db8:42::1")),
    attached("ADD/DEL 1 v4 + 2 v6", [V4, V6, SECOND_V6], ["10.1.2.2/24", "2001:db8:42::2/64", "2001:db8:43::2/64"],
             ["10.1.2.1", "2001:db8:42::1", "2001:db8:43::1"], ["0.3.1", "1.1.0"],
             default("10.1.2.1", "2001:db8:42::1")),
    Row("bridge: interfaces of the result", bridge(V4, isGateway=True),
        [add(result={"interfaces": ["br0", VETH, "eth0 @c1"], "on": [2], "macs": [re.compile("^[0-9a-f:]{17}$")] * 3}),
         ("links host", ["br0", "<port>"]), ("link c1 eth0 address", "<mac>"),
         ("link host <port> master", "br0"), ("up host <port>", True),
         delete()], LISTS),
    Row("bridge: DNS of resolvConf", {**bridge(V4), "ipam": ranges(V4, resolvConf="/run/scratch/row/resolv.conf")},
        ["printf 'nameserver 192.0.2.53\\ndomain example.net\\nsearch a.example b.example\\n' > /run/scratch/row/resolv.conf",
         add(result={"dns": {"nameservers": ["192.0.2.53"], "domain": "example.net",
                             "search": ["a.example", "b.example"]}}), delete()],
        since="1.5"),
    Row("bridge: no isGateway: no address, no forwarding", bridge(V4),
        [add(result={"gateways": ["10.1.2.1"], "routes": []}), ("addresses host br0", []),
         ("sysctl host net/ipv4/ip_forward", "0"),
         ("routes c1", ["10.1.2.0/24 dev eth0"]), delete()]),
    Row("bridge: isGateway: an address, no default route", bridge(V4, isGateway=True),
        [add(result={"routes": []}), ("addresses host br0", ["10.1.2.1/24"]), ("routes c1", ["10.1.2.0/24 dev eth0"]),
         delete()]),
    Row("bridge: routes of ipam",
        {**bridge(V4, isGateway=True),
         "ipam": ranges(V4, routes=[{"dst": "0.0.0.0/0"}, {"dst": "192.168.0.0/16", "gw": "10.1.2.9"}])},
        [add(result={"routes": [differs("next-hops", "0.0.0.0/0", "0.0.0.0/0 via 10.1.2.1"),
                                "192.168.0.0/16 via 10.1.2.9"]}),
         ("routes c1",
          lambda got: {"default via 10.1.2.1 dev eth0", "192.168.0.0/16 via 10.1.2.9 dev eth0"} <= set(got)),
          delete()]),
    Row("bridge: isDefaultGateway and a default route of ipam",
        {**bridge(V4, isDefaultGateway=True), "ipam": ranges(V4, routes=[{"dst": "0.0.0.0/0"}])},
        [differs("explicit-default-route", [add(fails=error("file exists")), ("links c1", ["eth0"])],
                 [add(), ("routes c1", ["default via 10.1.2.1 dev eth0", "10.1.2.0/24 dev eth0"]), delete()])]),
    Row("bridge: several addresses of a family before 0.3.0", bridge(V4, V6, SECOND_V6, isGateway=True),
        [add(fails=error("CNI version <version> does not support more than 1 address per family", 7)),
         delete(fails=differs("del-of-bad-configuration",
                              error("CNI version <version> does not support more than 1 address per family"), None)),
                              (RESERVED, [])], TWO),
    Row("bridge: after DEL", bridge(V4, isGateway=True),
        [add(), delete(), *gone(), ("links host", differs("last-attachment", ["br0"], []))]),
    Row("bridge: two containers reach each other, the first DEL leaves the second alone", bridge(V4, isGateway=True),
        [add(), add("c2", result={"addresses": ["10.1.2.3/24"]}), ("ping c1 10.1.2.3", True), delete(),
         (RESERVED, ["10.1.2.3"]),
         ("links c2", ["eth0"]), ("ping c2 10.1.2.1", True), delete("c2")]),
    Row("bridge: DEL of a container that was never added", bridge(V4), [delete(), delete("c2", netns="/run/netns/c2")],
        EVERY),
    Row("bridge: DEL again", bridge(V4, isDefaultGateway=True, ipMasq=True),
        [add(), delete(), delete(), delete(prev=None)]),
    Row("bridge: DEL without prevResult", bridge(V4, isDefaultGateway=True, ipMasq=True),
        [add(), delete(prev=None), *gone(), ("shell nft list ruleset | grep -c 10.1.2.2", "0")]),
    Row("bridge: DEL with an empty CNI_NETNS", bridge(V4, isDefaultGateway=True, ipMasq=True),
        [add(), delete(netns=""), (RESERVED, []),
         ("shell nft list ruleset | grep -c 10.1.2.2", differs("del-without-namespace", lambda got: got != "0", "0"))]),
    Row("bridge: DEL when the namespace is gone", bridge(V4, isDefaultGateway=True, ipMasq=True),
        [add(), "ip netns del c1", delete(netns="/run/netns/c1"), (RESERVED, []),
         ("shell nft list ruleset | grep -c 10.1.2.2", differs("del-without-namespace", lambda got: got != "0", "0"))]),
    Row("bridge: DEL when CNI_NETNS is a plain file", bridge(V4),
        [add(), "ip netns del c1; echo > /run/scratch/row/file",
         delete(netns="/run/scratch/row/file", fails=differs("del-without-namespace", error("unknown FS magic"), None)),
         (RESERVED, differs("del-without-namespace", ["10.1.2.2"], []))]),
    Row("bridge: ADD twice", bridge(V4),
        [add(), add(fails=error(re.compile("eth0|already|duplicate"), 108)), ("links c1", ["eth0"]), delete(),
         (RESERVED, [])]),
    Row("bridge: an interface of that name is there", bridge(V4),
        ["ip netns add c1; ip -n c1 link add eth0 type veth peer name other",
         add(fails=error(re.compile("eth0.*exist"), 105)),
         ("links c1", ["eth0", "other"]), (RESERVED, [])]),
    Row("bridge: two interfaces of one container", bridge(V4, isGateway=True),
        [add(), add(ifname="eth1", result={"addresses": ["10.1.2.3/24"]}), ("links c1", ["eth0", "eth1"]),
         delete(ifname="eth1"),
         ("links c1", ["eth0"]), (RESERVED, ["10.1.2.2"]), delete()]),
]

LAYER_2 = [
    Row("bridge: L2", bridge(),
        [add(result={"addresses": [], "interfaces": ["br0", VETH, "eth0 @c1"]}), ("addresses c1 eth0", []),
         ("up c1 eth0", True),
         ("links host", ["br0", "<port>"]), delete(), *gone()], LISTS),
    Row("bridge: L2 without ipam", {"type": "bridge", "bridge": "br0"},
        [add(result={"addresses": []}), delete(), *gone()]),
    Row("bridge: L2 has no result before 0.3.0", bridge(),
        [add(fails=error("cannot convert: no valid IP addresses", 7)), ("links c1", differs("rollback", ["eth0"], [])),
         delete()], TWO),
    Row("bridge: L2 CHECK", bridge(),
        [add(), check(fails=differs("l2-check", error("no plugin name provided"), None)), delete()],
        ["0.4.0", "1.0.0", "1.1.0"]),
]


def gateways(name, force, existing, subnet, gateway, after, fails=None):
    return Row(f"bridge: gateway {name}, forceAddress {str(force).lower()}",
               bridge(subnet, isGateway=True, forceAddress=force),
               ["ip link add br0 type bridge && ip link set br0 up && ip addr add " + existing + " dev br0 nodad",
                add(fails=fails), ("addresses host br0", after), delete()])


SAME = [
    gateways("that is there already", force, "10.1.2.1/24", "10.1.2.0/24", "10.1.2.1", ["10.1.2.1/24"])
    for force in (False, True)
]
GATEWAYS = SAME + [
    gateways("10.1.2.1/16 beside 10.0.0.1/8", False, "10.0.0.1/8", "10.1.0.0/16", "10.1.0.1", ["10.0.0.1/8"],
             error('"br0" already has an IP address different from 10.1.0.1/16', 7)),
    gateways("10.1.2.1/16 beside 10.0.0.1/8", True, "10.0.0.1/8", "10.1.0.0/16", "10.1.0.1", ["10.1.0.1/16"]),
    gateways("of v6 that overlaps", False, "2001:db8:42:0:1::1/64", V6, "2001:db8:42::1", ["2001:db8:42:0:1::1/64"],
             error('"br0" already has an IP address different from 2001:db8:42::1/64', 7)),
    gateways("of v6 that overlaps", True, "2001:db8:42:0:1::1/64", V6, "2001:db8:42::1", ["2001:db8:42::1/64"]),
    *(gateways("of v6 that is disjoint", force, "2001:db8:49::1/64", V6, "2001:db8:42::1",
               lambda got: sorted(got) == ["2001:db8:42::1/64", "2001:db8:49::1/64"]) for force in (False, True)),
    Row("bridge: an address that was there before stays", bridge(V4, isGateway=True),
        ["ip link add br0 type bridge && ip link set br0 up && ip addr add 10.1.2.1/24 dev br0", add(), delete(),
         ("addresses host br0", ["10.1.2.1/24"])]),
    Row("bridge: the gateway goes with the last attachment", bridge(V4, isGateway=True),
        ["ip link add br0 type bridge && ip link set br0 up", add(), add("c2"), delete(),
         ("addresses host br0", ["10.1.2.1/24"]), delete("c2"),
         ("addresses host br0", differs("last-attachment", ["10.1.2.1/24"], []))]),
]

MAC = "link c1 eth0 address"
FLAGS = [
    Row("bridge: promiscMode", bridge(V4, promiscMode=True), [add(), ("link host br0 promiscuity", 1), delete()]),
    Row("bridge: hairpinMode", bridge(V4, hairpinMode=True),
        [add(), ("link host <port> linkinfo.info_slave_data.hairpin", True), delete()]),
    Row("bridge: no hairpinMode", bridge(V4),
        [add(), ("link host <port> linkinfo.info_slave_data.hairpin", False), delete()]),
    Row("bridge: hairpinMode and promiscMode", bridge(V4, hairpinMode=True, promiscMode=True),
        [add(fails=error("cannot set hairpin mode and promiscuous mode at the same time", 7)), (RESERVED, []),
         ("links host", [])]),
    Row("bridge: mtu", bridge(V4, mtu=1400),
        [add(), ("link c1 eth0 mtu", 1400), ("link host <port> mtu", 1400), ("link host br0 mtu", 1400), delete()]),
    Row("bridge: mtu leaves an existing bridge alone", bridge(V4, mtu=1400),
        ["ip link add br0 type bridge; ip link set br0 mtu 1450", add(), ("link c1 eth0 mtu", 1400), delete(),
         ("link host br0 mtu", 1450)]),
    Row("bridge: no mtu", bridge(V4), [add(), ("link c1 eth0 mtu", 1500), delete()]),
    *(Row(f"bridge: stable MAC {family}", bridge(subnet, isGateway=True),
          [add(), ("same link host br0 address", True), add("c2"), ("same link host br0 address", True),
           delete(), ("same link host br0 address", True), delete("c2")]) for family,
           subnet in (("v4", V4), ("v6", V6))),
    Row("bridge: stable MAC without a gateway", bridge(V4),
        [add(), ("same link host br0 address", True),
         "ip link add aaa address 02:00:00:00:00:01 type veth peer name bbb; ip link set aaa master br0",
         ("same link host br0 address", differs("bridge-mac", False, True)),
         check(fails=differs("bridge-mac", error("Mac doesn't match"), None)), delete(), "ip link del aaa"]),
    Row("bridge: MAC of CNI_ARGS", bridge(V4),
        [add(args="IgnoreUnknown=1;MAC=c2:11:22:33:44:55",
             result={"macs": [re.compile(""), re.compile(""), "c2:11:22:33:44:55"]}),
         (MAC, "c2:11:22:33:44:55"), delete(args="IgnoreUnknown=1;MAC=c2:11:22:33:44:55")], LISTS),
    Row("bridge: MAC of args.cni over CNI_ARGS", bridge(V4, args={"cni": {"mac": "c2:11:22:33:44:66"}}),
        [add(args="IgnoreUnknown=1;MAC=c2:11:22:33:44:55"), (MAC, "c2:11:22:33:44:66"), delete()]),
    Row("bridge: MAC of runtimeConfig over both",
        bridge(V4, args={"cni": {"mac": "c2:11:22:33:44:66"}}, capabilities={"mac": True},
                                                         runtimeConfig={"mac": "c2:11:22:33:44:77"}),
        [add(args="IgnoreUnknown=1;MAC=c2:11:22:33:44:55"), (MAC, "c2:11:22:33:44:77"), delete()]),
    Row("bridge: a MAC that is none", bridge(V4, args={"cni": {"mac": "c2:11"}}),
        [add(fails=error("c2:11", 7)), (RESERVED, [])]),
    Row("bridge: failure after IPAM",
        {**bridge(V4, isGateway=True), "ipam": ranges(V4, routes=[{"dst": "192.168.0.0/16", "gw": "203.0.113.1"}])},
        [add(fails=error(re.compile("192.168|unreachable"), 100)), (RESERVED, []),
         ("links c1", differs("rollback", ["eth0"], []))]),
    Row("bridge: dns of the configuration replaces that of ipam", bridge(V4, dns={"nameservers": ["192.0.2.54"]}),
        [add(result={"dns": {"nameservers": ["192.0.2.54"]}}), delete()]),
    Row("bridge: disableContainerInterface with IPAM", bridge(V4, disableContainerInterface=True),
        [add(fails=error("cannot use IPAM when DisableContainerInterface flag is set", 7)), (RESERVED, [])],
        since="1.4"),
    Row("bridge: disableContainerInterface L2", bridge(disableContainerInterface=True),
        [add(), ("up c1 eth0", False), delete()], since="1.4"),
    *(Row(f"bridge: portIsolation {word}", bridge(V4, **keys),
          [add(), ("link host <port> linkinfo.info_slave_data.isolated", keys.get("portIsolation", False)), delete()],
          since="1.6")
      for word, keys in (("on", {"portIsolation": True}), ("off", {"portIsolation": False}), ("absent", {}))),
    Row("bridge: enabledad", bridge(V6, isGateway=True, enabledad=True),
        [add(), ("sysctl c1 net/ipv6/conf/eth0/accept_dad", "1"), ("tentative c1 eth0", []), delete()], since="1.2"),
    Row("bridge: STATUS before ADD", bridge(V4), [status()], NEWEST),
    *(Row(f"bridge: vlan {vlan}", bridge(V4, vlan=vlan),
          [add(fails=error(f"invalid VLAN ID {vlan} (must be between 0 and 409", 7)), (RESERVED, []),
           ("links host", [])]) for vlan in (-100, 5000)),
]

# Behind a bridge is "outside", which has no route to the container: it answers to the host's address or not at all
MASQUERADE = [
    Row(f"bridge: ipMasq {family}", bridge(subnet, isDefaultGateway=True, ipMasq=True),
        [add(), add("c2"), ("ping c1 " + gateway, True), ("serve outside tcp:80", True), ("serve c2 tcp:80", True),
         ("answer c1 tcp " + outside + " 80", "outside " + host),
         ("answer c1 tcp " + neighbour + " 80", "c2 " + own), delete(), delete("c2"),
         ("shell nft list ruleset | grep -c " + own, "0")], versions)
    for family, subnet, gateway, outside, host, neighbour, own, versions in (
        ("v4", V4, "10.1.2.1", "192.0.2.2", "192.0.2.1", "10.1.2.3", "10.1.2.2", SHAPES),
        ("v6", V6, "2001:db8:42::1", "2001:db8:1::2", "2001:db8:1::1", "2001:db8:42::3", "2001:db8:42::2", LAST))
] + [
    Row("bridge: no ipMasq", bridge(V4, isDefaultGateway=True),
        [add(), ("serve outside tcp:80", True), ("answer c1 tcp 192.0.2.2 80", ""), delete()]),
    Row("bridge: ipMasq of two interfaces of a container", bridge(V4, isGateway=True, ipMasq=True),
        [add(), add(ifname="eth1"), "ip -n c1 route add 192.0.2.0/24 via 10.1.2.1 dev eth0 src 10.1.2.2",
         ("serve outside tcp:80", True),
         delete(ifname="eth1",
                fails=differs("masquerade-per-interface", error(re.compile("CHAIN_DEL|Device or resource busy|CNI-")),
                              None)),
         ("answer c1 tcp 192.0.2.2 80", differs("masquerade-per-interface", "", "outside 192.0.2.1")), delete()]),
    *(Row(f"bridge: ipMasqBackend {backend}", bridge(V4, isDefaultGateway=True, ipMasq=True, ipMasqBackend=backend),
          [add(), ("serve outside tcp:80", True), ("answer c1 tcp 192.0.2.2 80", "outside 192.0.2.1"), delete(),
           ("shell nft list ruleset | grep -c 10.1.2.2", "0")], since="1.6") for backend in ("iptables", "nftables")),
    Row("bridge: ipMasqBackend that nobody knows", bridge(V4, isDefaultGateway=True, ipMasq=True, ipMasqBackend="x"),
        [add(fails=error('unknown ipmasq backend "x"', 7))], since="1.6"),
]

CHECKS = [
    *(Row(f"bridge: ADD/CHECK/DEL {name}", bridge(*subnets, isDefaultGateway=True),
          [add(), check(), delete(), delete()], CHECKED)
      for name, subnets in (("v4", [V4]), ("v6", [V6]), ("dual", [V4, V6]))),
    Row("bridge: CHECK without prevResult", bridge(V4),
        [add(), check(prev=None, fails=error("Required prevResult missing", 7)), delete()]),
    *(Row(f"bridge: CHECK notices {what}", bridge(V4, isDefaultGateway=True),
          [add(), spoil, check(fails=error(re.compile(""), 106)), delete()])
      for what,
      spoil in (("a missing address", "ip -n c1 addr flush dev eth0"),
                ("a missing route", "ip -n c1 route del default"),
                          ("a missing interface", "ip -n c1 link del eth0"),
                          ("a port off its bridge", "ip link set <port> nomaster"),
                          ("a lost reservation", "rm /run/data/net/10.1.2.2"))),
    *(Row(f"bridge: CHECK notices {what}", bridge(V4, isDefaultGateway=True, ipMasq=True),
          [add(), spoil, check(fails=differs("check-notices", None, error(re.compile(""), 106))),
           *([] if "nft" in spoil else [delete()])])
      for what, spoil in (("a flushed ruleset", "nft flush ruleset"), ("a missing gateway", "ip addr flush dev br0"),
                          ("forwarding that is off", "sysctl -q net.ipv4.ip_forward=0"))),
]

CHECKS.append(Row("bridge: DEL when the rules are gone", bridge(V4, isDefaultGateway=True, ipMasq=True),
                  [add(), "nft flush ruleset", delete(fails=differs("missing-rules", error("does not exist"), None)),
                   delete()]))

SPOOFING = [
    Row("bridge: macspoofchk", bridge(V4, isGateway=True, macspoofchk=True),
        [add(), ("ping c1 10.1.2.1", True), "ip -n c1 link set eth0 address 02:00:00:00:00:99",
         ("ping c1 10.1.2.1 1", False),
         "ip -n c1 link set eth0 address <mac>", ("ping c1 10.1.2.1", True), delete(),
         ("shell nft list ruleset | grep -c macspoofchk-c1", "0")]),
]

ROWS = ADD_DEL + LAYER_2 + GATEWAYS + FLAGS + MASQUERADE + CHECKS + SPOOFING
