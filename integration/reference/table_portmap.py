#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Section 4.5 of the contract: portmap behind ptp or bridge. What its rules do is asked of who connects; their text is
asserted for the reference only, whose tools read it.
"""
import re

from suite import LAST, LISTS, Row, add, check, delete, differs, error

V4, V6 = "10.1.2.0/24", "2001:db8:42::/64"
HOST, HOST6 = "192.0.2.1", "2001:db8:1::1"
SERVE = ("serve c1 tcp:80 udp:53", True)


def base(*subnets, kind="ptp", **more):
    ipam = {"type": "host-local", "dataDir": "/run/data",
            "ranges": [[{"subnet": subnet}] for subnet in subnets or [V4]],
            "routes": [{"dst": "0.0.0.0/0" if "." in subnet else "::/0"} for subnet in subnets or [V4]]}
    return {"type": kind, "ipMasq": True, "ipam": ipam,
            **({"bridge": "br0", "isGateway": True} if kind == "bridge" else {}), **more}


def maps(*mappings):
    """(protocol, host port, container port[, host address])"""
    return [dict(zip(("protocol", "hostPort", "containerPort", "hostIP"), mapping)) for mapping in mappings]


def portmap(*mappings, **more):
    return {"type": "portmap", "capabilities": {"portMappings": True},
            **({"runtimeConfig": {"portMappings": maps(*mappings)}} if mappings else {}), **more}


WEB = ("tcp", 8080, 80)
DNS = ("udp", 5353, 53)
PUBLISHED = [base(), portmap(WEB)]
NOT_DNATED = ("shell nft list ruleset | grep -c 10.1.2.2", "0")


def seen(place, port=8080, address=HOST, who=re.compile("^c1 "), protocol="tcp"):
    return (f"answer {place} {protocol} {address} {port}", who)


def refused(name, text, mapping=WEB, ours=7, reference=999, since="", **more):
    return Row(f"portmap: {name}", [base(), portmap(mapping, **more)],
               [add(fails=error(text, ours, reference)), delete(plugins=base())], since=since)


CONNECTIONS = [
    Row("portmap: integration: direct, by the host's address, by 127.0.0.1 and from inside", PUBLISHED,
        [add(), SERVE, seen("host", 80, "10.1.2.2"), seen("outside", who="c1 192.0.2.2"), seen("host"),
         seen("host", address="127.0.0.1"), seen("c1"),
         delete(), ("answer outside tcp 192.0.2.1 8080", ""), NOT_DNATED], ["0.3.0", "0.4.0", "1.1.0"]),
    Row("portmap: both families", [base(V4, V6), portmap(WEB)],
        [add(), SERVE, ("ping c1 2001:db8:42::1", True), seen("outside"),
         seen("outside", address=HOST6, who="c1 2001:db8:1::2"),
         seen("host", address=HOST6), delete(), ("answer outside tcp 2001:db8:1::1 8080", "")]),
    Row("portmap: behind a bridge", [base(kind="bridge"), portmap(WEB)],
        [add(), add("c2", plugins=[base(kind="bridge"), portmap()]), SERVE, seen("outside"),
         seen("host", address="127.0.0.1"),
         delete(), ("answer outside tcp 192.0.2.1 8080", ""), delete("c2", plugins=[base(kind="bridge"), portmap()])]),
    Row("portmap: a neighbour by the host's address", PUBLISHED,
        [add(), add("c2", plugins=[base(), portmap()]), SERVE, seen("c2"), delete()]),
    Row("portmap: hairpin on a bridge with hairpinMode", [base(kind="bridge", hairpinMode=True), portmap(WEB)],
        [add(), SERVE, seen("c1"), delete()]),
    Row("portmap: hairpin on a bridge without hairpinMode", [base(kind="bridge"), portmap(WEB)],
        [add(), SERVE, seen("c1", who=""), delete()]),
    Row("portmap: a neighbour on the bridge by the host's address",
        [base(kind="bridge", hairpinMode=True), portmap(WEB)],
        [add(), add("c2", plugins=[base(kind="bridge", hairpinMode=True), portmap()]), SERVE, seen("c2"), delete()]),
    Row("portmap: snat false: from outside only", [base(), portmap(WEB, snat=False)],
        [add(), SERVE, seen("outside", who="c1 192.0.2.2"), ("answer host tcp 127.0.0.1 8080", ""),
         delete()]),
    Row("portmap: the client's address stays", PUBLISHED,
        [add(), SERVE, seen("outside", who="c1 192.0.2.2"), delete()]),
    Row("portmap: masqAll", [base(), portmap(WEB, masqAll=True)],
        [add(), SERVE, seen("outside", who=lambda got: got.startswith("c1 ") and got != "c1 192.0.2.2"), delete()],
        since="1.5"),
    Row("portmap: route_localnet of the interface", PUBLISHED,
        [add(), ("sysctl host net/ipv4/conf/<port>/route_localnet", "1"), delete()]),
    Row("portmap: several ports and protocols", [base(), portmap(WEB, ("tcp", 8081, 80), DNS)],
        [add(), SERVE, seen("outside"), seen("outside", 8081), seen("outside", 5353, protocol="udp"),
         ("answer outside udp 192.0.2.1 8080", ""),
         delete(), NOT_DNATED]),
    Row("portmap: more than 15 ports", [base(), portmap(*(("tcp", 9000 + port, 80) for port in range(17)))],
        [add(), SERVE, seen("outside", 9000), seen("outside", 9016), delete(), NOT_DNATED]),
    Row("portmap: hostIP", [base(), portmap(("tcp", 8080, 80, "192.0.2.1"))],
        ["ip addr add 192.0.2.9/24 dev uplink", add(), SERVE, seen("outside"),
         ("answer outside tcp 192.0.2.9 8080", ""), delete(),
         "ip addr del 192.0.2.9/24 dev uplink"]),
    Row("portmap: hostIP 0.0.0.0 is IPv4 only", [base(V4, V6), portmap(("tcp", 8080, 80, "0.0.0.0"))],
        [add(), SERVE, ("ping c1 2001:db8:42::1", True), seen("outside"), ("answer outside tcp 2001:db8:1::1 8080", ""),
         delete()]),
    Row("portmap: hostIP :: is IPv6 only", [base(V4, V6), portmap(("tcp", 8080, 80, "::"))],
        [add(), SERVE, ("ping c1 2001:db8:42::1", True), seen("outside", address=HOST6),
         ("answer outside tcp 192.0.2.1 8080", ""), delete()]),
    Row("portmap: hostIP of the other family", [base(), portmap(("tcp", 8080, 80, "2001:db8:1::1"))],
        [add(), SERVE, ("answer outside tcp 192.0.2.1 8080", ""), delete()]),
    Row("portmap: transit traffic", PUBLISHED,
        [add(), "ip netns add c3; ip link add far type veth peer name eth0 netns c3; ip addr add 198.51.100.1/24 dev far; ip link set far up;"
         "ip -n c3 addr add 198.51.100.2/24 dev eth0; ip -n c3 link set eth0 up; ip -n c3 route add default via 198.51.100.1;"
         "ip -n outside route replace 198.51.100.0/24 via 192.0.2.1",
         SERVE, ("serve c3 tcp:8080", True), ("answer outside tcp 198.51.100.2 8080", "c3 192.0.2.2"), seen("outside"),
         delete(),
         "ip -n outside route del 198.51.100.0/24"]),
    Row("portmap: UDP: the next container on the same port", [base(), portmap(DNS)],
        [add(), SERVE, ("answer outside udp 192.0.2.1 5353 192.0.2.2 4000", "c1 192.0.2.2"), delete(), add("c2"),
         ("serve c2 udp:53", True),
         ("answer outside udp 192.0.2.1 5353 192.0.2.2 4000", "c2 192.0.2.2"), delete("c2")]),
    Row("portmap: UDP: DEL forgets the flows of the container", [base(), portmap(DNS)],
        [add(), SERVE, ("answer outside udp 192.0.2.1 5353 192.0.2.2 4000", "c1 192.0.2.2"), delete(),
         ("shell conntrack -L -p udp --orig-port-dst 5353 2>/dev/null | grep -c 10.1.2.2",
          differs("udp-conntrack", "1", "0"))]),
    Row("portmap: UDP: other flows to that port stay", [base(), portmap(DNS)],
        [add("c2", plugins=base()), ("serve outside udp:5353", True),
         ("answer c2 udp 192.0.2.2 5353", "outside 192.0.2.1"),
         ("shell conntrack -L -p udp --orig-port-dst 5353 2>/dev/null | grep -c 10.1.2.2", "1"), add(),
         ("shell conntrack -L -p udp --orig-port-dst 5353 2>/dev/null | grep -c 'src=10.1.2.2 '",
          differs("udp-conntrack", "0", "1")), delete(), delete("c2", plugins=base())]),
]

TWO = [{**base("10.9.9.0/24", name="two"), "ipMasq": False}, portmap(("tcp", 8082, 80), name="two")]
UNROUTED = [{**TWO[0], "ipam": {**TWO[0]["ipam"], "routes": []}}, TWO[1]]
CONFLICTS = [
    Row("portmap: a port that is published already", PUBLISHED,
        [add(), differs("port-conflict", [add("c2"), ("serve c2 tcp:80", True)],
                        [add("c2", fails=error(re.compile("8080.*c1|c1.*8080"), 104))]),
         SERVE, seen("outside"), delete()]),
    Row("portmap: a port of another address is no conflict", [base(), portmap(("tcp", 8080, 80, "192.0.2.1"))],
        ["ip addr add 192.0.2.8/24 dev uplink", add(),
         add("c2", plugins=[base(), portmap(("tcp", 8080, 80, "192.0.2.8"))]),
         SERVE, ("serve c2 tcp:80", True), seen("outside"), seen("outside", address="192.0.2.8", who=re.compile("^c2")),
         delete(),
         delete("c2", plugins=[base(), portmap(("tcp", 8080, 80, "192.0.2.8"))]),
         "ip addr del 192.0.2.8/24 dev uplink"]),
    Row("portmap: hostIP that is no address of the host", [base(), portmap(("tcp", 8080, 80, "192.0.2.8"))],
        [add(fails=differs("host-address", None, error("192.0.2.8", 7))), delete()]),
    Row("portmap: the same port of another protocol is no conflict", [base(), portmap(("tcp", 5353, 80))],
        [add(), add("c2", plugins=[base(), portmap(DNS)]), ("serve c2 udp:53", True), SERVE, seen("outside", 5353),
         seen("outside", 5353, protocol="udp", who=re.compile("^c2")), delete(), delete("c2")]),
    Row("portmap: two networks of a container", PUBLISHED,
        [add(), add(ifname="eth1", plugins=TWO), SERVE, seen("outside"), seen("outside", 8082),
         delete(ifname="eth1", plugins=TWO),
         seen("outside"), ("answer outside tcp 192.0.2.1 8082", ""), delete()]),
    Row("portmap: two networks of a container, the second without a route for its replies", PUBLISHED,
        [add(), add(ifname="eth1", plugins=UNROUTED), SERVE, seen("outside"),
         seen("outside", 8082, who=differs("source-binding", re.compile("^c1 "), "")),
         delete(ifname="eth1", plugins=UNROUTED), delete()]),
]

PARSING = [
    Row("portmap: no mappings: the result passes through", [base(), portmap()],
        [add(result={"addresses": ["10.1.2.2/24"]}), check(), delete(), NOT_DNATED], LISTS[2:]),
    Row("portmap: empty mappings", [base(), {**portmap(), "runtimeConfig": {"portMappings": []}}], [add(), delete()]),
    refused("hostPort 0", "Invalid host port number: 0", ("tcp", 0, 80)),
    refused("containerPort 0", "Invalid container port number: 0", ("tcp", 8080, 0)),
    refused("externalSetMarkChain and markMasqBit", "Cannot specify externalSetMarkChain and markMasqBit",
            externalSetMarkChain="KUBE-MARK-MASQ", markMasqBit=5),
    refused("markMasqBit 32", "MasqMarkBit must be between 0 and 31", markMasqBit=32),
    refused("a protocol that nobody knows", re.compile("nonsense"), ("nonsense", 8080, 80)),
    Row("portmap: without prevResult", portmap(WEB),
        [add(netns="/run/none", fails=error("must be called as chained plugin", 7))]),
    Row("portmap: prevResult of another version", [base(), portmap(WEB)],
        [add(), check(prev={"cniVersion": "0.4.0", "ips": []}, plugins=portmap(WEB), fails=error(re.compile(""))),
         delete()]),
    Row("portmap: an address without interface", [{"type": "host-local", "ipam": base()["ipam"]}, portmap(WEB)],
        [add(result={"addresses": ["10.1.2.2/24"], "on": [None]}), delete()]),
    Row("portmap: DEL without runtimeConfig", PUBLISHED,
        [add(), delete(plugins=[base(), portmap()]),
         ("shell nft list ruleset | grep -c 'dnat to 10.1.2.2\\|10.1.2.2:80'",
          differs("own-records", re.compile("[1-9]"), "0"))]),
    Row("portmap: DEL without prevResult", PUBLISHED,
        [add(), SERVE, seen("outside"), delete(prev=None), ("shell nft list ruleset | grep -c 10.1.2.2:80", "0")]),
    Row("portmap: DEL of what was never added, and again", PUBLISHED,
        [delete(), add(), delete(), delete(), NOT_DNATED]),
    Row("portmap: DEL when the namespace is gone", PUBLISHED,
        [add(), SERVE, seen("outside"), "ip netns del c1", delete(netns="/run/netns/c1"),
         ("shell nft list ruleset | grep -c 10.1.2.2:80", "0")]),
    Row("portmap: DEL with an empty CNI_NETNS", PUBLISHED,
        [add(), SERVE, seen("outside"), delete(netns=""), ("shell nft list ruleset | grep -c 10.1.2.2:80", "0")]),
    *(Row(f"portmap: CHECK of {name}", [base(*subnets), portmap(WEB)],
          [add(), check(fails=differs("portmap-check", error("could not check ipv6 dnat"), None)), "nft flush ruleset",
           check(fails=error(re.compile(""), 106))], versions)
      for name, subnets,
      versions in (("one family", [V4], ["0.4.0", "1.0.0", "1.1.0"]), ("both families", [V4, V6], LAST))),
    Row("portmap: ADD and DEL of one leave the mappings of another", PUBLISHED,
        [add(), add("c2", plugins=[base(), portmap(("tcp", 8082, 80))]), ("serve c2 tcp:80", True), SERVE,
         seen("outside"),
         seen("outside", 8082, who=re.compile("^c2 ")), delete(), seen("outside", 8082, who=re.compile("^c2 ")),
         ("answer outside tcp 192.0.2.1 8080", ""),
         delete("c2", plugins=[base(), portmap(("tcp", 8082, 80))])]),
]


def table_of(pattern):
    return "shell iptables-save -t nat 2>/dev/null | grep -cE -- '" + pattern + "'"


RULES = [
    Row("portmap: iptables rule generation", [base(), portmap(WEB, ("tcp", 8081, 80, "192.0.2.1"), DNS)],
        [add(), differs("nftables", [
            (table_of("-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT"), "1"),
            (table_of("-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT"), "1"),
            (table_of("-A POSTROUTING -m comment .* -j CNI-HOSTPORT-MASQ"), "1"),
            (table_of("-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE"), "1"),
            (table_of("-A CNI-HOSTPORT-DNAT -p tcp -m comment .* -m multiport --dports 8080,8081 -j CNI-DN-[0-9a-f]{21}"), "1"),
            (table_of("-A CNI-DN-[0-9a-f]{21} -s 10.1.2.0/24 -p tcp -m tcp --dport 8080 -j CNI-HOSTPORT-SETMARK"), "1"),
            (table_of("-A CNI-DN-[0-9a-f]{21} -s 127.0.0.1/32 -p tcp -m tcp --dport 8080 -j CNI-HOSTPORT-SETMARK"),
             "1"),
            (table_of("-A CNI-DN-[0-9a-f]{21} -d 192.0.2.1/32 -p tcp -m tcp --dport 8081 -j DNAT --to-destination 10.1.2.2:80"), "1"),
            (table_of("-A CNI-DN-[0-9a-f]{21} -p udp -m udp --dport 5353 -j DNAT --to-destination 10.1.2.2:53"), "1")],
            [(table_of("CNI-"), "0")]), delete(), (table_of("CNI-DN"), "0")]),
    Row("portmap: markMasqBit 5", [base(), portmap(WEB, markMasqBit=5)],
        [add(), SERVE, seen("host", address="127.0.0.1"),
         differs("nftables", [(table_of("--mark 0x20/0x20 -j MASQUERADE"), "1")], []), delete()]),
    Row("portmap: conditionsV4", [base(), portmap(WEB, conditionsV4=["-s", "192.0.2.2"])],
        [differs("conditions", [add(), SERVE, seen("outside"), ("answer c1 tcp 192.0.2.1 8080", ""), delete()],
                 [add(fails=error("conditionsV4", 2)), ("links c1", ["eth0"]), delete()])]),
    *(Row(f"portmap: backend {backend}", [base(), portmap(WEB, backend=backend)],
          [add(), SERVE, seen("outside"), seen("host", address="127.0.0.1"), delete(), NOT_DNATED], since="1.5")
          for backend in ("iptables", "nftables")),
    refused("conditions for the wrong backend", re.compile("conditionsV4"), since="1.5", ours=2,
            backend="iptables", conditionsV4=["ip", "saddr", "192.0.2.2"]),
    Row("portmap: externalSetMarkChain with nftables",
        [base(), portmap(WEB, backend="nftables", externalSetMarkChain="X")],
        [add(fails=differs("backend-words", error("externalSetMarkChain"), None)), delete(plugins=base())],
        since="1.5"),
    Row("portmap: externalSetMarkChain", [base(), portmap(WEB, externalSetMarkChain="X")],
        [differs("backend-words", [add(fails=error("X")), ("links c1", ["eth0"])],
                 [add(), SERVE, seen("outside"), seen("c1")]), delete(plugins=base())]),
]

ROWS = CONNECTIONS + CONFLICTS + PARSING + RULES
