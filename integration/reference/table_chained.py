#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sections 2.9 to 2.12 of the contract: firewall, tuning, bandwidth and sbr behind an interface."""
import re

from suite import LISTS, PANIC, Row, add, check, delete, differs, error

V4, V6 = "10.1.2.0/24", "2001:db8:42::/64"
CHECKS = ["0.4.0", "1.0.0", "1.1.0"]


def base(*subnets, kind="ptp", **more):
    ipam = {"type": "host-local", "dataDir": "/run/data",
            "ranges": [[{"subnet": subnet}] for subnet in subnets or [V4]],
            "routes": [{"dst": "0.0.0.0/0"}]}
    return {"type": kind, "ipam": ipam, **({"bridge": "br0", "isGateway": True} if kind == "bridge" else {}), **more}


def tuning(**more):
    return [base(), {"type": "tuning", **more}]


def firewall(**more):
    return [base(ipMasq=True), {"type": "firewall", **more}]


def bandwidth(*numbers, **more):
    """ingressRate, ingressBurst, egressRate, egressBurst"""
    return [base(), {"type": "bandwidth",
                     **dict(zip(("ingressRate", "ingressBurst", "egressRate", "egressBurst"), numbers)), **more}]


def allowed(*lines):
    return "mkdir -p /etc/cni/tuning; printf '" + "\\n".join(lines) + "\\n' > /etc/cni/tuning/allowlist.conf"


DROPPING = ("nft 'add table ip filter; add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }'")
FORWARDED = ("answer c1 tcp 192.0.2.2 80", "outside 192.0.2.1")

FIREWALL = [
    Row("firewall: passes the result through", firewall(),
        [add(result={"addresses": ["10.1.2.2/24"], "on": [1]}), check(), delete()], CHECKS),
    Row("firewall: before 0.4.0", {"type": "firewall"},
        [differs("all-versions", [add(netns="/run/none", fails=error("incompatible CNI versions", 1, 1))],
                 [add(plugins=firewall()), delete(plugins=firewall())])], ["0.3.1"]),
    Row("firewall: without prevResult", {"type": "firewall"},
        [add(netns="/run/none", fails=error("missing prevResult from earlier plugin", 7))]),
    *(Row(f"firewall: backend {backend!r}", firewall(backend=backend),
          [add(), ("serve outside tcp:80", True), FORWARDED, check(), delete()])
      for backend in ("", "iptables", "nftables", "anything")),
    Row("firewall: a FORWARD chain that drops", firewall(),
        [DROPPING, add(), ("serve outside tcp:80", True),
         ("answer c1 tcp 192.0.2.2 80", differs("foreign-forward", "outside 192.0.2.1", "")), delete(),
         ("answer c1 tcp 192.0.2.2 80", "")]),
    Row("firewall: iptables chains", firewall(),
        [add(), differs("nftables", [
            ("shell iptables-save -t filter | grep -cE -- '-A FORWARD .*-j CNI-FORWARD'", "1"),
            ("shell iptables-save -t filter | grep -cE -- '-A CNI-FORWARD .*-j CNI-ADMIN'", "1"),
            ("shell iptables-save -t filter | grep -cE -- '-A CNI-FORWARD -s 10.1.2.2/32 -j ACCEPT'", "1"),
            ("shell iptables-save -t filter | grep -cE -- '-A CNI-FORWARD -d 10.1.2.2/32 .*RELATED,ESTABLISHED -j ACCEPT'", "1")], []),
         delete(), ("shell nft list ruleset | grep -c 10.1.2.2", "0")]),
    Row("firewall: ingressPolicy that nobody knows", firewall(ingressPolicy="x"),
        [add(fails=error('unknown ingress policy: "x"', 7))], since="1.1"),
    Row("firewall: DEL again, without prevResult, without namespace", firewall(),
        [add(), delete(), delete(), delete(prev=None), delete(netns="")]),
    Row("firewall: DEL without prevResult", firewall(),
        [add(), delete(prev=None), ("shell nft list ruleset | grep -c 10.1.2.2", differs("own-records", "2", "0"))]),
    Row("firewall: CHECK notices a flushed ruleset", firewall(),
        [add(), "nft flush ruleset", check(fails=error(re.compile(""), 106))]),
    *(Row(f"firewall: ingressPolicy {policy}",
          [{**base("10.1.2.0/24", kind="bridge"), "bridge": "br0"}, {"type": "firewall", "ingressPolicy": policy}],
          [add(), add("c2"), add("c3", plugins=[{**base("10.9.9.0/24", kind="bridge"), "bridge": "br9", "name": "two"},
                                                {"type": "firewall", "ingressPolicy": policy, "name": "two"}]),
           ("serve c1 tcp:80", True), ("answer host tcp 10.1.2.2 80", re.compile("^c1")),
           ("answer c2 tcp 10.1.2.2 80", "c1 10.1.2.3"),
           ("answer c3 tcp 10.1.2.2 80", other), delete()])
      for policy, other in (("open", "c1 10.9.9.2"), ("same-bridge", ""))),
    Row("firewall: ingressPolicy isolated", [base(kind="bridge"), {"type": "firewall", "ingressPolicy": "isolated"}],
        [add(), add("c2"), ("serve c1 tcp:80", True), ("answer host tcp 10.1.2.2 80", re.compile("^c1")),
         ("answer c2 tcp 10.1.2.2 80", differs("isolated", re.compile("c1"), "")), delete(), delete("c2")],
         since="1.5"),
]

SYSCTL = "net.ipv4.conf.IFNAME.arp_filter"
TUNING = [
    Row("tuning: sysctl", tuning(sysctl={"net.ipv4.conf.all.log_martians": "1", "net.ipv4.conf.eth0.arp_filter": "1"}),
        [add(result={"addresses": ["10.1.2.2/24"]}), ("sysctl c1 net/ipv4/conf/all/log_martians", "1"),
         ("sysctl c1 net/ipv4/conf/eth0/arp_filter", "1"),
         check(), "ip netns exec c1 sysctl -q net.ipv4.conf.eth0.arp_filter=0",
         check(fails=error(re.compile("arp_filter"), 106)), delete()], CHECKS),
    Row("tuning: sysctl with IFNAME", tuning(sysctl={SYSCTL: "1"}),
        [add(ifname="eth7"), ("sysctl c1 net/ipv4/conf/eth7/arp_filter", "1"), delete(ifname="eth7")]),
    Row("tuning: sysctl with IFNAME of a name with a dot", tuning(sysctl={SYSCTL: "1"}),
        [add(ifname="eth0.7"), ("sysctl c1 net/ipv4/conf/eth0.7/arp_filter", "1"), delete(ifname="eth0.7")],
        since="1.2"),
    Row("tuning: CHECK of a sysctl with IFNAME", tuning(sysctl={SYSCTL: "1"}), [add(), check(), delete()], since="1.2"),
    Row("tuning: sysctl of args", tuning(sysctl={}, args={"cni": {"sysctl": {SYSCTL: "1"}}}),
        [add(), ("sysctl c1 net/ipv4/conf/eth0/arp_filter", "1"), delete()]),
    Row("tuning: sysctl of args without sysctl", tuning(args={"cni": {"sysctl": {SYSCTL: "1"}}}),
        [add(fails=differs("no-panic", PANIC, None)), delete(plugins=base())]),
    Row("tuning: sysctl outside net", tuning(sysctl={"kernel.panic": "1"}),
        [add(fails=error("invalid net sysctl key", 7)), delete()]),
    Row("tuning: sysctl with dots to the parent", tuning(sysctl={"net/../kernel/panic": "1"}),
        [add(fails=error(re.compile("invalid net sysctl key|no such"), 7)), delete()]),
    Row("tuning: sysctl that is not there", tuning(sysctl={"net.ipv4.conf.eth0.nothing": "1"}),
        [add(fails=error(re.compile("nothing"))), delete()]),
    Row("tuning: allowlist allows", tuning(sysctl={SYSCTL: "1"}),
        [allowed("^net.ipv4.conf.IFNAME.arp_[a-z_]*$"), add(), delete()], since="1.2"),
    Row("tuning: allowlist refuses", tuning(sysctl={SYSCTL: "1"}),
        [allowed("^net.core.somaxconn$"), add(fails=error("Only the following sysctls are allowed", 7)),
         ("sysctl c1 net/ipv4/conf/eth0/arp_filter", "0"), delete()], since="1.2"),
    Row("tuning: mac", tuning(mac="c2:11:22:33:44:55"),
        [add(result={"macs": [re.compile("^.{17}$"), "c2:11:22:33:44:55"]}),
         ("link c1 eth0 address", "c2:11:22:33:44:55"), ("ping c1 10.1.2.1", True), check(), delete()], CHECKS),
    Row("tuning: mac of CNI_ARGS over the configuration", [base(), {"type": "tuning", "mac": "c2:11:22:33:44:55"}],
        [add(args="IgnoreUnknown=1;MAC=c2:11:22:33:44:66"), ("link c1 eth0 address", "c2:11:22:33:44:66"), delete()]),
    Row("tuning: mac of runtimeConfig over CNI_ARGS",
        tuning(mac="c2:11:22:33:44:55", capabilities={"mac": True}, runtimeConfig={"mac": "c2:11:22:33:44:77"}),
        [add(args="IgnoreUnknown=1;MAC=c2:11:22:33:44:66"), ("link c1 eth0 address", "c2:11:22:33:44:77"), delete()]),
    Row("tuning: mac of args over all",
        tuning(mac="c2:11:22:33:44:55", args={"cni": {"mac": "c2:11:22:33:44:88"}},
               runtimeConfig={"mac": "c2:11:22:33:44:77"}),
        [add(args="IgnoreUnknown=1;MAC=c2:11:22:33:44:66"), ("link c1 eth0 address", "c2:11:22:33:44:88"), delete()]),
    Row("tuning: promisc, allmulti, mtu", tuning(promisc=True, allmulti=True, mtu=1300),
        [add(), ("link c1 eth0 promiscuity", 1), ("link c1 eth0 mtu", 1300), ("link host <port> mtu", 1500),
         ("link c1 eth0 flags", lambda got: "ALLMULTI" in got), check(), "ip -n c1 link set eth0 mtu 1400",
         check(fails=error(re.compile("(?i)mtu"), 106)), delete()]),
    Row("tuning: txQLen", tuning(txQLen=777), [add(), ("link c1 eth0 txqlen", 777), delete()], since="1.4"),
    Row("tuning: CHECK of promisc that is not configured", tuning(), [add(), "ip -n c1 link set eth0 promisc on",
                                                                       check(fails=differs("tuning-promisc", error(
                                                                           re.compile("(?i)promisc"), 106), None)), delete()]),
    Row("tuning: DEL restores", tuning(mtu=1300, mac="c2:11:22:33:44:55"),
        [add(), *(("link c1 eth0 " + key, value) for key, value in (("mtu", 1300), ("address", "c2:11:22:33:44:55"))),
         delete(plugins=tuning(mtu=1300, mac="c2:11:22:33:44:55")[1]), ("link c1 eth0 mtu", 1500),
         ("link c1 eth0 address", lambda got: got != "c2:11:22:33:44:55"), delete()]),
    Row("tuning: without prevResult", {"type": "tuning"},
        [add(netns="/run/none", fails=error("Required prevResult missing", 7))]),
    Row("tuning: DEL again, without namespace", tuning(mtu=1300),
        [add(), delete(), delete(), delete(netns=""), "ip netns del c1", delete(netns="/run/netns/c1")]),
    Row("tuning: nothing to do", tuning(), [add(), check(), delete()], LISTS[2:]),
]

LEFT = differs("gateway-device", [], ["cambric0"])
RATE = (8000000, 800000, 4000000, 400000)
BANDWIDTH = [
    Row("bandwidth: both directions", bandwidth(*RATE),
        [add(result={"interfaces": lambda got: "eth0 @c1" in got}), ("shaped <port>", 8000000),
         ("ping c1 10.1.2.1", True),
         differs("ifb", [("shell ip -o link show type ifb | grep -c bwp", "1")], []), check(), delete(),
         ("links host", LEFT)], CHECKS),
    Row("bandwidth: towards the container", bandwidth(*RATE[:2]),
        [add(), ("shaped <port>", 8000000), ("shell ip -o link show type ifb | wc -l", "0"), delete()], LISTS),
    Row("bandwidth: of runtimeConfig", [base(), {"type": "bandwidth", "capabilities": {"bandwidth": True},
                                                 "runtimeConfig": {"bandwidth": {"ingressRate": 8000000,
                                                                                 "ingressBurst": 800000}}}],
        [add(), ("shaped <port>", 8000000), delete()]),
    Row("bandwidth: the configuration wins over runtimeConfig", bandwidth(*RATE[:2], capabilities={"bandwidth": True},
                                                                          runtimeConfig={"bandwidth": {"ingressRate": 1000000, "ingressBurst": 800000}}),
        [add(), ("shaped <port>", 8000000), delete()]),
    Row("bandwidth: no limits", bandwidth(),
        [add(result={"addresses": ["10.1.2.2/24"]}), ("shaped <port>", None),
         check(fails=differs("no-panic", PANIC, None)), delete()], CHECKS),
    Row("bandwidth: no limits and no prevResult", {"type": "bandwidth"},
        [add(netns="/run/none", fails=differs("no-panic", PANIC, error("must be called as chained plugin", 7)))]),
    Row("bandwidth: limits without prevResult", bandwidth(*RATE)[1],
        [add(netns="/run/none", fails=error("must be called as chained plugin", 7))]),
    Row("bandwidth: rate without burst", bandwidth(8000000),
        [add(fails=error("if rate is set, burst must also be set", 7)), delete(plugins=base())]),
    Row("bandwidth: burst without rate", bandwidth(0, 800000),
        [add(fails=error("if burst is set, rate must also be set", 7)), delete(plugins=base())]),
    Row("bandwidth: a burst of more than 4 GB", bandwidth(8000000, 8 * (1 << 32)),
        [add(fails=error("burst cannot be more than 4GB", 7)), delete(plugins=base())]),
    Row("bandwidth: the burst of Kubernetes", bandwidth(8000000, (1 << 32) - 1),
        [add(), ("shaped <port>", 8000000), delete()]),
    Row("bandwidth: two interfaces of a container", bandwidth(*RATE),
        [add(), differs("ifb", [add(ifname="eth1", fails=error("exists")), delete(ifname="eth1", plugins=base())],
                        [add(ifname="eth1"), delete(ifname="eth1")]),
         ("ping c1 10.1.2.1", True), delete()]),
    Row("bandwidth: DEL again, without prevResult, without namespace", bandwidth(*RATE),
        [add(), delete(), delete(), delete(prev=None), delete(netns=""), ("links host", LEFT)]),
    Row("bandwidth: CHECK notices another rate", bandwidth(*RATE),
        [add(), "tc qdisc change dev <port> root tbf rate 1mbit burst 10kb latency 25ms",
         check(fails=error(re.compile("(?i)rate"), 106)), delete()]),
    Row("bandwidth: CHECK notices a missing limit", bandwidth(*RATE),
        [add(), "tc qdisc del dev <port> root", check(fails=differs("check-notices", None, error(re.compile(""), 106))),
         delete()]),
]

TABLED = differs("sbr-tables", ["from 10.1.2.2 lookup 100"], ["from 10.1.2.2 lookup 51871002"])
SBR = [
    Row("sbr: a rule and a table", [base(), {"type": "sbr"}],
        [add(result={"addresses": ["10.1.2.2/24"]}), ("rules c1", TABLED),
         ("shell ip -n c1 route show table all | grep -q 'default via 10.1.2.1 dev eth0 table'; echo $?", "0"),
         check(plugins={"type": "sbr"}), delete(), ("rules c1", [])], CHECKS),
    Row("sbr: two networks", [base(), {"type": "sbr"}],
        [add(plugins=base()),
         add(ifname="eth1", plugins=[base("10.9.9.0/24", name="two"), {"type": "sbr", "name": "two"}]),
         ("ping c1 10.1.2.1", True),
         ("shell ip netns exec c1 ping -n -q -c 1 -w 5 -I 10.9.9.2 10.9.9.1 >/dev/null; echo $?", "0"),
         delete(ifname="eth1", plugins=[base("10.9.9.0/24", name="two"), {"type": "sbr", "name": "two"}]),
         ("rules c1", []), ("ping c1 10.1.2.1", True), delete(plugins=base())]),
    Row("sbr: without prevResult", {"type": "sbr"},
        [add(netns="/run/none", fails=error("This plugin must be called as chained plugin", 7))]),
    Row("sbr: DEL again", [base(), {"type": "sbr"}],
        [add(), delete(), delete(fails=differs("del-without-interface", error("Link not found"), None))]),
    Row("sbr: DEL when the namespace is gone", [base(), {"type": "sbr"}],
        [add(), "ip netns del c1",
         delete(netns="/run/netns/c1", fails=differs("del-without-namespace", error(re.compile("")), None)),
         ("exists /run/netns/c1", differs("del-without-namespace", True, False)), "rm -f /run/netns/c1"]),
]

VENDOR = {"cniVersion": "1.0.0",
          "interfaces": [{"name": "eth0", "sandbox": "/run/netns/c1", "mac": "02:00:00:00:00:01"}],
          "ips": [{"address": "10.1.2.2/24", "interface": 0}], "com.example": {"kept": True}}
VENDOR_KEYS = differs("unknown-result-keys", lambda said: "com.example" not in said,
                      lambda said: said.get("com.example") == {"kept": True})
FOREIGN = [
    Row(f"{kind}: unknown keys of a prevResult", {"type": kind, **keys},
        ["ip netns add c1; ip -n c1 link add eth0 type veth peer name other",
         add(prev=VENDOR, result={"addresses": ["10.1.2.2/24"], "whole": VENDOR_KEYS}),
         delete(prev=VENDOR)])
    for kind, keys in (("portmap", {}), ("firewall", {}), ("tuning", {}), ("bandwidth", {}))
]

ROWS = FIREWALL + TUNING + BANDWIDTH + SBR + FOREIGN
