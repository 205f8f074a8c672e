#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Kill the plugin before some of its system calls in a network with a feature, and see whether the next verb repairs it.

kill_feature.py PLUGIN NETNS SCRATCH EVERY < CONFIGURATION     every EVERY-th call only

faults/ goes over plain networks call by call; this is the sample for what a feature adds to the world: links, queueing
disciplines, filters, rules, routes of all tables, the ruleset of nftables.
"""
import collections
import json
import os
import pathlib
import re
import subprocess
import sys

PLUGIN, NETNS, SCRATCH, EVERY = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
CONFIG = json.load(sys.stdin)
STORE = pathlib.Path("/run/cambric")
# verbs before, the verb that is killed, verbs after
SCENARIOS = (
    ([], "ADD", ["DEL"]),
    ([], "ADD", ["ADD", "DEL"]),
    (["ADD"], "DEL", ["DEL"]),
    (["ADD"], "DEL", ["GC"]),
)
SHOWN = ("ip -br link", "ip -br addr", "ip -4 route show table all", "ip -6 route show table all", "ip -4 rule", "ip -6 rule",
         "tc qdisc", "nft list ruleset")
ALREADY_ATTACHED = 108


def call(verb, wrapper=()):
    """One verb; return (status, stdout)."""
    environment = {"CNI_COMMAND": verb, "CNI_PATH": os.path.dirname(PLUGIN), "CAMBRIC_SYNC_DEL": "1"}
    config = dict(CONFIG)
    if verb == "GC":
        config["cni.dev/valid-attachments"] = []
    else:
        environment.update(CNI_CONTAINERID="victim", CNI_NETNS=NETNS, CNI_IFNAME="eth0")
    process = subprocess.run([*wrapper, PLUGIN], env=environment, input=json.dumps(config).encode(), stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, check=False, timeout=60)
    return process.returncode, process.stdout.decode()


def world():
    seen = []
    for command in SHOWN:
        for where in ([], ["nsenter", f"--net={NETNS}"]):
            if command.startswith("nft") and where:
                continue
            text = subprocess.run([*where, *command.split()], stdout=subprocess.PIPE, check=False).stdout.decode()
            seen += re.sub(r"packets \d+ bytes \d+|expires \S+", "", text).splitlines()
    return seen + [str(path) for part in ("a", "use") for path in STORE.glob(f"*/**/{part}/**/*")]


def points(verb):
    """Run a verb to its end and list its system calls as (name, how many-th of that name)."""
    trace = f"{SCRATCH}/trace"
    status, output = call(verb, ("strace", "-qq", "-o", trace))
    if status:
        raise RuntimeError(f"{verb} fails when nobody kills it: {output}")
    counts, calls = collections.Counter(), []
    for line in open(trace, encoding="latin-1"):
        name = re.match(r"([a-z0-9_]+)\(", line)
        if name:
            counts[name[1]] += 1
            calls.append((name[1], counts[name[1]]))
    # What loads the program is the same for every feature; what never comes back cannot be interrupted usefully
    first = next(i for i, made in enumerate(calls) if made[0] in ("socket", "read") and i > 20)
    return [made for made in calls[first:] if made[0] != "exit_group"]


def fails(verb):
    """Why a verb after the kill did not do its duty; an ADD that had been completed may be refused, and only that."""
    ready = any('"ready"' in path.read_text(errors="replace") for path in STORE.glob("*/net/*/a/*"))
    status, output = call(verb)
    if status == 0 or (verb == "ADD" and ready and json.loads(output).get("code") == ALREADY_ATTACHED):
        return ""
    return f"{verb} fails: {output}"


def sweep(before, victim, after):
    for verb in before:
        call(verb)
    calls = points(victim)[::EVERY]
    call("DEL")
    clean, killed, wrong = world(), 0, []
    for name, count in calls:
        for verb in before:
            call(verb)
        killed += call(victim, ("strace", "-qq", "-o", "/dev/null", "-e", f"inject={name}:signal=KILL:when={count}"))[0] != 0
        problems = [text for text in map(fails, after) if text] + [line for line in world() if line not in clean]
        if problems:
            wrong.append(f"killed before {name} number {count}: {'; '.join(problems)[:400]}")
            call("DEL")
    if killed < len(calls) // 2:
        wrong.append(f"only {killed} of {len(calls)} runs were killed")
    name = f"{victim} killed at {len(calls)} places, then {' and '.join(after)}"
    print("\n# ".join([f"{'not ok' if wrong else 'ok'} {name}", *wrong[:10]]))


if __name__ == "__main__":
    for scenario in SCENARIOS:
        sweep(*scenario)
