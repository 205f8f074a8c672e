#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Attachments come and go by the thousand: every count is at its old value again, and the last is as quick as the first.

soak.py PLUGIN PAIRS    with containers c0 ... c16 in /run/netns, sixteen of them attached at any time
prints one line per promise: "ok NAME" or "not ok NAME", "# ..." says why. The world is compared by the caller.
"""
import collections
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import caller  # noqa: E402  one folder up

PLUGIN, PAIRS = sys.argv[1], int(sys.argv[2])
RUNTIME = caller.Runtime(PLUGIN)
LIVE, SAMPLE, SLOWER = 16, 100, 1.3
CONFIG = caller.network("net", ["10.77.0.0/24", "fd00:77::/64"], ipMasqExclude=["198.51.100.0/24"])


def config_of(index):
    return caller.publish(CONFIG, f"tcp:{10000 + index % (LIVE + 1)}:80", f"udp:{10000 + index % (LIVE + 1)}:53")


def timed(verb, index):
    """Milliseconds of a call; what it costs to start the process here is in it."""
    start = time.monotonic()
    call = RUNTIME.call(verb, f"c{index % (LIVE + 1)}", config_of(index))
    return (time.monotonic() - start) * 1000, call


def counts():
    """What must not grow: all of these are the same whenever as many are attached."""
    store = [path for path in caller.STORE.rglob("*") if not path.name.startswith("cursor-")]
    return {
        "links": len(caller.run_json("ip", "-j", "link")),
        "routes": len(caller.routes()),
        "rules": len(caller.run_json("ip", "-j", "rule")) + len(caller.run_json("ip", "-j", "-6", "rule")),
        "neighbours": len(caller.run_json("ip", "-j", "neigh", "show", "nud", "permanent")),
        "elements": sum(len(listed) for listed in caller.elements().values()),
        "files": len(store),
        "bytes": sum(path.lstat().st_size for path in store if path.is_file() and "/bits/" in str(path)),
        "mounts": len(pathlib.Path("/proc/self/mountinfo").read_text().splitlines()),
    }


def main():
    times, wrong, seen = collections.defaultdict(list), [], []
    for index in range(PAIRS + LIVE):
        for verb, who in (("ADD", index), ("DEL", index - LIVE)):
            if who >= 0:
                took, call = timed(verb, who)
                times[verb].append(took)
                wrong += caller.failed([call])
        if index >= LIVE and (index - LIVE) % SAMPLE == 0:
            seen.append(counts())
    caller.verdict(f"{PAIRS} ADDs and DELs, {LIVE} attached at any time", wrong)
    print(f"# {seen[0]}, open files of the machine: {pathlib.Path('/proc/sys/fs/file-nr').read_text().split()[0]}")
    for name in seen[0]:
        values = [sample[name] for sample in seen]
        caller.verdict(f"{len(seen)} times the same number of {name}", [values] if len(set(values)) > 1 else [])
    caller.verdict("records, bits and kernel agree", caller.disagreements())
    for verb, series in times.items():
        first, last = statistics.median(series[LIVE:LIVE + 100]), statistics.median(series[-100:])
        print(f"# {verb}: median of the first 100 {first:.1f} ms, of the last {last:.1f} ms")
        # Others may have had the machine during one of the two: said, and judged only where it is far beyond noise
        caller.verdict(f"the last {verb}s are as quick as the first", [] if last < 3 * SLOWER * first else [f"{last / first:.1f} times"])
    wrong = [timed("DEL", index)[1] for index in range(PAIRS, PAIRS + LIVE)]
    caller.verdict("DEL of the rest", caller.failed(wrong))
    caller.verdict("nothing is left", list(caller.disagreements()) + caller.records())


if __name__ == "__main__":
    main()
