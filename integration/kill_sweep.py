#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Kill the plugin before each of its system calls, and see whether the next verb puts everything right.

kill_sweep.py PLUGIN NETNS SCRATCH EVERY    every EVERY-th call only; 1 for all
prints one line per scenario: "ok NAME" or "not ok NAME", "# ..." says at which call it went wrong.

strace counts "when=N" per name of a system call, so a run is traced once and then each call is named with its count.
"""
import collections
import json
import os
import pathlib
import re
import subprocess
import sys

PLUGIN, NETNS, SCRATCH, EVERY = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
STORE = pathlib.Path("/run/cambric")
CONFIG = {
    "cniVersion": "1.1.0",
    "name": "net",
    "type": "cambric",
    "ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]},
    "runtimeConfig": {"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "udp"}]},
}
CONFIG.update(json.loads(os.environ.get("KILL_MEMBERS", "{}")))  # members of the configuration beside these
# name, verbs before, the verb that is killed, verbs after
SCENARIOS = (
    ("a killed ADD, then DEL", [], "ADD", ["DEL"]),
    ("a killed ADD, then ADD and DEL", [], "ADD", ["ADD", "DEL"]),
    ("a killed ADD, then GC", [], "ADD", ["GC"]),
    ("a killed DEL, then DEL", ["ADD"], "DEL", ["DEL"]),
    ("a killed DEL, then GC", ["ADD"], "DEL", ["GC"]),
    ("a killed CHECK, then DEL", ["ADD"], "CHECK", ["DEL"]),
    ("a killed GC, then GC", ["ADD"], "GC", ["GC"]),
)
ALREADY_ATTACHED = 108


def call(verb, result=None, wrapper=()):
    """One verb; return (status, stdout)."""
    environment = {"CNI_COMMAND": verb, "CNI_PATH": os.path.dirname(PLUGIN), "CAMBRIC_SYNC_DEL": "1"}
    config = dict(CONFIG)
    if verb == "GC":
        config["cni.dev/valid-attachments"] = []
    else:
        environment.update(CNI_CONTAINERID="victim", CNI_NETNS=NETNS, CNI_IFNAME="eth0")
    if verb == "CHECK" and result:
        config["prevResult"] = json.loads(result)
    process = subprocess.run([*wrapper, PLUGIN], env=environment, input=json.dumps(config).encode(), stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, check=False, timeout=60)
    return process.returncode, process.stdout.decode()


def world():
    """What a lost attachment would show up in; the whole world is compared by the caller, at the end."""
    files = ("/proc/net/dev", "/proc/net/route", "/proc/net/ipv6_route", "/proc/net/arp")
    seen = ["\n".join(line.split(":")[0] if name.endswith("dev") else line for line in open(name, encoding="ascii"))
            for name in files[:1]]
    for name in files[1:3]:
        # The last columns of IPv6 routes count their uses
        seen.append("\n".join(sorted(re.sub(r"( [0-9a-f]{8}){4}(?= +\S+$)", "", line) for line in open(name, encoding="ascii"))))
    seen += sorted(str(path) for path in STORE.glob("*/net/*/a/*"))
    seen += sorted(str(path) for path in STORE.glob("*/use/*/*"))
    rules = subprocess.run(["nft", "list", "ruleset"], stdout=subprocess.PIPE, check=False).stdout.decode()
    seen.append(re.sub(r"packets \d+ bytes \d+|expires \S+", "", rules))
    return seen


def traced_calls(verb, result):
    """Run a verb to its end and list its system calls as (name, how many-th of that name)."""
    trace = f"{SCRATCH}/trace"
    status, output = call(verb, result, ("strace", "-qq", "-o", trace))
    if status:
        raise RuntimeError(f"{verb} fails when nobody kills it: {output}")
    counts, calls = collections.Counter(), []
    for line in open(trace, encoding="latin-1"):
        name = re.match(r"([a-z0-9_]+)\(", line)
        if name:
            counts[name[1]] += 1
            calls.append((name[1], counts[name[1]]))
    # The first is the execve of the program itself; what never comes back cannot be interrupted usefully
    return [made for made in calls[1:] if made[0] != "exit_group"]


def accepted(verb, status, output, finished):
    """Whether a verb after the kill did its duty. An ADD that had been completed may be refused, and only that."""
    if status == 0:
        return True
    return verb == "ADD" and finished and json.loads(output).get("code") == ALREADY_ATTACHED


def ready():
    return any('"ready"' in path.read_text(errors="replace") for path in STORE.glob("*/net/*/a/*"))


def sweep(before, victim, after):
    """Yield a text for every call after which something was left or refused."""
    result = None
    for verb in before:
        result = call(verb)[1]
    calls = traced_calls(victim, result)
    for verb in ("DEL",):
        call(verb)
    clean = world()
    killed = 0
    for name, count in calls[::EVERY]:
        for verb in before:
            result = call(verb)[1]
        inject = ("strace", "-qq", "-o", "/dev/null", "-e", f"inject={name}:signal=KILL:when={count}")
        status, _ = call(victim, result, inject)
        killed += status != 0
        for verb in after:
            finished = ready()
            status, output = call(verb)
            if not accepted(verb, status, output, finished):
                yield f"killed before {name} number {count}: {verb} fails: {output}"
        left = [line for line in world() if line not in clean]
        if left:
            yield f"killed before {name} number {count}: left: {str(left)[:400]}"
            call("DEL")
    if killed < len(calls[::EVERY]) * 9 // 10:
        yield f"only {killed} of {len(calls[::EVERY])} runs were killed"


def main():
    for name, before, victim, after in SCENARIOS:
        wrong = []
        try:
            wrong = list(sweep(before, victim, after))
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            wrong = [str(error)]
        print(f"{'not ok' if wrong else 'ok'} {name}")
        for line in wrong[:10]:
            print(f"# {line}")


if __name__ == "__main__":
    main()
