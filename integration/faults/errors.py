#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Let each system call of a verb fail with each of some errors, once or from then on: success must be true, failure clean.

errors.py PLUGIN SCRATCH EVERY FIRST [features [NAME...] | overlay]    every EVERY-th pair of call and error only; 1 for all
"""
import collections
import signal

import sweep

ALL = ("ENOSPC", "EIO", "ENOMEM", "EINTR", "EAGAIN", "EMFILE", "EROFS", "EPERM")
SOCKETS = ("sendto", "sendmsg", "recvfrom", "recvmsg")
LASTING = ("ENOSPC", "EIO", "ENOMEM", "EMFILE")
# Of how many calls one fails for good
LASTING_EVERY = 5
# What cannot fail; brk(), whose errors are no numbers (30-memory.sh has those); and close(), which strace would skip: no
# kernel leaves a descriptor open (40-io.sh has it fail as kernels do)
INFALLIBLE = ("close", "brk", "getpid", "geteuid", "umask", "rt_sigprocmask", "rt_sigaction", "munmap", "exit_group")
# What has to be begun again when a signal came first
RESTARTED = ("read", "write", "pread64", "pwrite64", "poll", "recvfrom", "recvmsg", "sendto", "sendmsg", "flock")

Scenario = collections.namedtuple("Scenario", "before victim setup settings errors")
SYNCHRONOUS = {"CAMBRIC_SYNC_DEL": "1"}
SCENARIOS = (
    Scenario([], "ADD", "ports", {}, ALL),
    Scenario([], "ADD", "cold", {}, ("ENOSPC", "EIO", "EMFILE")),
    Scenario([], "ADD", "everything", {}, ("EIO", "ENOMEM", "EPERM")),
    Scenario(["ADD"], "DEL", "ports", {}, ALL),
    Scenario(["ADD"], "DEL", "neighbour", SYNCHRONOUS, ("EIO", "ENOMEM", "EINTR", "EAGAIN")),
    Scenario(["ADD"], "DEL", "everything", SYNCHRONOUS, ("EIO", "ENOMEM", "EAGAIN")),
    Scenario(["ADD"], "GC", "neighbour", SYNCHRONOUS, ALL),
    Scenario(["ADD"], "CHECK", "ports", {}, ALL),
    Scenario(["ADD"], "STATUS", "ports", {}, ALL),
)
# Of each feature
FEATURE_SCENARIOS = (
    Scenario([], "ADD", "", {}, ("EIO", "ENOMEM", "EPERM")),
    Scenario(["ADD"], "DEL", "", SYNCHRONOUS, ("EIO", "ENOMEM", "EAGAIN")),
    Scenario(["ADD"], "CHECK", "", {}, ("EIO",)),
)
COMMON = ("EIO", "ENOMEM", "EINTR", "EAGAIN")
OVERLAY_SCENARIOS = (
    Scenario([], "ADD", "overlay", {}, (*COMMON, "ENOSPC", "EPERM")),
    Scenario(["ADD"], "DEL", "overlay", SYNCHRONOUS, COMMON),
    Scenario(["ADD"], "DEL", "shared overlay", {}, COMMON),
    Scenario(["ADD"], "GC", "overlay", SYNCHRONOUS, COMMON),
    Scenario(["ADD"], "CHECK", "overlay", {}, COMMON),
    Scenario(["ADD"], "STATUS", "overlay", {}, COMMON),
    Scenario([], "SYNC", "overlay", {}, COMMON),
    Scenario(["SYNC"], "MOVE", "overlay", {}, (*COMMON, "ENOSPC", "EMFILE")),
    Scenario(["SYNC"], "LEAVE", "overlay", SYNCHRONOUS, COMMON),
)
# A call that fails: @lasting, from then on always
Case = collections.namedtuple("Case", "point error lasting")


def cases_of(scenario, points):
    cases = []
    for at, point in enumerate(points):
        extra = ("ENOBUFS",) if point.name in SOCKETS else ()
        cases += [Case(point, error, False) for error in (*scenario.errors, *extra)]
        if at % LASTING_EVERY == 0:
            cases += [Case(point, error, True) for error in LASTING if error in scenario.errors]
    return cases


def judge(scenario, setup, world, case, outcome, result):
    # Who cannot come home from the container's namespace must not go on in there: abort() is the safe end
    if case.point.name == "setns" and outcome.status == -signal.SIGABRT:
        return sweep.heal(scenario.victim, setup, world)
    wrong = sweep.judge(scenario.victim, setup, world, outcome, result, case.lasting,
                        silent=case.lasting and case.point.name == "write")
    if outcome.status and case.error == "EINTR" and case.point.name in RESTARTED:
        wrong = f"is not begun again: {outcome.output} {wrong}"
    return wrong


def run(scenario):
    setup = sweep.SETUPS[scenario.setup]
    # Only DEL is followed into its child: an ADD must not fail twice, in its undoing
    follow = scenario.victim == "DEL" and not scenario.settings
    wrong, failed = [], 0
    with sweep.host(setup, (*scenario.before, scenario.victim)) as world:
        result = sweep.prepare(setup, scenario.before)
        points = sweep.own(sweep.points_of(scenario.victim, setup, result, follow=follow, **scenario.settings))
        sweep.undo(setup)
        cases = sweep.share(cases_of(scenario, [point for point in points if point.name not in INFALLIBLE]))
        for case in cases:
            result = sweep.prepare(setup, scenario.before)
            wrapper = sweep.injection(case.point, f"error={case.error}", "+" if case.lasting else "", follow)
            outcome = sweep.call(scenario.victim, setup, result, wrapper, **scenario.settings)
            failed += outcome.status != 0
            problem = judge(scenario, setup, world, case, outcome, result)
            if problem:
                world.forget()
                wrong.append(f"{case.point.name} number {case.point.count}, {case.error}{' for good' if case.lasting else ''}: "
                             f"{problem}: {case.point.line[:120]}")
    sweep.report(f"{scenario.victim} with failing calls, {setup.name}{' without child' if scenario.settings else ''}", len(cases), wrong,
                 [f"{failed} of {len(cases)} runs failed of it"])


def main():
    for scenario in sweep.scenarios(SCENARIOS, FEATURE_SCENARIOS, OVERLAY_SCENARIOS):
        run(scenario)


if __name__ == "__main__":
    main()
