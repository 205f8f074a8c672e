#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Run the plugin on every kind of wrong input and judge what it answers.

bad_input.py PLUGIN NETNS SCRATCH    prints one line per case: "ok NAME" or "not ok NAME", "# ..." says why.

Each case must end with a non-zero status and exactly one CNI error object that has the expected code and names
the field, in less than 100 ms. The world is compared by the caller.
"""
import copy
import json
import os
import re
import socket
import subprocess
import sys
import time

PLUGIN, NETNS, SCRATCH = sys.argv[1:]
MISSING = object()
GOOD = {
    "cniVersion": "1.1.0",
    "name": "net",
    "type": "cambric",
    "ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]},
}
DECODE, CONFIG, ENVIRONMENT, NETNS_CODE = 6, 7, 4, 8


def environment(verb, **changes):
    variables = {"CNI_COMMAND": verb, "CNI_CONTAINERID": "bad", "CNI_NETNS": NETNS, "CNI_IFNAME": "eth0",
                 "CNI_PATH": "/nonexistent"}
    variables.update(changes)
    return {name: value for name, value in variables.items() if value is not MISSING}


def with_field(path, value):
    """The good configuration with one field changed; path like ipam.ranges.0.0.subnet."""
    config = copy.deepcopy(GOOD)
    keys = [int(key) if key.isdigit() else key for key in path.split(".")]
    place = config
    for key, following in zip(keys, keys[1:]):
        if isinstance(place, dict) and key not in place:
            place[key] = [{}] if isinstance(following, int) else {}
        place = place[key]
    if value is MISSING:
        del place[keys[-1]]
    else:
        place[keys[-1]] = value
    return config


def run(variables, stdin):
    start = time.monotonic()
    process = subprocess.run([PLUGIN], env=variables, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             timeout=20, check=False)
    return process, time.monotonic() - start


def faults(process, seconds, codes, pattern):
    """What is wrong with an answer, as text."""
    if process.returncode == 0:
        yield "it succeeded"
    if process.returncode < 0:
        yield f"killed by signal {-process.returncode}"
    try:
        error = json.loads(process.stdout)
    except ValueError:
        yield f"stdout is not one JSON document: {process.stdout[:200]!r}"
        return
    if not isinstance(error, dict) or not isinstance(error.get("msg"), str) or not error["msg"]:
        yield f"no error object: {error}"
        return
    text = error["msg"] + " " + error.get("details", "")
    if error.get("code") not in codes:
        yield f"code {error.get('code')}, expected {' or '.join(map(str, codes))}: {text}"
    if not re.search(pattern, text):
        yield f"the message does not match {pattern}: {text}"
    if seconds > 0.1:
        yield f"it took {seconds * 1000:.0f} ms"
    if len(process.stderr) > 4096:
        yield f"{len(process.stderr)} bytes on stderr"


def judge(name, variables, stdin, codes, pattern):
    codes = codes if isinstance(codes, tuple) else (codes,)
    process, seconds = run(variables, stdin)
    for _ in range(3):
        # Somebody else may have had the processor; what is slow by itself is slow again
        if seconds > 0.1:
            process, seconds = run(variables, stdin)
    wrong = list(faults(process, seconds, codes, pattern))
    if process.returncode == 0 and variables["CNI_COMMAND"] == "ADD":
        # One mistake must not hide the next
        run({**variables, "CNI_COMMAND": "DEL"}, json.dumps(GOOD).encode())
    print(f"{'not ok' if wrong else 'ok'} {name}")
    for line in wrong:
        print(f"# {line}")


def environment_cases():
    for verb, names in {"ADD": ("CONTAINERID", "NETNS", "IFNAME", "PATH"), "CHECK": ("CONTAINERID", "NETNS", "IFNAME", "PATH"),
                        "DEL": ("CONTAINERID", "IFNAME", "PATH"), "GC": ("PATH",), "STATUS": ("PATH",)}.items():
        for name in names:
            for how, value in (("missing", MISSING), ("empty", "")):
                yield f"{verb} with CNI_{name} {how}", environment(verb, **{f"CNI_{name}": value}), ENVIRONMENT, f"CNI_{name}"
    yield "several variables missing", environment("ADD", CNI_NETNS=MISSING, CNI_IFNAME=MISSING, CNI_PATH=MISSING), \
        ENVIRONMENT, r"\[CNI_NETNS,CNI_IFNAME,CNI_PATH\]"
    for verb in ("add", "ADD ", "REMOVE", "\xff"):
        yield f"verb {verb!r}", environment(verb), ENVIRONMENT, "CNI_COMMAND"
    for identifier in ("../x", "a/b", ".x", "-x", "a b", "a\nb", "é", "\xff\xfe", "x" * 1025, "x" * 100000):
        yield f"container id {identifier[:12]!r}, {len(identifier)} long", environment("ADD", CNI_CONTAINERID=identifier), \
            ENVIRONMENT, "(?i)container ?id"
    for ifname in (".", "..", "a/b", "a:b", "a b", "a\tb", "sixteen-letters-", "x" * 5000, "a\x01b", "é", "lo", "all", "default"):
        yield f"interface name {ifname[:16]!r}", environment("ADD", CNI_IFNAME=ifname), ENVIRONMENT, "(?i)interface name|CNI_IFNAME"
    for arguments in (";", ";;", "=", "A", "A=", "A=B=C", "FOO=bar", "IP", "IP=10.77.0.9;", "IP=x", "IP=10.77.0.300",
                      "MAC=xx", "MAC=ff:ff:ff:ff:ff:ff", "IgnoreUnknown=maybe", "x" * 100000):
        yield f"CNI_ARGS {arguments[:24]!r}", environment("ADD", CNI_ARGS=arguments), (ENVIRONMENT, CONFIG), "ARGS|IP|MAC"


def netns_cases():
    fifo, plain = f"{SCRATCH}/fifo", f"{SCRATCH}/plain"
    os.mkfifo(fifo)
    with open(plain, "w", encoding="ascii") as file:
        file.write("no namespace\n")
    server = socket.socket(socket.AF_UNIX)
    server.bind(f"{SCRATCH}/socket")
    os.symlink("/nonexistent", f"{SCRATCH}/dangling")
    for path in (fifo, plain, f"{SCRATCH}/socket", f"{SCRATCH}/dangling", SCRATCH, "/dev/null", "/dev/zero", "/nonexistent/x",
                 "/proc/self/ns/mnt", "/proc/self/ns/user", "/proc/self/ns/net", "/proc/1/ns/net", "relative", "x" * 5000):
        yield f"ADD with CNI_NETNS {path[:40]}", environment("ADD", CNI_NETNS=path), (NETNS_CODE, ENVIRONMENT), "CNI_NETNS|netns|namespace"
    yield "DEL in the host's own namespace", environment("DEL", CNI_NETNS="/proc/self/ns/net", CNI_IFNAME="uplink"), \
        NETNS_CODE, "netns"


def field_cases():
    """(path, name in the message, values of a wrong type, values that are no good)"""
    text, number, objects = [1, True, [], {}], ["x", True, [], {}, 1.5], ["x", 1, True, []]
    lists, boolean = ["x", 1, True, {}], ["true", 1, [], {}]
    address, prefix = ["x", "10.77.0", "10.77.0.01", "10.77.0.256", "fd00:::1", " 10.77.0.9"], ["x", "10.77.0.0", "10.77.0.0/33", "10.77.0.0/-1", "/16", "10.77.0.0/16/8"]
    mapping = "runtimeConfig.portMappings.0"
    yield "cniVersion", "cniVersion|version", text, []
    yield "name", "name", text, ["", "a/b", "../x", "a b", "é", "x" * 300]
    yield "ipam", "ipam", objects, []
    yield "ipam.type", "ipam.type|IPAM|plugin", text, ["../x", "/bin/sh", "a/b", "..", ".", "nonexistent", "x" * 4096]
    yield "ipam.subnet", "subnet|Network", text, prefix + ["10.77.0.1/32", "0.0.0.0/0"]
    yield "ipam.rangeStart", "rangeStart", text, address
    yield "ipam.ranges", "ranges", lists, [[]]
    yield "ipam.ranges.0", r"ranges\[0\]|range set 0", lists, [[]]
    yield "ipam.ranges.0.0", r"ranges\[0\]|range set 0", objects, [{}]
    yield "ipam.ranges.0.0.subnet", "subnet|Network", text, prefix + ["10.77.0.1/16", "10.77.0.0/31", "224.0.0.0/16", "127.0.0.0/16"]
    yield "ipam.ranges.0.0.rangeStart", "(?i)rangeStart", text, address + ["10.78.0.1", "fd00:77::9"]
    yield "ipam.ranges.0.0.rangeEnd", "(?i)rangeEnd", text, address + ["10.78.0.1", "fd00:77::9"]
    yield "ipam.ranges.0.0.gateway", "gateway", text, address + ["fd00:77::9"]
    yield "ipam.routes", "routes", lists, []
    yield "ipam.routes.0.dst", "dst", text, prefix + ["10.1.2.3/8", MISSING]
    yield "ipam.routes.0.gw", "gw", text, []
    yield "ipam.resolvConf", "resolvConf", text, ["/nonexistent/resolv.conf", SCRATCH, f"{SCRATCH}/fifo"]
    yield "dataDir", "", [], []
    yield "ipam.dataDir", "dataDir", text, ["relative", "/proc/self/x", "/dev/null/x", "/" + "x" * 5000]
    yield "mtu", "mtu", number, [-1, 2**31, 2**63, 10**30, 67]
    yield "ipMasq", "ipMasq", boolean, []
    yield "ipMasqExclude", "ipMasqExclude", lists, [["x"], ["10.0.0.0"], ["10.0.0.0/33"]]
    public = address + ["127.0.0.1", "224.0.0.1", "10.77.0.200", "fd00:77::200"]
    yield "nat", "nat", objects, []
    yield "nat.ports", "nat.ports", text, ["x", "0-5", "5-4", "5-65536", "1-2-3", "-5", "5-", " 5", "99999999999999999999"]
    yield "nat.announce", "nat.announce", text, ["x", "Proxy", "bgp"]
    yield "nat.snat", "nat.snat", [1, True, {}, [1]], public + [["192.0.2.1", "192.0.2.7"], ["192.0.2.1", "2001:db8:1::1", "x"]]
    yield "nat.pool", "nat.pool", [1, True, {}, [1]], public + ["192.0.2.9-192.0.2.8", "192.0.2.9-", "192.0.2.9-2001:db8::1",
                                                            "192.0.2.9/24", "2001:db8::/64", "0.0.0.0/0", "10.0.0.0-10.255.255.255"]
    yield "nat.static", "nat.static", lists, [[{}], [{"private": "10.77.0.9"}], [{"public": "198.51.100.9"}]]
    yield "nat.static.0", r"nat.static\[0\]", objects, []
    yield "nat.static.0.private", "private", text, address + ["10.78.0.9", "fd00:77::9"]
    yield "nat.static.0.public", "public", text, public
    yield "runtimeConfig.nat", "runtimeConfig.nat", objects, [{"pool": "198.51.100.9/32"}, {"ports": "1-2"}, {"announce": "proxy"}]
    yield "runtimeConfig.nat.static.0.public", "public", text, public + ["192.0.2.1", "2001:db8:1::1"]
    yield "runtimeConfig.nat.static.0.private", "private", text, address + ["10.78.0.9", "10.77.99.99"]
    yield "args", "args", objects, [{"cni": {"nat": {"snat": "x"}}}, {"cni": {"nat": {"static": [{"public": "x"}]}}}]
    yield "conditionsV4", "firewall.rules", [], [["ip", "saddr", "192.0.2.0/24"], "x"]
    yield "conditionsV6", "firewall.rules", [], [["ip6", "saddr", "2001:db8::/32"]]
    yield "forwardGuard", "forwardGuard", boolean, []
    yield "dns", "dns", objects, []
    yield "dns.nameservers", "nameservers", lists, [[1]]
    yield "dns.search", "search", lists, [[{}]]
    yield "runtimeConfig", "runtimeConfig", objects, []
    yield "runtimeConfig.portMappings", "portMappings", lists, [[1], ["x"], [[]]]
    yield f"{mapping}.hostPort", "host", number, [0, -1, 65536, 2**32 + 80, 2**70]
    yield f"{mapping}.containerPort", "container", number, [0, -1, 65536, 2**32 + 80]
    yield f"{mapping}.protocol", "protocol", text, ["", "icmp", "TCP/UDP", "x" * 300]
    yield f"{mapping}.hostIP", "hostIP", text, ["x", "1.2.3", "224.0.0.1", "::1", "203.0.113.7", "2001:db8:9::9"]
    yield "runtimeConfig.ips", "ips|IPs", lists, [["x"], [1], ["10.78.0.9"], ["10.77.255.255"], ["10.77.0.0"]]
    yield "runtimeConfig.ipRanges", "ipRanges", lists, [[["x"]], [[{"subnet": "x"}]]]
    yield "runtimeConfig.mac", "mac", text, ["x", "02:00:00:00:00", "03:00:00:00:00:01", "00:00:00:00:00:00"]


def complete(path, config):
    """Neighbours without which the field would not be looked at."""
    if "portMappings.0" in path:
        entry = {"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}
        given = config["runtimeConfig"]["portMappings"][0]
        config["runtimeConfig"]["portMappings"][0] = {**entry, **given}
    if "nat.static.0." in path:
        given = (config if path.startswith("nat") else config["runtimeConfig"])["nat"]["static"]
        given[0] = {"private": "10.77.0.9", "public": "198.51.100.9", **given[0]}
        if path.startswith("runtimeConfig") and path.endswith("public"):
            del given[0]["private"]
    if path == "ipam.routes.0.gw":
        config["ipam"]["routes"][0]["dst"] = "10.9.0.0/16"
    if path in ("ipam.subnet", "ipam.rangeStart"):
        config["ipam"].pop("ranges", None)
        config["ipam"].setdefault("subnet", "10.77.0.0/16")
    if path.startswith("runtimeConfig"):
        config["capabilities"] = {"portMappings": True, "ips": True, "ipRanges": True, "mac": True}
    return config


def documents():
    """Bytes that are no configuration, with what the answer must say."""
    good = json.dumps(GOOD).encode()
    yield "nothing", b"", DECODE
    yield "blanks", b" \n\t", DECODE
    for text in (b"null", b"[]", b"1", b'"x"', b"true", b"{", b"}", b"{]", b"{'a': 1}", b'{"a": }', b"\x00", b"\xff\xfe{}", b"// x\n{}"):
        yield f"document {text[:20]!r}", text, DECODE
    yield "half a document", good[:len(good) // 2], DECODE
    yield "garbage after the document", good + b" x", DECODE
    yield "two documents", good + good, DECODE
    yield "a NUL byte after the document", good + b"\x00", DECODE
    yield "a NUL byte in a text", good.replace(b"cambric", b"cam\\u0000bric").replace(b'"net"', b'"n\\u0000et"'), (DECODE, CONFIG)
    yield "text that is no UTF-8", good.replace(b"net", b"n\xfft"), DECODE
    yield "100,000 brackets", b"[" * 100000, DECODE
    yield "100,000 objects in objects", b'{"a":' * 100000, DECODE
    yield "a number without bound", good.replace(b'"name"', b'"mtu": 1e400, "name"'), DECODE
    yield "two megabytes", good[:-1] + b', "x": "' + b"x" * 2000000 + b'"}', (5, DECODE)
    yield "two megabytes of blanks", good + b" " * 2000000, (5, DECODE)


def main():
    good = json.dumps(GOOD).encode()
    for name, variables, codes, pattern in (*environment_cases(), *netns_cases()):
        judge(name, {key: value.encode("latin-1", "replace") if "\xff" in value else value.encode() for key, value in variables.items()},
              good, codes, pattern)
    for name, document, codes in documents():
        for verb in ("ADD", "DEL"):
            judge(f"{verb} with {name}", environment(verb), document, codes, "")
    for path, pattern, types, values in field_cases():
        for value in types:
            document = json.dumps(complete(path, with_field(path, value))).encode()
            judge(f"{path} = {json.dumps(value)}", environment("ADD"), document, DECODE, pattern)
        for value in values:
            shown = "missing" if value is MISSING else json.dumps(value)[:40]
            config = with_field(path, {} if value is MISSING else value) if value is not MISSING else \
                with_field("ipam.routes", [{"gw": "10.77.0.1"}])
            judge(f"{path} = {shown}", environment("ADD"), json.dumps(complete(path, config)).encode(),
                  (2, 5, CONFIG, DECODE, 101, 103, 107), pattern)


if __name__ == "__main__":
    main()
