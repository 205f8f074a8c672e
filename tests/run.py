#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Run programs that print TAP, show what failed, and end in one line: 'N passed, N failed'.

A program that dies, prints no plan, prints fewer tests than planned or takes too long counts as one
more failure, and so does a skipped test: what was not tried did not pass. The full output of each
program is kept in build/tap/. "NAME=VALUE program argument" runs it with that setting and argument.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

LOGS = pathlib.Path("build/tap")
RESULT = re.compile(r"(not )?ok\b[ \d]*(?:- )?(?P<name>[^#]*)(?P<directive>#\s*(?:skip|todo).*)?", re.IGNORECASE)
PLAN = re.compile(r"1\.\.(\d+)")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=1, help="programs at a time")
    parser.add_argument("--timeout", type=float, default=240, help="seconds for one program")
    parser.add_argument("--first", help="a program to run before all others; they need what it makes")
    parser.add_argument("programs", nargs="*")
    return parser.parse_args()


def execute(program, timeout):
    """Run one program; return its output and what is wrong with the way it ended, or None."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = program.split()
    while "=" in command[0]:
        environment.update([command.pop(0).split("=", 1)])
    path, *rest = command
    try:
        process = subprocess.Popen([path if "/" in path else f"./{path}", *rest], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment,
                                   start_new_session=True)
    except OSError as error:
        return "", f"cannot run: {error.strerror}"
    try:
        output, _ = process.communicate(timeout=timeout)
        problem = f"exit status {process.returncode}" if process.returncode else None
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        problem = f"still running after {timeout:.0f} s"
    return output.decode(errors="replace"), problem


def judge(output, problem):
    """Count a TAP stream; return (passed, list of failures, each with the diagnostics that follow it)."""
    passed, failures, planned, seen, collecting = 0, [], None, 0, False
    for line in output.splitlines():
        result = RESULT.match(line)
        if result:
            seen += 1
            collecting = bool(result[1] or result["directive"])
            if collecting:
                failures.append([line])
            else:
                passed += 1
        elif PLAN.match(line):
            planned = int(PLAN.match(line)[1])
        elif collecting and line.strip():
            failures[-1].append(line)
    if problem and (planned is None or not failures or not problem.startswith("exit status")):
        failures.append([problem] + output.splitlines()[-15:])
    elif planned is None:
        failures.append(["no plan: it did not reach its end"] + output.splitlines()[-15:])
    elif planned != seen:
        failures.append([f"{planned} tests planned, {seen} run"])
    elif seen == 0:
        failures.append(["it tests nothing"])
    return passed, failures


def run(program, timeout):
    start = time.monotonic()
    output, problem = execute(program, timeout)
    passed, failures = judge(output, problem)
    log = LOGS / (re.sub("[/ =]", "-", program) + ".tap")
    log.write_text(output)
    report = f"{program:<62} {passed:>5} passed  {time.monotonic() - start:6.1f} s"
    if failures:
        report += f"   {len(failures)} FAILED (all of it: {log})"
    for failure in failures:
        report += "".join(f"\n    {line}" for line in failure[:25])
    return passed, len(failures), report


def main():
    options = arguments()
    LOGS.mkdir(parents=True, exist_ok=True)
    total_passed = total_failed = 0
    groups = [[options.first]] if options.first else []
    groups.append(options.programs)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for group in groups:
            for done in [pool.submit(run, program, options.timeout) for program in group]:
                passed, failed, report = done.result()
                total_passed += passed
                total_failed += failed
                print(report, flush=True)
    if not total_passed and not total_failed:
        total_failed = 1
    print(f"{total_passed} passed, {total_failed} failed")
    return 1 if total_failed else 0


if __name__ == "__main__":
    sys.exit(main())
