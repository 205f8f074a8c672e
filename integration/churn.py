#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes on around an attachment does not concern it, and what others break is mended by the next verb.

churn.py PLUGIN CHECKS PAIRS    with containers c0 ... c3 in /run/netns
prints one line per promise: "ok NAME" or "not ok NAME", "# ..." says why. The world is compared by the caller.
"""
import contextlib
import itertools
import random
import subprocess
import sys
import time

import caller

PLUGIN, CHECKS, PAIRS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
RUNTIME = caller.Runtime(PLUGIN)
CONFIG = caller.network("net", ["10.77.0.0/16", "fd00:77::/64"])
FOREIGN = """
table inet foreign {
    set numbers { type ipv4_addr; elements = { 198.51.100.1, 198.51.100.2 }; }
    chain forward { type filter hook forward priority 10; policy accept; ip saddr @numbers counter packets 0 bytes 0; }
}
"""


def quietly(*command, given=None):
    subprocess.run(command, input=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def must(*command, given=None):
    subprocess.run(command, input=given, stdout=subprocess.DEVNULL, check=True)


# --- what others do meanwhile ---

def churn_links():
    """A veth comes and goes, on the host and with an address and a route: lists change while they are read."""
    name = f"other{random.randrange(4)}"
    quietly("ip", "-batch", "-", given=f"link add {name} type veth peer name {name}p\naddr add 198.51.100.9/24 dev {name}\n"
            f"link set {name} up\nlink del {name}\n".encode())


def churn_foreign_tables():
    quietly("nft", "-f", "-", given=b"table inet foreign_churn\ndelete table inet foreign_churn\n"
            b"table inet foreign_churn { set s { type ipv4_addr; elements = { 192.0.2.7 }; }\nchain c { ip saddr @s accept; }; }")


def churn_attachments():
    """ADD, CHECK and DEL of others of the same network."""
    container = random.choice(["c2", "c3"])
    RUNTIME.call("ADD", container, CONFIG)
    RUNTIME.call("DEL", container, CONFIG)


def flush_ruleset():
    """All but the foreign table, which is there again in the same transaction."""
    must("nft", "-f", "-", given=b"flush ruleset\n" + FOREIGN.encode())


def stop_forwarding():
    must("sysctl", "-qw", "net.ipv4.ip_forward=0")
    time.sleep(0.07)
    must("sysctl", "-qw", "net.ipv6.conf.all.forwarding=0")


def forget_connections():
    quietly("conntrack", "-F")


@contextlib.contextmanager
def meanwhile(*functions):
    """All of them at the same time, each with a pause of its own."""
    with contextlib.ExitStack() as stack:
        for function, pause in functions:
            stack.enter_context(caller.Background(function, pause))
        yield


# --- what is promised ---

def no_false_alarm():
    """CHECK directly after ADD, the specification says, must not fail; nor does one that comes later."""
    wrong = []
    with meanwhile((churn_links, 0), (churn_foreign_tables, 0.002), (churn_attachments, 0)):
        for i in range(CHECKS // 2):
            container = f"c{i % 2}"
            config = caller.publish(CONFIG, f"udp:{5000 + i % 2}:53")
            added = RUNTIME.call("ADD", container, config)
            later = caller.with_result(config, added.answer())
            calls = [added] + [RUNTIME.call(verb, container, later) for verb in ("CHECK", "CHECK", "DEL")]
            wrong += caller.failed(calls)
    caller.verdict(f"{CHECKS // 2 * 2} CHECKs directly after ADD, while links, tables and attachments come and go: no false alarm", wrong)
    quietly("nft", "delete", "table", "inet", "foreign_churn")


def foreign_table():
    return subprocess.run(["nft", "-s", "list", "table", "inet", "foreign"], stdout=subprocess.PIPE, check=False).stdout


def interference():
    """Others flush, switch off and load while ADD and DEL run."""
    must("nft", "-f", "-", given=FOREIGN.encode())
    before, wrong = foreign_table(), []
    config = caller.publish(CONFIG, "tcp:8080:80")
    added = RUNTIME.call("ADD", "c0", config)
    other = caller.publish(CONFIG, "udp:5353:53")
    with meanwhile((flush_ruleset, 0.2), (stop_forwarding, 0.1), (churn_foreign_tables, 0.05), (forget_connections, 0.03),
                   (churn_links, 0.02)):
        for _ in range(PAIRS):
            wrong += caller.failed([RUNTIME.call(verb, "c1", other) for verb in ("ADD", "DEL")])
    caller.verdict(f"{PAIRS} ADDs and DELs while the ruleset is flushed, forwarding turned off, connections are forgotten", wrong)
    quietly("nft", "delete", "table", "inet", "foreign_churn")
    caller.verdict("a foreign table is as it was", [] if before and foreign_table() == before else [foreign_table()])
    # One ADD heals what all of them have lost
    flush_ruleset()
    stop_forwarding()
    second = RUNTIME.call("ADD", "c1", other)
    caller.verdict("the next ADD", caller.failed([second]))
    caller.verdict("heals the others, too",
                   caller.failed([RUNTIME.call("CHECK", "c0", caller.with_result(config, added.answer())),
                                  RUNTIME.call("CHECK", "c1", caller.with_result(other, second.answer()))]))
    flush_ruleset()
    noticed = RUNTIME.call("CHECK", "c0", caller.with_result(config, added.answer()))
    must(PLUGIN, "reload")
    healed = RUNTIME.call("CHECK", "c0", caller.with_result(config, added.answer()))
    caller.verdict("CHECK notices a flush, cambric reload heals it", [noticed] * (noticed.code() != caller.DRIFT) + caller.failed([healed]))
    flush_ruleset()
    caller.verdict("DELs after a flush", caller.failed([RUNTIME.call("DEL", "c1", other), RUNTIME.call("DEL", "c0", config)]))
    caller.verdict("records, bits and kernel agree", itertools.chain(caller.disagreements(), caller.records()))
    caller.verdict("the foreign table is there still", [] if foreign_table() == before else [foreign_table()])
    quietly("nft", "delete", "table", "inet", "foreign")


if __name__ == "__main__":
    no_false_alarm()
    interference()
