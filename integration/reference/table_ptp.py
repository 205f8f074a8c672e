#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Section 4.3 of the contract: ptp."""
import re

from suite import EVERY, LISTS, NEWEST, Row, SHAPES, add, check, delete, differs, error, status

V4, V6 = "10.1.2.0/24", "2001:db8:42::/64"
RESERVED = "reserved /run/data/net"
VETH = re.compile("^(veth|cb)")
LEFT = differs("gateway-device", [], ["cambric0"])
NO_GATEWAY = "ip -o addr | awk '$4 ~ /^10[.]1[.]2[.]1[/]/ { print $4, \"dev\", $2 }' | while read -r line; do ip addr del $line; done"


def ptp(*subnets, routes=None, **more):
    ipam = {"type": "host-local", "dataDir": "/run/data", "ranges": [[{"subnet": subnet}] for subnet in subnets],
            **more.pop("ipam", {})}
    return {"type": "ptp", "ipam": {**ipam, **({"routes": routes} if routes else {})}, **more}


def both(name, plugin, addresses, gateways, versions, newer=""):
    """ADD, pings to every gateway, CHECK where there is one, DEL."""
    steps = [add(result={"addresses": addresses, "gateways": gateways}), ("addresses c1 ptp0", addresses),
             *(("ping c1 " + gateway, True) for gateway in gateways),
             *(("ping host " + ip.split("/")[0], True) for ip in addresses)]
    end = [delete(), ("links c1", []), ("links host", LEFT), (RESERVED, [])]
    for step in steps + end:
        if hasattr(step, "ifname"):
            step.ifname = "ptp0"
    refused = check(ifname="ptp0", fails=error("config version does not allow CHECK", 1, 1))
    return [Row(f"ptp: {name}", plugin, [*steps, *([check(ifname="ptp0")] if new else [refused]), *end],
                [version for version in versions if (version >= "0.4") == new], newer if new else "")
                for new in (False, True)]


DNS = {"nameservers": ["192.0.2.54"], "domain": "config.example", "search": ["one.example"], "options": ["ndots:2"]}
RESOLV = "printf 'nameserver 192.0.2.53\\ndomain example.net\\n' > /run/scratch/row/resolv.conf"
RESOLVED = {"resolvConf": "/run/scratch/row/resolv.conf"}


def names(name, dns, wanted, **options):
    """Whose DNS the result has: that of the configuration, or that of IPAM."""
    return Row(f"ptp: {name}", ptp(V4, ipam=RESOLVED, **({} if dns is None else {"dns": dns})),
               [RESOLV, add(result={"dns": wanted}), delete()], **options)


ADD_DEL = [
    *both("ADD/CHECK/DEL v4, mtu 5000, ipMasq", ptp(V4, mtu=5000, ipMasq=True), ["10.1.2.2/24"], ["10.1.2.1"], EVERY),
    *both("ADD/CHECK/DEL dual with routes",
          ptp(V4, V6, ipMasq=True,
              routes=[{"dst": "0.0.0.0/0"}, {"dst": "192.168.0.0/16"}, {"dst": "1.2.3.4/32"},
                      {"dst": "2001:db8:7::/66"}]),
          ["10.1.2.2/24", "2001:db8:42::2/64"], ["10.1.2.1", "2001:db8:42::1"], ["0.3.1", "1.0.0", "1.1.0"], "1.2"),
    *both("ADD/CHECK/DEL dual", ptp(V4, V6), ["10.1.2.2/24", "2001:db8:42::2/64"], ["10.1.2.1", "2001:db8:42::1"],
          ["0.4.0", "1.0.0", "1.1.0"]),
    Row("ptp: interfaces of the result", ptp(V4),
        [add(result={"interfaces": [VETH, "eth0 @c1"], "on": [1]}),
         ("links host", differs("gateway-device", ["<port>"], ["cambric0", "<port>"])),
         ("link c1 eth0 address", "<mac>"), delete()], LISTS),
    Row("ptp: mtu", ptp(V4, mtu=5000), [add(), ("link c1 eth0 mtu", 5000), ("link host <port> mtu", 5000), delete()]),
    Row("ptp: everything goes through the host", ptp(V4),
        [add(), add("c2"), ("ping c1 10.1.2.3", True),
         ("shell ip -n c1 route get 10.1.2.3 | head -n 1", re.compile("via 10.1.2.1 dev eth0")),
         ("routes host", lambda got: any(route.startswith("10.1.2.2 dev") for route in got)), delete(),
         ("ping c2 10.1.2.1", True), delete("c2")]),
    Row("ptp: forwarding is on", ptp(V4, V6),
        [add(), ("sysctl host net/ipv4/ip_forward", "1"), ("sysctl host net/ipv6/conf/all/forwarding", "1"), delete()]),
    Row("ptp: forwarding of v4 only", ptp(V4),
        [add(), ("sysctl host net/ipv4/ip_forward", "1"), ("sysctl host net/ipv6/conf/all/forwarding", "0"), delete()]),
    Row("ptp: IPv6 is usable when ADD returns", ptp(V6), [add(), ("tentative c1 eth0", []), delete()]),
    Row("ptp: default route", ptp(V4, routes=[{"dst": "0.0.0.0/0"}]),
        [add(result={"routes": [differs("next-hops", "0.0.0.0/0", "0.0.0.0/0 via 10.1.2.1")]}),
         ("routes c1", lambda got: "default via 10.1.2.1 dev eth0" in got), delete()]),
    Row("ptp: ipMasq", ptp(V4, ipMasq=True, routes=[{"dst": "0.0.0.0/0"}]),
        [add(), add("c2"), ("serve outside tcp:80", True), ("serve c2 tcp:80", True),
         ("answer c1 tcp 192.0.2.2 80", "outside 192.0.2.1"),
         ("answer c1 tcp 10.1.2.3 80", "c2 10.1.2.2"), delete(), ("shell nft list ruleset | grep -c 10.1.2.2", "0"),
         delete("c2")]),
    Row("ptp: no ipMasq", ptp(V4, routes=[{"dst": "0.0.0.0/0"}]),
        [add(), ("serve outside tcp:80", True), ("answer c1 tcp 192.0.2.2 80", ""), delete()]),
    *(Row(f"ptp: ipMasqBackend {backend}", ptp(V4, ipMasq=True, ipMasqBackend=backend, routes=[{"dst": "0.0.0.0/0"}]),
          [add(), ("serve outside tcp:80", True), ("answer c1 tcp 192.0.2.2 80", "outside 192.0.2.1"), delete(),
           ("shell nft list ruleset | grep -c 10.1.2.2", "0")], since="1.6") for backend in ("iptables", "nftables")),
]

NAMES = [
    Row("ptp: config dns", ptp(V4, dns=DNS), [add(result={"dns": DNS}), delete()], SHAPES),
    names("no dns in config", None, {"nameservers": ["192.0.2.53"], "domain": "example.net"}),
    *(names(f"dns with {key} only", {key: DNS[key]},
            {key: DNS[key], **({} if key == "nameservers" else {"nameservers": None})}) for key in DNS),
    names("dns with empty lists", {"nameservers": [], "search": [], "options": []}, lambda got: not any(got.values())),
]

FAILURES = [
    Row("ptp: DEL of an unconfigured link", ptp(V4), [delete()], EVERY),
    Row("ptp: DEL again", ptp(V4, ipMasq=True), [add(), delete(), delete(), delete(prev=None)]),
    Row("ptp: DEL with an empty CNI_NETNS", ptp(V4), [add(), delete(netns=""), (RESERVED, [])]),
    Row("ptp: DEL when the namespace is gone", ptp(V4, ipMasq=True),
        [add(), "ip netns del c1", delete(netns="/run/netns/c1"), (RESERVED, []),
         ("shell nft list ruleset | grep -c 10.1.2.2", differs("del-without-namespace", lambda got: got != "0", "0"))]),
    Row("ptp: no ipam", {"type": "ptp"}, [add(fails=error(re.compile(""))), ("links c1", []), ("links host", [])]),
    Row("ptp: an interface of that name is there", ptp(V4),
        ["ip netns add c1; ip -n c1 link add eth0 type veth peer name other",
         add(fails=error(re.compile("eth0.*exist"), 105)),
         (RESERVED, []), ("links c1", ["eth0", "other"])]),
    Row("ptp: failure after IPAM", ptp(V4, routes=[{"dst": "192.168.0.0/16", "gw": "203.0.113.1"}]),
        [add(fails=error(re.compile("unreachable|192.168"), 100)), (RESERVED, []),
         ("links c1", differs("rollback", ["eth0"], []))]),
    Row("ptp: CHECK notices a missing address", ptp(V4),
        [add(), "ip -n c1 addr flush dev eth0", check(fails=error(re.compile(""), 106)), delete()]),
    Row("ptp: CHECK without prevResult", ptp(V4),
        [add(), check(prev=None, fails=error(re.compile("(?i)prevResult"), 7)), delete()]),
    *(Row(f"ptp: CHECK notices {what}", ptp(V4, ipMasq=True),
          [add(), spoil, check(fails=differs("check-notices", None, error(re.compile(""), 106)))])
      for what,
      spoil in (("a flushed ruleset", "nft flush ruleset"),
                ("a missing route of the host", "ip route flush dev <port>"),
                          ("a missing gateway", NO_GATEWAY))),
    Row("ptp: STATUS", ptp(V4), [status()], NEWEST),
]

ROWS = ADD_DEL + NAMES + FAILURES
