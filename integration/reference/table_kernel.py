#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What needs a kernel with VLANs, dummy and ipvlan: the VLAN rows of section 4.2, and sections 2.13 and following of the
contract. Emulated processors are slow, so a row has one version unless the version is its point.
"""
import re

from suite import LAST, NEWEST, Row, add, check, delete, differs, error

V4, V6 = "10.1.2.0/24", "2001:db8:42::/64"
RESERVED = "reserved /run/data/net"
TRUNK = [{"id": 101}, {"minID": 200, "maxID": 210}]
TAGGED = ["101", *map(str, range(200, 211))]


def ranges(*subnets, **more):
    return {"type": "host-local", "dataDir": "/run/data", "ranges": [[{"subnet": subnet}] for subnet in subnets],
            **more}


def bridge(*subnets, **more):
    return {"type": "bridge", "bridge": "br0", "ipam": ranges(*subnets) if subnets else {}, **more}


def port(name, more, vlans, since="", versions=LAST):
    """The VLANs of the port of an interface without addresses."""
    return Row(f"bridge: {name}", bridge(**more),
               [add(), ("link host br0 linkinfo.info_data.vlan_filtering", 1), ("vlans <port>", vlans), delete(),
                                                   ("links c1", [])], versions, since)


# Up to release 1.3 VLAN 1 stayed on every port, untagged; preserveDefaultVlan says so since
VLANS = [
    Row("bridge: L2 + vlan 100", bridge(vlan=100), [add(), ("link host br0 linkinfo.info_data.vlan_filtering", 1),
                                                    ("vlans <port>", lambda got: "100 PVID untagged" in got), delete()],
                                                    ["0.3.1", "1.0.0"]),
    port("L2 + vlan 100 without the default VLAN", {"vlan": 100, "preserveDefaultVlan": False}, ["100 PVID untagged"],
         "1.4"),
    port("L2 + vlan 100 with the default VLAN", {"vlan": 100, "preserveDefaultVlan": True},
         ["1 untagged", "100 PVID untagged"], "1.4"),
    port("L2 + vlanTrunk 101, 200-210", {"vlanTrunk": TRUNK, "preserveDefaultVlan": True}, ["1 PVID untagged", *TAGGED],
         "1.4"),
    port("L2 + vlan 100 + vlanTrunk 101, 200-210", {"vlan": 100, "vlanTrunk": TRUNK}, ["100 PVID untagged", *TAGGED],
         "1.8"),
    Row("bridge: L3 + vlan 100", bridge(V4, V6, vlan=100, isGateway=True),
        [add(), add("c2"), ("ping c1 10.1.2.3", True), ("vlans <port>", lambda got: "100 PVID untagged" in got),
         delete(), delete("c2")]),
    Row("bridge: L3 + vlan 100: the gateway has an interface of its own", bridge(V4, V6, vlan=100, isGateway=True),
        [add(), ("addresses host br0.100", ["10.1.2.1/24", "2001:db8:42::1/64"]), ("addresses host br0", []),
         ("ping c1 10.1.2.1", True),
         ("ping c1 2001:db8:42::1", True), delete(),
         ("links host", differs("last-attachment", lambda got: "br0.100" in got, []))], since="1.2"),
    Row("bridge: two VLANs do not reach each other", bridge(V4, vlan=100),
        [add(), add("c2", plugins=bridge(V4, vlan=200)), ("ping c1 10.1.2.3 1", False), delete(),
         delete("c2", plugins=bridge(V4, vlan=200))]),
] + [
    Row(f"bridge: vlanTrunk {trunk}", bridge(vlanTrunk=trunk), [add(fails=error(text, 7)), ("links host", [])],
        since="1.4") for trunk, text in (
        ([{"minID": 9, "maxID": 5}], "minID is greater than maxID in trunk parameter"),
        ([{"minID": 9}], re.compile("maxID is missing")), ([{"maxID": 9}], re.compile("minID is missing")),
        ([{"minID": 0, "maxID": 5}], "incorrect trunk minID parameter"),
        ([{"minID": 5, "maxID": 4095}], "incorrect trunk maxID parameter"),
        ([{"id": 0}], "incorrect trunk id parameter"), ([{"id": 4095}], "incorrect trunk id parameter"))
]

NIC = "ip link add nic type veth peer name lan; ip link set nic up; ip link set lan up"
DUMMY = {"type": "dummy", "ipam": ranges(V4, V6)}
IPVLAN = {"type": "ipvlan", "master": "nic", "ipam": ranges(V4)}
VLAN = {"type": "vlan", "master": "nic", "vlanId": 7, "ipam": ranges(V4)}
OF_A_MASTER = [
    [Row(f"{kind}: ADD, CHECK and DEL", plugin,
         [NIC, add(result={"interfaces": ["eth0 @c1"], "addresses": ["10.1.2.2/24"], "on": [0]}),
          ("link c1 eth0 linkinfo.info_kind", kind),
          ("link c1 eth0 linkinfo.info_data." + key, value), ("addresses c1 eth0", ["10.1.2.2/24"]), check(), delete(),
          ("links c1", []), (RESERVED, []),
          ("links host", ["lan", "nic"])]),
     Row(f"{kind}: result of older versions", plugin, [NIC, add(result={"addresses": ["10.1.2.2/24"]}), delete()],
         ["0.2.0", "0.4.0"]),
     Row(f"{kind}: mtu", {**plugin, "mtu": 1400}, [NIC, add(), ("link c1 eth0 mtu", 1400), delete()]),
     Row(f"{kind}: a master that is not there", {**plugin, "master": "never"},
         [add(fails=error(re.compile("never|not found"))), (RESERVED, [])]),
     Row(f"{kind}: an interface of that name is there", plugin,
         [NIC, "ip netns add c1; ip -n c1 link add eth0 type veth peer name other",
          add(fails=error(re.compile("exist"), 105)), (RESERVED, []),
          ("links host", ["lan", "nic"])]),
     Row(f"{kind}: DEL again, without namespace", plugin,
         [NIC, add(), delete(), delete(), delete(netns=""), delete(netns="/run/netns/never"), (RESERVED, [])]),
     Row(f"{kind}: DEL when the namespace is gone", plugin,
         [NIC, add(), "ip netns del c1", delete(netns="/run/netns/c1"), (RESERVED, [])]),
     Row(f"{kind}: CHECK notices a missing address", plugin,
         [NIC, add(), "ip -n c1 addr flush dev eth0", check(fails=error(re.compile(""), 106)), delete()])]
    for kind, plugin, key, value in (("ipvlan", IPVLAN, "mode", "l2"), ("vlan", VLAN, "id", 7))
]
MASTERS = [row for rows in OF_A_MASTER for row in rows] + [
    *(Row(f"ipvlan: mode {mode}", {**IPVLAN, "mode": mode},
          [NIC, add(), ("link c1 eth0 linkinfo.info_data.mode", mode), delete()]) for mode in ("l3", "l3s")),
    Row("ipvlan: a mode that nobody knows", {**IPVLAN, "mode": "x"},
        [NIC, add(fails=error('unknown ipvlan mode: "x"', 7)), (RESERVED, [])]),
    Row("vlan: an ID that is none", {**VLAN, "vlanId": 4095},
        [NIC, add(fails=error(re.compile("invalid VLAN ID 4095"), 7)), (RESERVED, [])]),
]

DUMMIES = [
    Row("dummy: ADD, CHECK and DEL", DUMMY,
        [add(result={"interfaces": ["eth0 @c1"], "addresses": ["10.1.2.2/24", "2001:db8:42::2/64"], "on": [0, 0]}),
         ("link c1 eth0 linkinfo.info_kind", "dummy"),
         ("addresses c1 eth0", ["10.1.2.2/24", "2001:db8:42::2/64"]), ("up c1 eth0", True), check(), delete(),
         ("links c1", []), (RESERVED, [])],
        LAST + NEWEST, "1.2"),
    Row("dummy: without ipam", {"type": "dummy"},
        [add(fails=error("dummy interface requires an IPAM configuration", 7)), ("links c1", [])], since="1.2"),
    Row("dummy: an interface of that name is there", DUMMY,
        ["ip netns add c1; ip -n c1 link add eth0 type veth peer name other",
         add(fails=error(re.compile("exist"), 105)), (RESERVED, [])], since="1.2"),
    Row("dummy: DEL again, namespace gone", DUMMY,
        [add(), delete(), delete(), add(), "ip netns del c1", delete(netns="/run/netns/c1"), (RESERVED, []),
         delete(netns="")], since="1.2"),
]

VRF = {"type": "vrf", "vrfname": "blue"}
PTP = {"type": "ptp", "ipam": ranges(V4)}
VRFS = [
    Row("vrf: behind ptp", [PTP, VRF],
        [add(result={"addresses": ["10.1.2.2/24"]}), ("link c1 eth0 master", "blue"),
         ("link c1 blue linkinfo.info_kind", "vrf"),
         ("addresses c1 eth0", ["10.1.2.2/24"]), check(plugins=VRF), delete(), ("links c1", [])]),
    Row("vrf: two interfaces in one", [PTP, VRF],
        [add(), add(ifname="eth1"), ("link c1 eth1 master", "blue"), delete(ifname="eth1"),
         ("links c1", ["blue", "eth0"]), delete(), ("links c1", [])]),
    Row("vrf: without a name", [PTP, {"type": "vrf"}],
        [add(fails=error(re.compile("(?i)vrf"), 7)), delete(plugins=PTP)]),
    Row("vrf: a table", [PTP, {**VRF, "table": 4242}],
        [add(), ("link c1 blue linkinfo.info_data.table", 4242), delete()]),
    Row("vrf: without prevResult", VRF, [add(netns="/run/none", fails=error(re.compile("(?i)prevResult|chained"), 7))]),
]

ROWS = VLANS + MASTERS + DUMMIES + VRFS
