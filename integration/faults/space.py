#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A store without room: ADD fails clean, DEL takes away what the kernel has, and all is well when there is room again.

space.py PLUGIN SCRATCH EVERY FIRST    every EVERY-th size only; 1 for all
"""
import contextlib
import errno
import json
import subprocess

import sweep

SETUP = sweep.SETUPS["ports"]
AMPLE = "size=16m,nr_inodes=4096"
# nr_inodes=0 and size=0 would mean no limit; the directory itself takes one inode
INODES = [f"size=16m,nr_inodes={count}" for count in range(1, 42)]
PAGES = [f"size={4 * pages}k,nr_inodes=4096" for pages in range(1, 33)]
NOT_AVAILABLE = 50


def mount(options):
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"mode=0700,{options}", "tmpfs", sweep.STORE], check=True)


def remount(options):
    subprocess.run(["mount", "-o", f"remount,{options}", sweep.STORE], check=True)


@contextlib.contextmanager
def store_with(options):
    """A store of its own, gone afterwards."""
    mount(options)
    try:
        yield
    finally:
        subprocess.run(["umount", sweep.STORE], check=True)


def use_up():
    """Take all inodes and all space; return the files that did."""
    taken = []
    with contextlib.suppress(OSError):
        for number in range(5000):
            path = sweep.STORE / f"taken-{number}"
            taken.append(path)
            path.write_bytes(b"x" if number else b"")
    with open(taken[0], "ab", buffering=0) as largest:
        try:
            while True:
                largest.write(b"x" * 4096)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
    return taken


def free(taken):
    for path in taken:
        path.unlink(missing_ok=True)


def works(world):
    """A whole life of an attachment, now that nothing is in its way."""
    outcome = sweep.call("ADD", SETUP)
    if outcome.status != 0:
        return f"ADD still fails: {outcome.output}"
    return sweep.judge_attached(SETUP, outcome.output) or sweep.heal("DEL", SETUP, world)


def too_small(world, options):
    """ADD on a store of this size. Return whether it succeeded, and what is wrong."""
    with store_with(options):
        outcome = sweep.call("ADD", SETUP)
        if outcome.status == 0:
            return True, sweep.judge("ADD", SETUP, world, outcome, None) or works(world)
        wrong = sweep.judge_failure(outcome) or world.differences()
        # Where not even the locks have room, a DEL may say so
        removal = sweep.call("DEL", SETUP)
        wrong = wrong or (sweep.judge_failure(removal) if removal.status else world.differences())
        remount(AMPLE)
        return False, wrong or sweep.heal("DEL", SETUP, world) or works(world)


def sizes(world, name, options):
    wrong, succeeded = [], []
    # Both ends always: what has no room at all, and what has enough
    options = options[:-1:sweep.EVERY] + options[-1:]
    for option in options:
        done, problem = too_small(world, option)
        succeeded.append(done)
        if problem:
            world.forget()
            wrong.append(f"{option}: {problem}")
    if succeeded[0] or not succeeded[-1]:
        wrong.append(f"the sizes do not go from too small to large enough: {succeeded}")
    sweep.report(name, len(options), wrong)


def code_of(outcome):
    return json.loads(outcome.output)["code"] if outcome.status else 0


def full_beneath(world):
    """Attached, and then others use up all the room: CHECK passes, STATUS tells, DEL removes everything."""
    with store_with(AMPLE):
        result = sweep.prepare(SETUP, ["ADD"])
        taken = use_up()
        yield "CHECK passes", sweep.judge_attached(SETUP, result)
        yield "STATUS tells", "" if code_of(sweep.call("STATUS", SETUP)) == NOT_AVAILABLE else "it does not"
        other = sweep.call("ADD", SETUP._replace(ports=False), container="other", netns="/run/netns/two")
        yield "another ADD fails", sweep.judge_failure(other) if other.status else "it succeeds"
        yield "DEL removes everything", sweep.heal("DEL", SETUP, world)
        free(taken)
        yield "with room it works again", works(world)


def read_only_beneath(world):
    """Attached, and then the store is read-only: the kernel's side goes at once, the record when it can be written."""
    with store_with(AMPLE):
        result = sweep.prepare(SETUP, ["ADD"])
        remount("ro")
        yield "CHECK passes", sweep.judge_attached(SETUP, result)
        yield "STATUS tells", "" if code_of(sweep.call("STATUS", SETUP)) == NOT_AVAILABLE else "it does not"
        other = sweep.call("ADD", SETUP._replace(ports=False), container="other", netns="/run/netns/two")
        yield "another ADD fails", sweep.judge_failure(other) if other.status else "it succeeds"
        removal = sweep.call("DEL", SETUP)
        yield "DEL says that the record stays", sweep.judge_failure(removal) if removal.status else "it succeeds"
        veth = json.loads(result)["interfaces"][0]["name"]
        left = [line for line in sweep.network_of("/proc/self/net") if veth in line] + [line for line in sweep.ruleset() if veth in line]
        yield "DEL removes what the kernel has", str(left) if left else ""
        remount("rw")
        yield "DEL ends what it began", sweep.heal("DEL", SETUP, world)
        yield "writable it works again", works(world)


def main():
    with sweep.host(SETUP) as world:
        sizes(world, "too few inodes for an ADD", INODES)
        sizes(world, "too little space for an ADD", PAGES)
        for situation in (full_beneath, read_only_beneath):
            for name, wrong in situation(world):
                sweep.report(f"{situation.__name__.replace('_', ' ')}: {name}", 1, [wrong] if wrong else [])


if __name__ == "__main__":
    main()
