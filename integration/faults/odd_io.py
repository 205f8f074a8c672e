#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Odd standard input and output: what can be read in the end is read, and a result that cannot be written is no attachment.

odd_io.py PLUGIN SCRATCH EVERY FIRST    SCRATCH/short_io.so is short_io.c
"""
import contextlib
import fcntl
import itertools
import json
import os
import resource
import signal
import subprocess
import time

import sweep

SETUP = sweep.SETUPS["ports"]
# Seconds after which the plugin gives up waiting for its input, or for somebody to read its output
PATIENCE = 5


def start(verb="ADD", result=None, **how):
    how = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
    return subprocess.Popen([sweep.PLUGIN], env=sweep.variables(verb), **how)


def ended(process, output=b""):
    """Its outcome; @output is what others have read of it."""
    with contextlib.suppress(BrokenPipeError, ValueError):
        if process.stdin:
            process.stdin.close()
    process.stdin = None
    said, errors = process.communicate(timeout=sweep.TIMEOUT)
    return sweep.Outcome(process.returncode, (output or said or b"").decode(), (errors or b"").decode())


def feed(process):
    """The whole configuration; a plugin that has given up does not matter."""
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(sweep.config("ADD", SETUP))
        process.stdin.close()


def slow_input():
    process = start()
    for byte in sweep.config("ADD", SETUP):
        process.stdin.write(bytes([byte]))
        process.stdin.flush()
        time.sleep(0.002)
    return ended(process)


def endless_input():
    process = start()
    process.stdin.write(sweep.config("ADD", SETUP))
    process.stdin.flush()
    process.wait(timeout=2 * PATIENCE)
    return ended(process)


def with_closed(*descriptors):
    """Some of 0, 1, 2 not open at all."""
    process = start(preexec_fn=lambda: [os.close(descriptor) for descriptor in descriptors])
    feed(process)
    return ended(process)


def to_device_full():
    with open("/dev/full", "wb") as full:
        process = start(stdout=full)
        feed(process)
        return ended(process)


def to_nobody():
    """A pipe whose reader is gone, with the signals that a runtime in Go leaves behind."""
    reader, writer = os.pipe()
    os.close(reader)
    process = start(stdout=writer)
    os.close(writer)
    feed(process)
    return ended(process)


def full_pipe():
    """A non-blocking pipe with room for some bytes only."""
    reader, writer = os.pipe()
    size = fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(writer, False)
    os.write(writer, b" " * (size - 100))
    return reader, writer


def to_pipe_that_is_read_late():
    reader, writer = full_pipe()
    process = start(stdout=writer)
    os.close(writer)
    feed(process)
    # By then it has met the full pipe; should it be slower, the case is only easier
    time.sleep(0.3)
    with open(reader, "rb") as pipe:
        return ended(process, pipe.read())


def to_pipe_that_nobody_reads():
    reader, writer = full_pipe()
    process = start(stdout=writer)
    os.close(writer)
    feed(process)
    try:
        process.wait(timeout=3 * PATIENCE)
        return ended(process)
    finally:
        os.close(reader)


def to_short_file():
    """A file that may not grow beyond the first bytes of the result: they are there, and no more."""
    path = f"{sweep.SCRATCH}/short"
    with open(path, "wb") as short:
        short.write(b" " * 65536)
        short.flush()
        process = start(stdout=short, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (65536 + 50, 65536 + 50)))
        feed(process)
        return ended(process)


def with_blocked_signals():
    """SIGPIPE, SIGCHLD and SIGALRM as a careless parent leaves them."""
    def careless():
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    process = start(preexec_fn=careless)
    feed(process)
    return ended(process)


# name, what is done, whether the ADD must succeed, whether somebody could read what it says
CASES = (
    ("input byte by byte", slow_input, True, True),
    ("input without end", endless_input, False, True),
    ("signals blocked and ignored", with_blocked_signals, True, True),
    ("closed input", lambda: with_closed(0), False, True),
    ("closed output", lambda: with_closed(1), False, False),
    ("closed stderr", lambda: with_closed(2), True, True),
    ("nothing open", lambda: with_closed(0, 1, 2), False, False),
    ("output to a full device", to_device_full, False, False),
    ("output to nobody", to_nobody, False, False),
    ("output to a full pipe that is read late", to_pipe_that_is_read_late, True, True),
    ("output to a full pipe that nobody reads", to_pipe_that_nobody_reads, False, False),
    ("output to a file that cannot grow", to_short_file, False, False),
)


def judge(world, outcome, succeeds, readable):
    if succeeds and outcome.status != 0:
        return f"fails: {outcome}"
    if not succeeds and outcome.status == 0:
        return f"succeeds: {outcome}"
    wrong = sweep.judge("ADD", SETUP, world, outcome, None, silent=True)
    return wrong if wrong or readable or not outcome.output else f"says what nobody can read: {outcome}"


def odd_ends():
    for name, act, succeeds, readable in CASES:
        with sweep.host(SETUP) as world:
            try:
                wrong = judge(world, act(), succeeds, readable)
            except subprocess.TimeoutExpired:
                wrong = "hangs"
            if wrong:
                world.forget()
        sweep.report(name, 1, [wrong] if wrong else [])


def without_kernel_names(result):
    """What two results of the same ADD share: MACs come with the addresses, which go round."""
    document = json.loads(result)
    return [sorted(document), [sorted(entry) for entry in document["interfaces"] + document["ips"]], document["routes"]]


def short_everything():
    """All verbs, with every call in small pieces."""
    preload = {"LD_PRELOAD": f"{sweep.SCRATCH}/short_io.so"}
    wrong, count = [], 0
    with sweep.host(SETUP) as world:
        plain = sweep.expect(sweep.call("ADD", SETUP), "ADD")
        sweep.expect(sweep.call("DEL", SETUP), "DEL")
        for cold, removal in itertools.product((False, True), ("DEL", "GC")):
            if cold:
                sweep.prepare(sweep.SETUPS["cold"], [])
            added = sweep.call("ADD", SETUP, **preload)
            verbs = [("ADD", added)]
            if added.status == 0:
                verbs += [(verb, sweep.call(verb, SETUP, added.output, **preload)) for verb in ("CHECK", "STATUS", removal)]
                if without_kernel_names(added.output) != without_kernel_names(plain.output):
                    wrong.append(f"another result: {added.output}")
            wrong += [f"{verb} fails: {outcome}" for verb, outcome in verbs if outcome.status != 0]
            left = world.differences()
            if left:
                wrong.append(f"after {removal}: {left}")
                world.forget()
            count += len(verbs)
    sweep.report("everything in single bytes, every second call interrupted", count, wrong)


def main():
    odd_ends()
    short_everything()


if __name__ == "__main__":
    main()
