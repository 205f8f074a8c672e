#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Run the plugin on every kind of wrong input (tests/bad/) and judge what it answers.

bad_input.py PLUGIN NETNS SCRATCH    prints one line per case: "ok NAME" or "not ok NAME", "# ..." says why.

Each case must end with a non-zero status and exactly one CNI error object that has the expected code and names
what is wrong, with at most 4 KiB on standard error; half of them in less than 50 ms, none in more than 200, beyond
what it takes to start the program at all. The world is compared by the caller.
"""
import json
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import time

PLUGIN, NETNS, SCRATCH = sys.argv[1:]
CASES = pathlib.Path("tests/bad")
GOOD = {
    "cniVersion": "1.1.0",
    "name": "net",
    "type": "cambric",
    "ipam": {"ranges": [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]},
}
SLOW, SLOW_MEDIAN, MUCH = 0.2, 0.05, 4096
IO, STORE = 5, 101


def environment(verb):
    return {b"CNI_COMMAND": verb.encode(), b"CNI_CONTAINERID": b"bad", b"CNI_NETNS": NETNS.encode(), b"CNI_IFNAME": b"eth0",
            b"CNI_PATH": b"/nonexistent"}


def run(variables, stdin):
    start = time.monotonic()
    process = subprocess.run([PLUGIN], env=variables, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             timeout=20, check=False)
    return process, time.monotonic() - start


def start_up():
    """What the program takes to say two lines about itself: much with sanitizers, or where others are at work."""
    return statistics.median(run({}, b"")[1] for _ in range(21))


START = start_up()


def faults(process, seconds, code, words):
    """What is wrong with an answer, as text."""
    if process.returncode == 0:
        yield "it succeeded"
    if process.returncode < 0:
        yield f"killed by signal {-process.returncode}"
    if seconds > SLOW:
        yield f"it took {seconds * 1000:.0f} ms"
    if len(process.stderr) > MUCH:
        yield f"{len(process.stderr)} bytes on stderr"
    try:
        error = json.loads(process.stdout)
    except ValueError:
        yield f"stdout is not one JSON document: {process.stdout[:200]!r}"
        return
    if not isinstance(error, dict) or not isinstance(error.get("msg"), str) or not error["msg"]:
        yield f"no error object: {error}"
        return
    text = error["msg"] + " " + error.get("details", "")
    if error.get("code") != code:
        yield f"code {error.get('code')}, expected {code}: {text}"
    if not re.search(words, text):
        yield f"the message does not match {words}: {text}"


def judge(name, variables, stdin, code, words):
    """One case. Return: how long it took, beyond the start"""
    process, seconds = run(variables, stdin)
    for _ in range(3):
        # Somebody else may have had the processor; what is slow by itself is slow again
        if seconds > SLOW + START:
            process, seconds = run(variables, stdin)
    wrong = list(faults(process, seconds - START, code, words))
    if process.returncode == 0 and variables[b"CNI_COMMAND"] == b"ADD":
        # One mistake must not hide the next
        run({**variables, b"CNI_COMMAND": b"DEL"}, json.dumps(GOOD).encode())
    print(f"{'not ok' if wrong else 'ok'} {name}")
    for line in wrong:
        print(f"# {line}")
    return seconds - START


def rows(table):
    """The lines of a table, split into fields."""
    for line in (CASES / table).read_text().splitlines():
        if not line.startswith("#"):
            yield line.split("\t")


def value(text):
    """Bytes of a value in environment.txt."""
    text = text.replace("{scratch}", SCRATCH).replace("{netns}", NETNS)
    text = re.sub(r"<(\d+) (.)>", lambda match: int(match[1]) * match[2], text)
    return re.sub(rb"\\x([0-9a-f]{2})", lambda match: bytes.fromhex(match[1].decode()), text.encode())


def changed(verb, changes):
    """The environment of a good call with some changes."""
    variables = environment(verb)
    for change in changes:
        name, _, text = change.partition("=")
        if name.startswith("-"):
            del variables[name[1:].encode()]
        else:
            variables[name.encode()] = value(text)
    return variables


def environment_cases():
    """(name, environment, standard input, code, words)"""
    result = json.dumps({**GOOD, "prevResult": {"cniVersion": "1.1.0"}}).encode()
    for code, verb, words, *changes in rows("environment.txt"):
        stdin = result if verb == "CHECK" else json.dumps(GOOD).encode()
        yield f"{verb} with {' '.join(changes)[:60]}", changed(verb, changes), stdin, int(code), words


def document_cases():
    """As above. What is longer than a file in the repository should be is made here."""
    for code, verbs, file, words in rows("documents.txt"):
        for verb in verbs.split():
            yield f"{verb} with {file}", environment(verb), (CASES / "documents" / file).read_bytes(), int(code), words
    good = json.dumps(GOOD).encode()
    for name, document in (("two megabytes", good[:-1] + b', "x": "' + b"x" * (2 << 20) + b'"}'),
                           ("two megabytes of blanks", good + b" " * (2 << 20)), ("two megabytes of NULs", b"\0" * (2 << 20))):
        for verb in ("ADD", "DEL", "CHECK", "GC", "STATUS"):
            yield f"{verb} with {name}", environment(verb), document, IO, "MiB|bytes|long|large"
    # All files are in the table
    listed = {file for _, _, file, _ in rows("documents.txt")}
    for path in sorted((CASES / "documents").iterdir()):
        if path.name not in listed:
            print(f"not ok {path} is in no line of documents.txt")


def make_places():
    """What is no namespace, for CNI_NETNS."""
    os.mkfifo(f"{SCRATCH}/fifo")
    pathlib.Path(f"{SCRATCH}/plain").write_text("no namespace\n", encoding="ascii")
    os.symlink("/nonexistent", f"{SCRATCH}/dangling")
    server = socket.socket(socket.AF_UNIX)
    server.bind(f"{SCRATCH}/socket")
    return server


def place_cases():
    """Files that a configuration names and that are none: each on a path of this run."""
    for field, words in (("dataDir", "dataDir"), ("resolvConf", "resolvConf")):
        for file in ("fifo", "plain/x"):
            config = {**GOOD, "ipam": {**GOOD["ipam"], field: f"{SCRATCH}/{file}"}}
            yield f"ADD with {field} = {file}", environment("ADD"), json.dumps(config).encode(), \
                IO if field == "resolvConf" else STORE, words


def main():
    server = make_places()
    seconds = [judge(*case) for case in (*environment_cases(), *document_cases(), *place_cases())]
    server.close()
    median = statistics.median(seconds)
    print(f"{'ok' if median < SLOW_MEDIAN else 'not ok'} {len(seconds)} answers take {SLOW_MEDIAN * 1000:.0f} ms at the median")
    print(f"# {median * 1000:.1f} ms at the median, {max(seconds) * 1000:.1f} ms at most")


if __name__ == "__main__":
    main()
