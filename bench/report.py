#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Make tables (Markdown) and verdicts out of what the scripts of bench/ printed; reads standard input.

Times come in microseconds and are shown in milliseconds. A bar that is missed is shown, and is no failure of the bench:
a busy machine misses them all.
"""
import collections
import statistics
import sys

TITLES = {"cambric": "cambric", "reference": "reference chain", "floor": "floor", "nothing": "process that does nothing",
          "none": "no network at all", "everything": "everything on", "chain": "reference plugins",
          "names": "cambric under their names", "stdin": "peers in the configuration", "file": "peers in `peersFile`",
          "agent": "peers in the agent's file"}
VERBS = ("ADD", "CHECK", "DEL")
MEMORY_BAR, SIZE_BAR = 6000, 500000  # KiB, bytes
ADD_BAR, DEL_BAR, GROWTH_BAR, FELT_BAR = 35, 40, 1.3, 0.08
FEATURES_BAR, LATENCY_BAR = 2, 1.15
NAMES_ADD_BAR, NAMES_DEL_BAR, NAMES_SIZE_BAR = 20, 30, 600000
FIRST_ADD_BAR, APPEARANCE_BAR, CONVERGENCE_BAR, AGENT_MEMORY_BAR = 200000, 1000000, 5000000, 32 * 1024  # microseconds, KiB


def read(lines):
    """Return {part: {competitor: {what: [values]}}}, in the order in which they came."""
    parts = collections.defaultdict(lambda: collections.defaultdict(dict))
    for line in lines:
        part, competitor, what, *values = line.rstrip("\n").split("\t")
        parts[part][competitor][what] = values
    return parts


def milliseconds(microseconds):
    value = int(microseconds) / 1000
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"


def percentiles(values, count=3):
    """The first of p50, p95 and p99, the median in bold."""
    if not values:
        return ""
    first, *others = [milliseconds(value) for value in values[:count]]
    return " / ".join([f"**{first}**", *others])


def median(part, competitor, verb):
    return int(part[competitor][verb][0])


def table(heads, rows):
    print("| " + " | ".join(heads) + " |")
    print("|" + "---|" * len(heads))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def thousands(number):
    return f"{int(number):,}"


def verbs_table(part, cost):
    print(f"Milliseconds from the start of the first process to the end of the last: p50 / p95 / p99 of "
          f"{part['cambric']['ADD'][3]} attachments with one published port, competitors in turns, none in place.\n")
    rows = []
    for name, figures in part.items():
        calls = [cost[name].get(f"calls {verb}", [""])[0] for verb in ("ADD", "DEL")]
        memory, size = cost[name].get("memory"), cost[name].get("size")
        check = percentiles(figures.get("CHECK")) + (" (1)" if "complaint" in figures else "")
        rows.append([TITLES[name], percentiles(figures["ADD"]), check, percentiles(figures["DEL"]),
                     " / ".join(thousands(count) for count in calls if count),
                     f"{int(memory[0]) / 1000:.1f} MB" if memory else "",
                     f"{int(size[0]) / 1000:,.0f} kB" if size else ""])
    table(["", *VERBS, "system calls ADD / DEL", "peak memory of ADD", "stripped size"], rows)
    for figures in part.values():
        if "complaint" in figures:
            print(f"(1) up to its failure: {figures['complaint'][0][:300]}\n")


def in_place_table(parts):
    """One row for each number of attachments in place; what was not measured stays empty."""
    print("The same with so many attachments of the first competitor of the row in place (p50):\n")
    columns = [("cambric", verb) for verb in VERBS] + [(name, verb) for name in ("floor", "reference")
                                                       for verb in ("ADD", "DEL")]
    rows = []
    for label, part in parts:
        cells = [milliseconds(part[name][verb][0]) if verb in part.get(name, {}) else "" for name, verb in columns]
        rows.append([f"{int(label.split()[-1]):,}", *cells])
    table(["in place", *(f"{TITLES[name]} {verb}" for name, verb in columns)], rows)


def at_once_table(parts):
    print("So many at once:\n")
    rows = []
    for label, part in parts:
        for name, figures in part.items():
            rows.append([label.split()[-1], TITLES[name], figures["ADD/s"][0],
                         *(milliseconds(figures["ADD"][i]) for i in (0, 2)), figures["DEL/s"][0],
                         *(milliseconds(figures["DEL"][i]) for i in (0, 2))])
    table(["at once", "", "ADDs per second", "p50 ms", "p99 ms", "DELs per second", "p50 ms", "p99 ms"], rows)


def features_table(part):
    print("With a bridge, static NAT, ten rules, marks and bandwidth, in turns with the plain network, one of each in place (p50):\n")
    table(["", *VERBS], [[TITLES[name], *(milliseconds(figures[verb][0]) for verb in VERBS)]
                         for name, figures in part.items()])


def latency_table(part):
    print("Microseconds until a TCP connection from outside to a published port stands:\n")
    table(["", "in place", "p50 / p95 / p99", "connections"],
          [[TITLES[name], what, " / ".join(values[:3]), thousands(values[3])]
           for name, figures in part.items() for what, values in figures.items()])


def names_table(part):
    print("The conflist of podman's generated networks (bridge, portmap, firewall, tuning) by either set of plugins, in turns, "
          "one in place (p50), and what the set takes on disk, stripped:\n")
    table(["", *VERBS, "size"], [[TITLES[name], *(milliseconds(figures[verb][0]) if verb in figures else "" for verb in VERBS),
                                  f"{int(figures['size'][0]) / 1000:,.0f} kB"] for name, figures in part.items()])


def share(part, client, name):
    """The network's part of a client's time: what it takes longer than with a plugin that does nothing."""
    time, without = int(part[name][client][0]), int(part["nothing"][client][0])
    return (time - without) / time


def felt_table(part):
    print("Containers that end at once, with two published ports: median in milliseconds, and the network's share of it, "
          "which is what it takes longer than with a plugin that does nothing:\n")
    clients = {"podman": "podman run --rm", "ctr": "ctr run --rm"}
    rows = []
    for name, figures in part.items():
        row = ["plugin that does nothing" if name == "nothing" else TITLES[name]]
        for client in clients:
            measured = name not in ("none", "nothing")
            row += [milliseconds(figures[client][0]), f"{share(part, client, name):.0%}" if measured else ""]
        rows.append(row)
    table(["", *(head for client in clients.values() for head in (f"`{client}`", "share"))], rows)


def overlay_adds_table(adds):
    """@adds: (label, part), of which each has cambric without and with an overlay."""
    print("ADD, CHECK and DEL with an overlay (vxlan), in turns with a network without one: p50 / p95 / p99. \"First\" makes "
          "tunnel and routes, and its DEL takes them away; \"later\" finds them there:\n")
    rows = []
    for label, part in adds:
        _, when, source = label.split()
        rows.append([when, TITLES[source], *(percentiles(part[source][verb]) for verb in VERBS),
                     *(milliseconds(part["cambric"][verb][0]) for verb in ("ADD", "DEL"))])
    table(["", "", *VERBS, "ADD without overlay", "DEL without overlay"], rows)


def seconds(microseconds):
    return f"{int(microseconds) / 1e6:.2f}"


def agents_table(part):
    print("The agent with an etcd of one member: what one does with many peers, and what many do that find each other. From "
          "the request to etcd to the route's announcement by the kernel:\n")
    rows = []
    for who, figures in part.items():
        rows.append([who, seconds(figures["converged"][0]) + " s",
                     *(" / ".join(milliseconds(value) for value in figures[what][:3]) for what in ("comes", "goes")),
                     thousands(figures["comes"][3]), milliseconds(figures["processor"][0]) + " ms",
                     f"{int(figures['memory'][0]) / 1024:.1f} MiB"])
    table(["", "all routes after the start", "a peer comes, ms: p50 / p99 / longest", "a peer goes", "of each",
           "processor time of a change, each agent", "peak memory of one agent"], rows)


def ratio(figures, what, name, other):
    """Median of the ratios, round by round: whatever else the machine did concerned both."""
    return statistics.median(float(left) / float(right) for left, right in
                             zip(figures[f"{name} {what}"], figures[f"{other} {what}"], strict=True))


def paths_table(where, part):
    emulated = where == "path emulated"
    print("From a container to one on another host" + (
        ", in a virtual machine whose one processor is emulated, so that ratios alone mean something"
        if emulated else "") + ". TCP bits per second; microseconds there and back of a datagram, median and p99; "
        f"medians of {len(next(iter(part.values()))['bare bits'])} rounds in turns. \"By hand\" is the same tunnel made with `ip`:\n")
    rows = []
    for kind, figures in part.items():
        medians = {name: statistics.median(float(value) for value in values) for name, values in figures.items()}
        rows.append([f"`{kind}`", *(f"{medians[f'{who} bits'] / 1e9:.2f}" for who in ("bare", "hand", "ours")),
                     *(f"**{ratio(figures, 'bits', 'ours', other):.2f}**" for other in ("bare", "hand")),
                     *(f"{medians[f'{who} p50'] / 1e3:.0f} / {medians[f'{who} p99'] / 1e3:.0f}" for who in ("bare", "hand", "ours")),
                     *(f"**{ratio(figures, 'p50', 'ours', other):.2f}**" for other in ("bare", "hand"))])
    table(["kind", "Gbit/s bare", "by hand", "cambric", "of bare", "of by hand", "µs bare", "by hand", "cambric", "of bare",
           "of by hand"], rows)


def verdict(good, text):
    print(f"{'ok    ' if good else 'MISSED'} {text}")


def judge_features(features):
    factor = median(features, "everything", "ADD") / median(features, "cambric", "ADD")
    verdict(factor <= FEATURES_BAR, f"ADD with everything on takes {factor:.2f} times the plain one (bar: {FEATURES_BAR})")


def judge_latency(latency):
    growth = {name: float(many[0]) / float(one[0]) for name, (one, many) in
              ((name, figures.values()) for name, figures in latency.items())}
    verdict(growth["cambric"] <= LATENCY_BAR,
            f"a connection takes {growth['cambric']:.2f} times as long with {list(latency['cambric'])[1]} in place (bar: {LATENCY_BAR})")
    for name in growth.keys() - {"cambric"}:
        print(f"       and with the {TITLES[name]} {growth[name]:.2f} times with {list(latency[name])[1]}")


def judge_names(part):
    for verb, bar in (("ADD", NAMES_ADD_BAR), ("DEL", NAMES_DEL_BAR)):
        factor = median(part, "chain", verb) / median(part, "names", verb)
        verdict(factor >= bar, f"{verb} under the reference plugins' names is {factor:.1f} times faster than theirs (bar: {bar})")
    size, theirs = (int(part[name]["size"][0]) for name in ("names", "chain"))
    verdict(size < NAMES_SIZE_BAR, f"all names together take {size:,} bytes (bar: {NAMES_SIZE_BAR:,}), the reference {theirs:,}")


def judge(none, one, many, cost):
    """@many: (label, part) with the most attachments in place."""
    for verb, bar in (("ADD", ADD_BAR), ("DEL", DEL_BAR)):
        first, later = (median(none, "reference", verb) / median(part, "cambric", verb) for part in (none, one))
        verdict(min(first, later) >= bar, f"{verb} is {first:.1f} times faster than the reference chain with none in place, "
                                          f"{later:.1f} times with one (bar: {bar} for both)")
    growth = [median(many[1], "cambric", "ADD") / median(part, "cambric", "ADD") for part in (none, one)]
    verdict(max(growth) <= GROWTH_BAR,
            f"ADD with {many[0].split()[-1]} in place takes {growth[0]:.2f} times the ADD with none in place, "
            f"{growth[1]:.2f} times that with one (bar: {GROWTH_BAR} for both)")
    memory, size = int(cost["cambric"]["memory"][0]), int(cost["cambric"]["size"][0])
    verdict(memory < MEMORY_BAR, f"ADD needs {memory:,} KiB of memory at its peak (bar: {MEMORY_BAR:,})")
    verdict(size < SIZE_BAR, f"the stripped plugin takes {size:,} bytes (bar: {SIZE_BAR:,})")


def judge_felt(felt):
    for client in ("podman", "ctr"):
        part = share(felt, client, "cambric")
        verdict(part < FELT_BAR, f"{part:.1%} of the time of \"{client} run --rm\" is the network, with the reference "
                                 f"chain {share(felt, client, 'reference'):.0%} (bar: {FELT_BAR:.0%})")


def judge_overlay(adds, agents):
    for label, part in adds:
        _, when, source = label.split()
        without, time = (median(part, name, "ADD") for name in ("cambric", source))
        if when == "first":
            verdict(time < FIRST_ADD_BAR, f"the first ADD with {TITLES[source]} takes {milliseconds(time)} ms "
                                          f"(bar: {FIRST_ADD_BAR // 1000})")
        else:
            print(f"       and later ones {milliseconds(time)} ms, {milliseconds(time - without)} ms more than without overlay")
    one, many = agents.items()
    verdict(int(one[1]["converged"][0]) < CONVERGENCE_BAR, f"an agent with {one[0]} has all routes {seconds(one[1]['converged'][0])} s "
                                                           f"after its start (bar: {CONVERGENCE_BAR // 10**6})")
    verdict(int(one[1]["memory"][0]) < AGENT_MEMORY_BAR,
            f"it needs {int(one[1]['memory'][0]):,} KiB of memory at its peak (bar: {AGENT_MEMORY_BAR:,})")
    verdict(int(many[1]["comes"][1]) < APPEARANCE_BAR, f"a peer's route is on {many[0]} after {milliseconds(many[1]['comes'][1])} ms, "
                                                       f"p99 (bar: {APPEARANCE_BAR // 1000:,})")


def report_attach(parts):
    in_place = sorted(((label, part) for label, part in parts.items() if label.startswith("in place")),
                      key=lambda row: int(row[0].split()[-1]))
    verbs_table(parts["in place 0"], parts["cost"])
    in_place_table(in_place)
    at_once_table([row for row in parts.items() if row[0].startswith("at once")])
    features_table(parts["features"])
    names_table(parts["names"])
    return max((row for row in in_place if "cambric" in row[1]), key=lambda row: int(row[0].split()[-1]))


def report_overlay(parts):
    adds = [row for row in parts.items() if row[0].startswith("overlay")]
    overlay_adds_table(sorted(adds, key=lambda row: row[0].split()[1]))
    agents_table(parts["agents"])
    for where in ("path native", "path emulated"):
        if where in parts:
            paths_table(where, parts[where])
    return adds


def main():
    parts = read(sys.stdin)
    many = report_attach(parts) if "features" in parts else None
    if "latency" in parts:
        latency_table(parts["latency"])
    if "felt" in parts:
        felt_table(parts["felt"])
    adds = report_overlay(parts) if "agents" in parts else None
    if many:
        judge(parts["in place 0"], parts["in place 1"], many, parts["cost"])
        judge_names(parts["names"])
        judge_features(parts["features"])
    if "latency" in parts:
        judge_latency(parts["latency"])
    if "felt" in parts:
        judge_felt(parts["felt"])
    if adds:
        judge_overlay(adds, parts["agents"])


main()
