#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""GC with right and wrong lists: what is listed stays, what is not goes, other networks are nobody's business.

gc_lists.py PLUGIN COUNT    with containers c0 ... c3 in /run/netns, COUNT attachments in them
prints one line per promise: "ok NAME" or "not ok NAME", "# ..." says why. The world is compared by the caller.
"""
import sys

import caller

PLUGIN, COUNT = sys.argv[1], int(sys.argv[2])
RUNTIME = caller.Runtime(PLUGIN)
CONFIG = caller.network("net", ["10.77.0.0/16"])
OTHER = caller.network("other", ["10.78.0.0/16"])
PLACES = 4
LIMIT = 1 << 20


def place(index):
    return {"container": f"g{index}", "netns": f"/run/netns/c{index % PLACES}", "ifname": f"eth{index // PLACES}"}


def entry(index, **changes):
    return {"containerID": f"g{index}", "ifname": f"eth{index // PLACES}", **changes}


def attach(indexes, config=CONFIG):
    return [RUNTIME.call("ADD", config=config, **place(index)) for index in indexes]


def detach(indexes, config=CONFIG):
    return [RUNTIME.call("DEL", config=config, **place(index)) for index in indexes]


def attached(name="net"):
    return sorted(int(record["container"][1:]) for record in caller.records() if record["network"] == name)


def collect(entries):
    return RUNTIME.call("GC", None, {**CONFIG, "cni.dev/valid-attachments": entries})


def filler(count):
    """Entries of nobody, as a runtime has them that serves several networks."""
    return [{"containerID": f"nobody{i}", "ifname": "eth0"} for i in range(count)]


def main():
    half, foreign = list(range(0, COUNT, 2)), [COUNT + 1, COUNT + 2]
    caller.verdict(f"{COUNT} attachments, and two of another network",
                   caller.failed(attach(range(COUNT)) + attach(foreign, OTHER)))
    lists = (
        ("every second one listed", [entry(i) for i in half]),
        ("each listed three times", [entry(i) for i in half] * 3),
        ("listed in reverse, between others", filler(50) + [entry(i) for i in reversed(half)] + filler(50)),
        ("a list of almost 1 MiB", [entry(i) for i in half] + filler(18000)),
        ("entries with keys that nobody knows", [entry(i, network="other", x=[{}]) for i in half]),
    )
    for name, entries in lists:
        collected = collect(entries)
        caller.verdict(f"{name}: GC succeeds", caller.failed([collected]))
        caller.verdict(f"{name}: exactly these stay", [attached()] * (attached() != half))
    caller.verdict("records, bits and kernel agree", caller.disagreements())
    refused = (
        ("a list of more than 1 MiB", [entry(i) for i in half] + filler(30000)),
        ("an entry that is none among good ones", [entry(half[0]), 5]),
        ("an entry without a container", [entry(half[0]), {"ifname": "eth0"}]),
        ("a list that is an object", {"containerID": "g0", "ifname": "eth0"}),
    )
    for name, entries in refused:
        caller.verdict(f"{name} is refused", [] if collect(entries).status else ["it succeeded"])
        caller.verdict(f"{name}: nothing goes", [attached()] * (attached() != half))
    missing = RUNTIME.call("GC", None, CONFIG)
    caller.verdict("no list at all: what is alive stays", caller.failed([missing]) + [attached()] * (attached() != half))
    for name, entries in (("the other network's", [entry(i) for i in foreign]), ("an empty", [])):
        caller.verdict(f"{name} list: GC succeeds", caller.failed([collect(entries)]))
        caller.verdict(f"{name} list: nothing of this network stays", attached())
        caller.verdict("the other network is whole", [attached("other")] * (attached("other") != foreign))
        caller.verdict("and attaching works", caller.failed(attach(half[:3])))
    caller.verdict("DEL of all", caller.failed(detach(range(COUNT)) + detach(foreign, OTHER)))
    caller.verdict("nothing is left", list(caller.disagreements()) + caller.records())


if __name__ == "__main__":
    main()
