#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Stop one verb before a system call, run another for the same attachment, go on: as if one had come after the other.

races.py PLUGIN SCRATCH EVERY FIRST    every EVERY-th call only; 1 for all
"""
import contextlib
import json
import os
import signal
import subprocess
import time

import sweep

SETUP = sweep.SETUPS["ports"]
DRIFT = 106
# What waits for a lock: flock(2) and fcntl(2), by number on this machine
WAITING = {"73", "72"} if os.uname().machine == "x86_64" else {"32", "25"}
# verbs before, the one that is stopped, the one that comes in between
PAIRS = (
    ([], "ADD", "DEL"),
    ([], "ADD", "ADD"),
    ([], "ADD", "GC"),
    (["ADD"], "DEL", "DEL"),
    (["ADD"], "DEL", "ADD"),
    (["ADD"], "DEL", "GC"),
    (["ADD"], "CHECK", "DEL"),
    (["ADD"], "GC", "DEL"),
    (["ADD"], "GC", "ADD"),
)


def start(verb, result, wrapper=()):
    process = subprocess.Popen([*wrapper, sweep.PLUGIN], env=sweep.variables(verb, CAMBRIC_SYNC_DEL="1"), stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdin.write(sweep.config(verb, SETUP, result))
    process.stdin.close()
    process.stdin = None
    return process


def finish(process):
    output, errors = process.communicate(timeout=sweep.TIMEOUT)
    return sweep.Outcome(process.returncode, output.decode(), errors.decode())


def until(condition, process):
    """Wait until it holds, or the process is over. Return whether it holds."""
    deadline = time.monotonic() + sweep.TIMEOUT
    while process.poll() is None and time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.001)
    return False


def traced(process):
    """The process that strace runs; 0 while there is none."""
    with contextlib.suppress(OSError, ValueError):
        with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as children:
            return int(children.read().split()[0])
    return 0


def is_waiting(process):
    with contextlib.suppress(OSError):
        with open(f"/proc/{process.pid}/syscall", encoding="ascii") as call:
            return call.read().split()[0] in WAITING
    return False


def stop_at(point, verb, result):
    """A verb that stops before this call, or is over without having met it."""
    process = start(verb, result, ("strace", "-qq", "-o", f"{sweep.SCRATCH}/stopped", "-e", f"trace={point.name}",
                                   "-e", f"inject={point.name}:signal=STOP:when={point.count}"))

    def has_stopped():
        with contextlib.suppress(FileNotFoundError), open(f"{sweep.SCRATCH}/stopped", encoding="latin-1") as trace:
            return "--- stopped by SIGSTOP ---" in trace.read()
        return False
    return process, until(has_stopped, process)


def race(point, pair, result):
    """Both outcomes, and whether the one really met the other."""
    _, first, second = pair
    with contextlib.suppress(FileNotFoundError):
        os.unlink(f"{sweep.SCRATCH}/stopped")
    stopped, met = stop_at(point, first, result)
    between = start(second, result)
    until(lambda: is_waiting(between), between)
    if met:
        os.kill(traced(stopped), signal.SIGCONT)
    return finish(stopped), finish(between), met


def attached(result):
    return sweep.call("CHECK", SETUP, result).status == 0


def judge(world, pair, first, second):
    """Whether the outcome is that of first and then second, or the other way round."""
    verbs = {pair[1]: first, pair[2]: second}
    if pair[1:] == ("ADD", "ADD"):
        made = [outcome.output for outcome in (first, second) if outcome.status == 0]
        refused = [json.loads(outcome.output)["code"] for outcome in (first, second) if outcome.status]
        if len(made) != 1 or refused != [sweep.ALREADY_ATTACHED]:
            return f"not one of both succeeds: {first} {second}"
        return sweep.judge_attached(SETUP, made[0])
    check = verbs.pop("CHECK", None)
    if check and check.status and json.loads(check.output)["code"] != DRIFT:
        return f"CHECK: {check}"
    added = verbs.pop("ADD", None)
    failed = [f"{verb} fails: {outcome}" for verb, outcome in verbs.items() if outcome.status]
    if failed:
        return failed[0]
    if not added:
        return world.differences()
    if added.status:
        # Only over the attachment that was there before, and which the other verb has taken away by now
        refused = pair[0] == ["ADD"] and json.loads(added.output)["code"] == sweep.ALREADY_ATTACHED
        return world.differences() if refused else f"ADD fails: {added}"
    return "" if attached(added.output) else world.differences()


def run(pair):
    wrong, met = [], 0
    with sweep.host(SETUP) as world:
        result = sweep.prepare(SETUP, pair[0])
        points = sweep.own(sweep.points_of(pair[1], SETUP, result, CAMBRIC_SYNC_DEL="1"))
        sweep.call("DEL", SETUP)
        points = sweep.share(points)
        for point in points:
            result = sweep.prepare(SETUP, pair[0])
            try:
                first, second, stopped = race(point, pair, result)
                met += stopped
                problem = judge(world, pair, first, second)
            except subprocess.TimeoutExpired:
                problem = "hangs"
            problem = "; ".join(filter(None, (problem, sweep.heal("DEL", SETUP, world))))
            if problem:
                world.forget()
                wrong.append(f"stopped before {point.name} number {point.count}: {problem}")
    # Some calls are made in some runs only, when a lock of the kernel is taken
    if met < len(points) // 2:
        wrong.append(f"only {met} of {len(points)} were stopped")
    sweep.report(f"{pair[2]} while {pair[1]} is stopped{', attached before' if pair[0] else ''}", len(points), wrong)


def main():
    for pair in PAIRS:
        run(pair)


if __name__ == "__main__":
    main()
