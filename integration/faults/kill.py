#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Kill the plugin before each of its system calls, and see whether the next verb puts everything right.

kill.py PLUGIN SCRATCH EVERY FIRST [features|overlay]    every EVERY-th call only; 1 for all
strace counts "when=N" per name of a system call, so a run is traced once and then each call is named with its count.
"""
import json

import sweep

# verbs before, the verb that is killed, verbs after, setups
SCENARIOS = (
    ([], "ADD", ["DEL"], ("alone", "ports", "neighbour", "cold")),
    ([], "ADD", ["ADD", "DEL"], ("alone", "ports", "cold")),
    ([], "ADD", ["GC"], ("alone", "ports", "neighbour")),
    (["ADD"], "DEL", ["DEL"], ("alone", "ports", "neighbour")),
    (["ADD"], "DEL", ["GC"], ("alone", "neighbour")),
    (["ADD"], "DEL", ["ADD", "DEL"], ("ports",)),
    (["ADD"], "CHECK", ["DEL"], ("ports",)),
    (["ADD"], "GC", ["GC"], ("alone", "neighbour")),
    (["ADD"], "GC", ["DEL"], ("ports",)),
)
OVERLAY_SCENARIOS = (
    ([], "ADD", ["DEL"], ("overlay", "shared overlay")),
    ([], "ADD", ["ADD", "DEL"], ("overlay",)),
    ([], "ADD", ["GC"], ("overlay",)),
    (["ADD"], "DEL", ["DEL"], ("overlay", "shared overlay")),
    (["ADD"], "DEL", ["ADD", "DEL"], ("overlay",)),
    (["ADD"], "GC", ["GC"], ("overlay",)),
    (["ADD"], "GC", ["DEL"], ("shared overlay",)),
    (["SYNC"], "ADD", ["DEL", "LEAVE"], ("overlay",)),
    (["ADD"], "SYNC", ["DEL", "LEAVE"], ("overlay",)),
    ([], "SYNC", ["LEAVE"], ("overlay",)),
    ([], "SYNC", ["SYNC", "LEAVE"], ("overlay",)),
    (["SYNC"], "MOVE", ["LEAVE"], ("overlay",)),
    (["SYNC"], "MOVE", ["MOVE", "LEAVE"], ("overlay",)),
    (["SYNC"], "MOVE", ["SYNC", "LEAVE"], ("overlay",)),
    (["SYNC"], "LEAVE", ["LEAVE"], ("overlay",)),
    (["SYNC"], "LEAVE", ["SYNC", "LEAVE"], ("overlay",)),
)
# With one feature; with all of them these and the others
FEATURE_SCENARIOS = (
    ([], "ADD", ["DEL"]),
    ([], "ADD", ["ADD", "DEL"]),
    (["ADD"], "DEL", ["GC"]),
)
OTHER_SCENARIOS = (
    ([], "ADD", ["GC"]),
    (["ADD"], "DEL", ["DEL"]),
    (["ADD"], "CHECK", ["DEL"]),
    (["ADD"], "GC", ["GC"]),
)
# A DEL has a child delete the interface, or does it by itself
MODES = {"ADD": [{}], "CHECK": [{}], "DEL": [{}, {"CAMBRIC_SYNC_DEL": "1"}], "GC": [{"CAMBRIC_SYNC_DEL": "1"}],
         "SYNC": [{}], "MOVE": [{}], "LEAVE": [{}]}


def is_ready(kind):
    return any(record["state"] == "ready" and record["kind"] == kind for path, record in sweep.records().items() if "/victim@" in path)


def follow_up(setup, world, verb):
    """A verb after the kill does its duty. An ADD that had been completed may be refused, and only that."""
    finished = is_ready(setup.members.get("type", setup.kind))
    outcome = sweep.call(verb, setup)
    if outcome.status == 0 and verb in world.made:
        return world.differences(verb)
    if outcome.status == 0:
        return sweep.judge_attached(setup, outcome.output) if verb == "ADD" else ""
    if verb == "ADD" and finished and json.loads(outcome.output).get("code") == sweep.ALREADY_ATTACHED:
        return ""
    return f"{verb} fails: {outcome.output}{outcome.errors}"


def kill_at(point, setup, world, scenario, mode):
    """One case. Return whether the run was killed, and what is wrong."""
    before, victim, after = scenario[:3]
    result = sweep.prepare(setup, before)
    killed = sweep.call(victim, setup, result, sweep.injection(point, "signal=KILL"), **mode).status != 0
    wrong = [text for text in (follow_up(setup, world, verb) for verb in after) if text] + [world.differences()]
    if any(wrong):
        world.forget()
    return killed, "; ".join(filter(None, wrong))


def run(setup, scenario, mode):
    before, victim, after = scenario[:3]
    name = f"a killed {victim}{' without child' if mode and victim == 'DEL' else ''}, then {' and '.join(after)}, {setup.name}"
    with sweep.host(setup, (victim, *after)) as world:
        result = sweep.prepare(setup, before)
        points = sweep.points_of(victim, setup, result, follow=True, **mode)
        # What the loader does is the same with any configuration
        points = sweep.share(sweep.own(points) if sweep.WITH_FEATURES else points)
        sweep.undo(setup)
        killed, wrong = 0, []
        for point in points:
            died, problem = kill_at(point, setup, world, scenario, mode)
            killed += died
            if problem:
                wrong.append(f"killed before {point.name} number {point.count}: {problem}")
    # Some calls are made in some runs only, when a lock of the kernel is taken
    if killed < len(points) // 2:
        wrong.append(f"only {killed} of {len(points)} runs were killed")
    sweep.report(name, len(points), wrong)


def main():
    for name, setup in sweep.FEATURES.items() if sweep.WITH_FEATURES else ():
        for scenario in (*FEATURE_SCENARIOS, *(OTHER_SCENARIOS if name == "everything" else ())):
            run(setup, scenario, MODES[scenario[1]][-1])
    for scenario in {"": SCENARIOS, "overlay": OVERLAY_SCENARIOS}.get(sweep.NETWORKS, ()):
        for setup in scenario[3]:
            for mode in MODES[scenario[1]]:
                run(sweep.SETUPS[setup], scenario, mode)


if __name__ == "__main__":
    main()
