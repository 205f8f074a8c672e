#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Many verbs at once: nobody gets what another has, nobody is told what is not so, nothing stays.

storms.py PLUGIN COUNT OPERATIONS [SEED]    with containers c0 ... in /run/netns, COUNT of them
prints one line per promise: "ok NAME" or "not ok NAME", "# ..." says why. The world is compared by the caller.
"""
import collections
import random
import sys
import time

import caller

PLUGIN, COUNT, OPERATIONS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(1 << 32)
CONTAINERS = [f"c{i}" for i in range(COUNT)]
RUNTIME = caller.Runtime(PLUGIN)
CONFIG = caller.network("net", ["10.77.0.0/16", "fd00:77::/64"])
KILLED = 0.05
AT_WORK = 12


def distinct():
    """As many attachments as there are containers, each with a published port."""
    ports = {container: f"tcp:{10000 + i}:80" for i, container in enumerate(CONTAINERS)}
    added = RUNTIME.at_once("ADD", CONTAINERS, lambda container: caller.publish(CONFIG, ports[container]))
    caller.verdict(f"{COUNT} ADDs at once succeed", caller.failed(added))
    given = collections.Counter(address for call in added for address in caller.addresses(call.answer()))
    caller.verdict(f"{2 * COUNT} addresses, none twice",
                   [f"{given}"] if len(given) != 2 * COUNT or max(given.values()) > 1 else [])
    caller.verdict("records, bits and kernel agree", caller.disagreements())
    results = {call.container: call.answer() for call in added if call.status == 0}
    checked = RUNTIME.at_once("CHECK", results, lambda container: caller.with_result(
        caller.publish(CONFIG, ports[container]), results[container]))
    caller.verdict(f"{COUNT} CHECKs at once succeed", caller.failed(checked))
    caller.verdict(f"{COUNT} DELs at once succeed", caller.failed(RUNTIME.at_once("DEL", CONTAINERS, CONFIG)))
    caller.verdict("and leave nothing", left())


def left():
    """What is there although nobody is attached."""
    yield from caller.disagreements()
    yield from (f"a record of {record['container']}" for record in caller.records())
    yield from (f"elements of {name}: {found}" for name, found in caller.elements().items()
                if found and not name.startswith(("before", "within")))


def same():
    """The same attachment, many times: two runtimes, or one that repeats itself."""
    calls = RUNTIME.at_once("ADD", ["c0"] * COUNT, CONFIG)
    caller.verdict(f"of {COUNT} ADDs of one attachment at once one succeeds",
                   [] if len(calls) - len(caller.failed(calls)) == 1 else calls)
    caller.verdict("the others say that it is attached",
                   [call for call in caller.failed(calls) if call.code() != caller.ALREADY_ATTACHED])
    caller.verdict("records, bits and kernel agree", caller.disagreements())
    # A DEL takes the attachment's lock, so the others find nothing to do
    caller.verdict(f"{COUNT} DELs of it at once succeed", caller.failed(RUNTIME.at_once("DEL", ["c0"] * COUNT, CONFIG)))
    caller.verdict("and leave nothing", left())


def exhausted():
    """A /27 has 29 addresses for containers, and forty ask; some share a namespace."""
    config = caller.network("small", ["10.79.0.0/27"])
    places = [{"container": f"r{i}", "netns": f"/run/netns/c{i % COUNT}", "ifname": f"eth{i // COUNT}"} for i in range(40)]

    def all_at_once(verb):
        calls = [RUNTIME.start(verb, config=config, **place) for place in places]
        return [call.finish() for call in [call.go() for call in calls]]

    calls = all_at_once("ADD")
    caller.verdict("29 of 40 are served out of a /27", [] if len(caller.failed(calls)) == 11 else calls)
    caller.verdict("the others are told that it is full",
                   [call for call in caller.failed(calls) if call.code() != caller.POOL_FULL])
    caller.verdict("records, bits and kernel agree", caller.disagreements())
    # Those that failed are detached too: a runtime does that
    caller.verdict("all DELs succeed", caller.failed(all_at_once("DEL")))
    caller.verdict("and leave nothing", left())


def during_gc():
    """GC with a list that has the new ones and not the old ones, again and again, while the new ones come."""
    old, new = CONTAINERS[:COUNT // 4], CONTAINERS[COUNT // 4:]
    caller.verdict(f"{len(old)} ADDs before", caller.failed(RUNTIME.at_once("ADD", old, CONFIG)))
    calls = [RUNTIME.start("ADD", container, CONFIG) for container in new]
    collected = []
    for i, call in enumerate(calls):
        call.go()
        if i % max(1, len(calls) // 5) == 0:
            collected.append(RUNTIME.collect(CONFIG, new))
    caller.verdict(f"{len(new)} ADDs during {len(collected)} GCs succeed", caller.failed([call.finish() for call in calls]))
    caller.verdict("and so do the GCs", caller.failed(collected))
    kept = sorted(record["container"] for record in caller.records())
    caller.verdict("exactly the listed ones stay", [] if kept == sorted(new) else [f"there are {kept}"])
    caller.verdict("records, bits and kernel agree", caller.disagreements())
    everything_goes()


def everything_goes():
    caller.verdict("DEL of all succeeds", caller.failed(RUNTIME.at_once("DEL", CONTAINERS, CONFIG)))
    caller.verdict("and so does GC", caller.failed([RUNTIME.collect(CONFIG, [])]))
    caller.verdict("nothing is left", left())


# What a verb may say while others work on the same attachment, or were killed while they did
ALLOWED = {
    "ADD": {0, caller.ALREADY_ATTACHED},
    "DEL": {0},
    "CHECK": {0, caller.DRIFT},
    "GC": {0},
}


def one_of_many(chance, results):
    container = chance.choice(CONTAINERS)
    verb = chance.choices(["ADD", "DEL", "CHECK", "GC"], [45, 35, 18, 2])[0]
    config = caller.publish(CONFIG, f"udp:{20000 + int(container[1:])}:53")
    if verb == "CHECK":
        if container not in results:
            verb = "ADD"
        else:
            config = caller.with_result(config, results[container])
    if verb == "GC":
        return RUNTIME.start(verb, None, config)
    return RUNTIME.start(verb, container, config)


def at_random():
    """ADD, DEL, CHECK and GC, a dozen at work at any time, some of them killed at some instant."""
    chance = random.Random(SEED)
    results, counts, wrong, working, killed = {}, collections.Counter(), [], [], 0

    def take_in(call):
        call.finish()
        counts[call.verb, call.code() if not call.killed else "killed"] += 1
        if call.verb == "ADD" and call.status == 0:
            results[call.container] = call.answer()
        if not call.killed and call.code() not in ALLOWED[call.verb]:
            wrong.append(call)

    for _ in range(OPERATIONS):
        call = one_of_many(chance, results).go()
        working.append(call)
        if chance.random() < KILLED:
            # An ADD or DEL takes 4 ms where nobody else works, several times that here
            time.sleep(chance.uniform(0, 0.012))
            killed += call.running()
            call.kill()
        if len(working) >= AT_WORK:
            take_in(working.pop(chance.randrange(len(working))))
    for call in working:
        take_in(call)
    print(f"# {dict(sorted(counts.items(), key=str))}, {killed} killed in time, seed {SEED}")
    caller.verdict(f"{OPERATIONS} verbs at random, {AT_WORK} at once: each says what is so", wrong)
    caller.verdict("some were killed", [] if killed >= OPERATIONS * KILLED / 4 else [f"{killed} only"])
    # Whoever opens a section repairs what the last one killed was about to do
    caller.verdict("GC after it", caller.failed([RUNTIME.call("GC", None, CONFIG)]))
    caller.verdict("records, bits and kernel agree", caller.disagreements())
    everything_goes()


def main():
    for storm in (distinct, same, exhausted, during_gc, at_random):
        storm()


if __name__ == "__main__":
    main()
