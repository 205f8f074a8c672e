#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Refuse a verb its n-th allocation, or all from the n-th on, for every n: success must be true, failure clean.

memory.py PLUGIN SCRATCH EVERY FIRST [features [NAME...] | overlay]    every EVERY-th allocation only; 1 for all. SCRATCH/memory.so is memory.c
"""
import collections
import pathlib

import sweep

Scenario = collections.namedtuple("Scenario", "before victim setup settings")
SYNCHRONOUS = {"CAMBRIC_SYNC_DEL": "1"}
SCENARIOS = (
    Scenario([], "ADD", "ports", {}),
    Scenario([], "ADD", "cold", {}),
    Scenario([], "ADD", "everything", {}),
    Scenario(["ADD"], "DEL", "ports", {}),
    Scenario(["ADD"], "DEL", "neighbour", SYNCHRONOUS),
    Scenario(["ADD"], "GC", "neighbour", SYNCHRONOUS),
    Scenario(["ADD"], "DEL", "everything", SYNCHRONOUS),
    Scenario(["ADD"], "CHECK", "ports", {}),
    Scenario(["ADD"], "CHECK", "everything", {}),
    Scenario(["ADD"], "STATUS", "ports", {}),
)
OVERLAY_SCENARIOS = (
    Scenario([], "ADD", "overlay", {}),
    Scenario(["ADD"], "DEL", "overlay", SYNCHRONOUS),
    Scenario(["ADD"], "DEL", "shared overlay", SYNCHRONOUS),
    Scenario(["ADD"], "GC", "overlay", SYNCHRONOUS),
    Scenario(["ADD"], "CHECK", "overlay", {}),
    Scenario(["ADD"], "STATUS", "overlay", {}),
    Scenario([], "SYNC", "overlay", {}),
    Scenario(["SYNC"], "MOVE", "overlay", {}),
    Scenario(["SYNC"], "LEAVE", "overlay", SYNCHRONOUS),
)

# Of each feature
FEATURE_SCENARIOS = (
    Scenario([], "ADD", "", {}),
    Scenario(["ADD"], "DEL", "", SYNCHRONOUS),
    Scenario(["ADD"], "CHECK", "", {}),
)


def short_of_memory(scenario, setup, result, **settings):
    return sweep.call(scenario.victim, setup, result, LD_PRELOAD=f"{sweep.SCRATCH}/memory.so", **scenario.settings, **settings)


def allocations_of(scenario, setup, result):
    """How many allocations a verb makes."""
    report = pathlib.Path(sweep.SCRATCH, "allocations")
    sweep.expect(short_of_memory(scenario, setup, result, ALLOCATIONS=str(report)), scenario.victim)
    return int(report.read_text(encoding="ascii"))


def run(scenario):
    setup = sweep.SETUPS[scenario.setup]
    wrong, failed = [], 0
    with sweep.host(setup, (*scenario.before, scenario.victim)) as world:
        count = allocations_of(scenario, setup, sweep.prepare(setup, scenario.before))
        sweep.undo(setup)
        # The last one is one too many: it must pass
        cases = sweep.share([(number, lasting) for number in range(1, count + 2) for lasting in (False, True)])
        for number, lasting in cases:
            result = sweep.prepare(setup, scenario.before)
            outcome = short_of_memory(scenario, setup, result, ALLOCATION_FAILS=f"{number}{'+' if lasting else ''}")
            failed += outcome.status != 0
            problem = sweep.judge(scenario.victim, setup, world, outcome, result, lasting)
            if problem:
                world.forget()
                wrong.append(f"allocation {number}{' and all after it' if lasting else ''}: {problem}")
    if failed == 0 and scenario.victim != "STATUS":
        wrong.append("nothing ever failed of it")
    sweep.report(f"{scenario.victim} short of memory, {setup.name}{' without child' if scenario.settings else ''}", len(cases), wrong,
                 [f"{failed} of {len(cases)} runs failed of it, {count} allocations"])


def main():
    for scenario in sweep.scenarios(SCENARIOS, FEATURE_SCENARIOS, OVERLAY_SCENARIOS):
        run(scenario)


if __name__ == "__main__":
    main()
