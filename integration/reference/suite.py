#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Run the rows of a table against the plugins in BIN and judge what can be observed.

suite.py TABLE...       the rows of table_TABLE.py: "ok NAME" or "not ok NAME", lines after it say why (lib.sh sets
                        SIDE, BIN and REFERENCE); ONLY=TEXT picks the rows whose name has TEXT in it
suite.py differences    every key of differs() stands in docs/differences.md, and the other way round

A row is a name (its scenario in the contract), the plugins of a network (one, or those of a chain), the versions of the
specification it runs for, and steps: calls of verbs with their expected outcome, and facts that must be seen between
them. What the reference does and what ours does is the same unless a differs() says why not.
"""
import dataclasses
import importlib
import json
import os
import pathlib
import re
import subprocess
import sys

import facts

EVERY = ["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"]
LISTS = EVERY[2:]    # those with interfaces, several addresses and chains
CHECKED = EVERY[4:]  # those with CHECK
SHAPES = ["0.2.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"]
LAST = ["1.0.0"]
NEWEST = ["1.1.0"]
KNOWS_NEWEST = (1, 5)  # the first release of the reference that speaks 1.1.0
MAKERS = {"bridge", "ptp", "tap", "dummy", "host-device", "macvlan", "ipvlan", "vlan"}  # those that bring an interface
DIFFERENCES = "docs/differences.md"
PLACEHOLDER = re.compile(r"<(\w+)>")


# --- words of the tables ---

@dataclasses.dataclass
class Row:
    name: str
    plugins: object
    steps: list
    versions: list = dataclasses.field(default_factory=lambda: LAST)
    since: str = ""


@dataclasses.dataclass
class Differs:
    """A deliberate difference: two expectations, or two lists of steps, under a key of docs/differences.md."""
    key: str
    reference: object
    ours: object


@dataclasses.dataclass
class Error:
    """An error object: its code on either side (None: any but 999) and what msg and details say."""
    text: object
    reference: int
    ours: object


@dataclasses.dataclass
class Call:
    """One verb for a container, for every plugin of the chain; prev replaces the prevResult that a runtime would give."""
    verb: str
    container: str = "c1"
    ifname: str = "eth0"
    plugins: object = None
    fails: object = None
    result: dict = dataclasses.field(default_factory=dict)
    args: str = ""
    netns: object = None
    prev: object = "cached"


@dataclasses.dataclass
class Raw:
    """One process with exactly these variables and this text, or file, on standard input."""
    kind: str
    environment: dict
    stdin: object = ""
    fails: object = None
    stdout: object = ""
    stderr: object = None
    reads: object = None


@dataclasses.dataclass
class See:
    """A fact (a method of facts.Facts and its words) and its value."""
    fact: str
    value: object = True


@dataclasses.dataclass
class Run:
    """A command of the test itself; it must succeed."""
    command: str


PANIC = "panic"  # an end without an error object, as an expectation of the reference
used_keys = set()


def differs(key, reference, ours):
    used_keys.add(key)
    return Differs(key, reference, ours)


def error(text, ours=None, reference=999):
    """The reference has 999 for everything but its protocol; cambric has codes (key "codes")."""
    if ours != reference:
        used_keys.add("codes")
    return Error(text, reference, ours)


def add(container="c1", **options):
    return Call("ADD", container, **options)


def check(container="c1", **options):
    return Call("CHECK", container, **options)


def delete(container="c1", **options):
    return Call("DEL", container, **options)


def status(**options):
    return Call("STATUS", **options)


def collect(attachments, plugin, **options):
    """GC of a network; attachments: (container, interface) that are still valid, or None for null."""
    valid = attachments and [{"containerID": container, "ifname": ifname} for container, ifname in attachments]
    return Call("GC", plugins={**plugin, "cni.dev/valid-attachments": valid}, **options)


def matches(got, wanted):
    """Patterns search, lists compare item by item, dictionaries name a part, functions judge; others are equal."""
    if isinstance(wanted, re.Pattern):
        return wanted.search(str(got)) is not None
    if callable(wanted):
        return wanted(got)
    if isinstance(wanted, list) and isinstance(got, list):
        return len(got) == len(wanted) and all(map(matches, got, wanted))
    if isinstance(wanted, dict) and isinstance(got, dict):
        return all(matches(got.get(key), value) for key, value in wanted.items())
    return got == wanted


def shown(wanted):
    return wanted.pattern if isinstance(wanted, re.Pattern) else wanted


# --- results of all versions, in one form ---

def normal(result):
    """What a result says, whatever its version: addresses, gateways, routes ("dst via gw"), interfaces ("name @sandbox")."""
    ips = result.get("ips") or [{"address": old["ip"], "gateway": old.get("gateway")}
                                for old in (result.get("ip4"), result.get("ip6")) if old]
    routes = result.get("routes") or [route for old in (result.get("ip4"), result.get("ip6")) if old
                                      for route in old.get("routes") or []]
    return {
        "addresses": [ip["address"] for ip in ips],
        "gateways": [ip["gateway"] for ip in ips if ip.get("gateway")],
        "routes": [" via ".join(filter(None, (route["dst"], route.get("gw")))) for route in routes],
        "on": [ip.get("interface") for ip in ips],
        "dns": result.get("dns") or {},
        "interfaces": [link["name"] + (" @" + os.path.basename(link["sandbox"]) if link.get("sandbox") else "")
                       for link in result.get("interfaces") or []],
        "macs": [link.get("mac") for link in result.get("interfaces") or []],
        "whole": result,
    }


def misshapen(result, version):
    """What in a result does not belong to its version."""
    if result.get("cniVersion") != version:
        yield f"cniVersion is {result.get('cniVersion')!r}"
    if version < "0.3":
        if unknown := set(result) - {"cniVersion", "ip4", "ip6", "dns"}:
            yield f"{unknown} in a result of {version}"
        return
    for ip in result.get("ips", []):
        family = "6" if ":" in ip["address"] else "4"
        if ip.get("version") != (None if version >= "1.0" else family):
            yield f"ips[].version is {ip.get('version')!r} in a result of {version}"


# --- the driver ---

class Unexpected(Exception):
    """The row cannot go on, or what it saw is not what it says."""


class Host:
    """The host of integration/lib.sh with the plugins of one side."""

    def __init__(self):
        self.side, self.bin = os.environ["SIDE"], os.environ["BIN"]
        self.release = tuple(map(int, re.findall(r"\d+", os.environ["REFERENCE"])[:2]))
        self.facts = facts.Facts()
        self.version, self.plugins, self.results, self.last = "", {}, {}, {}

    # expectations

    def resolve(self, value):
        """The expectation of this side with its placeholders filled in."""
        if isinstance(value, Differs):
            return self.resolve(value.ours if self.side == "ours" else value.reference)
        if isinstance(value, str):
            return PLACEHOLDER.sub(lambda match: str(self.named(match[1], match[0])), value)
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if isinstance(value, dict):
            return {key: self.resolve(item) for key, item in value.items()}
        return value

    def named(self, name, otherwise):
        """<port>: host end of the last result; <mac>, <ip4>, <ip6>: of its container; <netns>, <bin>."""
        flat = normal(self.last)
        links = self.last.get("interfaces", [])
        ends = [link["name"] for link in links if not link.get("sandbox") and re.match("veth|cb", link["name"])]
        inner = [link["mac"] for link in links if link.get("sandbox")]
        bare = [address.split("/")[0] for address in flat["addresses"]]
        values = {"port": ends, "mac": inner, "ip4": [ip for ip in bare if "." in ip],
                  "ip6": [ip for ip in bare if ":" in ip],
                  "bin": [self.bin], "version": [self.version]}
        return values[name][0] if values.get(name) else otherwise

    def expect(self, what, got, wanted):
        wanted = self.resolve(wanted)
        if not matches(got, wanted):
            raise Unexpected(f"{what}\n  is     {got!r}\n  wanted {shown(wanted)!r}")

    # steps

    def spawn(self, kind, environment, stdin):
        path = os.path.join(self.bin, kind)
        if not os.path.exists(path):
            raise Unexpected(f"there is no {path}")
        how = {"stdin": stdin} if isinstance(stdin, int) else {"input": stdin.encode()}
        return subprocess.run([path], env={"PATH": os.environ["PATH"], **environment}, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60, check=False, **how)

    def judge(self, what, process, fails):
        """Success is what was expected, or the error object is: the only document on standard output."""
        said = process.stdout.decode()
        fails = self.resolve(fails)
        if not fails:
            if process.returncode:
                raise Unexpected(f"{what}: exit {process.returncode}, {said} {process.stderr.decode()[-300:]}")
            return
        if fails == PANIC:
            self.expect(f"{what}: exit status and standard output of a panic", [process.returncode, said], [2, ""])
            return
        if process.returncode == 0:
            raise Unexpected(f"{what} succeeded: {said}")
        try:
            answer = json.loads(said)
        except ValueError:
            answer = {}
        if not isinstance(answer.get("code"), int) or not answer.get("msg"):
            raise Unexpected(f"{what}: exit {process.returncode} without an error object: {said!r} {process.stderr.decode()[:200]!r}")
        if self.side == "ours" and not answer.get("cniVersion"):
            raise Unexpected(f"{what}: an error object without cniVersion")
        text = f"{answer['msg']}; {answer.get('details', '')}"
        wanted = fails.text if isinstance(fails.text, re.Pattern) else re.compile(re.escape(self.resolve(fails.text)))
        self.expect(f"{what}: error", text, wanted)
        code = fails.ours if self.side == "ours" else fails.reference
        self.expect(f"{what}: code of {text!r}", answer["code"], code if code is not None else lambda got: got != 999)

    def call(self, step):
        """One verb of the whole chain, as libcni does it."""
        plugins = self.resolve(step.plugins or self.plugins)
        chain = plugins if isinstance(plugins, list) else [plugins]
        key = (step.container, step.ifname, chain[0].get("name"))
        if step.netns is None:
            self.facts.make_container(step.container)
        previous = self.results.get(key) if step.prev == "cached" and step.verb in ("CHECK", "DEL") else None
        if step.prev != "cached":
            previous = self.resolve(step.prev)
        if self.version < "0.4" and step.verb == "DEL":
            previous = None
        for number, plugin in reversed([*enumerate(chain)]) if step.verb == "DEL" else enumerate(chain):
            config = {"cniVersion": self.version, "name": "net", **plugin}
            if previous:
                config["prevResult"] = previous
            what = f"{step.verb} {plugin['type']} {step.container}"
            last = number == (0 if step.verb == "DEL" else len(chain) - 1)
            process = self.spawn(plugin["type"], self.environment(step), json.dumps(config))
            failing = self.resolve(step.fails)
            self.judge(what, process, failing if failing and (last or process.returncode) else None)
            if process.returncode:
                return
            if step.verb == "ADD":
                previous = self.one_document(what, process)
                for complaint in misshapen(previous, config["cniVersion"] or "0.1.0"):
                    raise Unexpected(f"{what}: {complaint}")
            else:
                self.expect(f"{what}: standard output", process.stdout, b"")
        if step.verb == "ADD":
            self.results[key] = self.last = previous
            said = normal(previous)
            for part, wanted in step.result.items():
                self.expect(f"ADD: {part} of the result", said[part], wanted)
        if chain[0]["type"] in MAKERS and step.netns is None:
            self.look_inside(step)

    def look_inside(self, step):
        """Whatever else a row asks for: after ADD the interface has the addresses of the result, after DEL it is gone."""
        if step.verb in ("ADD", "DEL"):
            self.expect(f"{step.verb}: the interface", self.facts.link(step.container, step.ifname, "ifname"),
                        step.ifname if step.verb == "ADD" else None)
        if step.verb == "ADD":
            self.expect("ADD: addresses of the interface", self.facts.addresses(step.container, step.ifname),
                        sorted(normal(self.last)["addresses"]))

    def environment(self, step):
        environment = {"CNI_COMMAND": step.verb, "CNI_PATH": self.bin}
        if step.verb not in ("GC", "STATUS"):
            netns = f"/run/netns/{step.container}" if step.netns is None else self.resolve(step.netns)
            environment.update(CNI_CONTAINERID=step.container, CNI_IFNAME=step.ifname, CNI_NETNS=netns)
        if step.args:
            environment["CNI_ARGS"] = self.resolve(step.args)
        return environment

    @staticmethod
    def one_document(what, process):
        try:
            return json.loads(process.stdout)
        except ValueError:
            raise Unexpected(f"{what}: standard output is not one document: {process.stdout.decode()!r}") from None

    def raw(self, step):
        what = f"{step.environment.get('CNI_COMMAND')} {step.kind}"
        if isinstance(step.stdin, pathlib.Path):
            file = os.open(step.stdin, os.O_RDONLY)
            process = self.spawn(step.kind, self.resolve(step.environment), file)
            if step.reads is not None:
                self.expect(f"{what}: bytes read", os.lseek(file, 0, os.SEEK_CUR), step.reads)
            os.close(file)
        else:
            stdin = step.stdin if isinstance(step.stdin,
                                             str) else json.dumps({"cniVersion": self.version,
                                                                   **self.resolve(step.stdin)})
            process = self.spawn(step.kind, self.resolve(step.environment), stdin)
        self.judge(what, process, step.fails)
        if not self.resolve(step.fails):
            self.expect(f"{what}: standard output", process.stdout.decode(), step.stdout)
        if step.stderr is not None:
            self.expect(f"{what}: standard error", process.stderr.decode(), step.stderr)

    def see(self, step):
        name, *words = self.resolve(step.fact).split(" ")
        self.expect(step.fact, getattr(self.facts, name)(*words), step.value)

    def run(self, step):
        done = subprocess.run(["sh", "-ec", self.resolve(step.command)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            raise Unexpected(f"{step.command}: exit {done.returncode} {done.stdout.decode()}")

    def do(self, steps):
        """Strings are shell commands, pairs are facts."""
        for step in steps:
            if isinstance(step, Differs):
                self.do(step.ours if self.side == "ours" else step.reference)
            elif isinstance(step, list):
                self.do(step)
            elif isinstance(step, str):
                self.run(Run(step))
            elif isinstance(step, tuple):
                self.see(See(*step))
            else:
                {Call: self.call, Raw: self.raw}[type(step)](step)

    # rows

    def speaks(self, row, version):
        """Whether the plugins of this side are new enough for a row."""
        needed = max(tuple(map(int, row.since.split("."))) if row.since else (0, 0), KNOWS_NEWEST
                     if version == "1.1.0" else (0, 0))
        return self.side == "ours" or self.release >= needed

    def try_row(self, row, version):
        self.version, self.plugins, self.results, self.last = version, row.plugins, {}, {}
        self.facts.reset()
        try:
            self.do(row.steps)
        except Unexpected as problem:
            return str(problem)
        except Exception as problem:  # pylint: disable=broad-except  # a row that breaks is a row that failed
            return f"{type(problem).__name__}: {problem}"
        return ""


def run_table(table):
    host = Host()
    done = waiting = 0
    for row in importlib.import_module(f"table_{table}").ROWS:
        if os.environ.get("ONLY", "") not in row.name:
            continue
        for version in row.versions:
            if not host.speaks(row, version):
                waiting += 1
                continue
            done += 1
            problem = host.try_row(row, version)
            print(f"{'not ok' if problem else 'ok'} {row.name} [{version}]\n{problem}".strip(), flush=True)
    host.facts.reset()
    later = "" if host.side == "ours" else f", {waiting} need a later reference than {os.environ['REFERENCE']}"
    print(f"{'ok' if done else 'not ok'} {table}: {done} rows were run on {host.side}{later}")


def check_differences():
    for table in sorted(pathlib.Path(__file__).parent.glob("table_*.py")):
        importlib.import_module(table.stem)
    written = re.findall(r"^\| `([a-z0-9-]+)` \|", pathlib.Path(DIFFERENCES).read_text(encoding="utf-8"), re.MULTILINE)
    for name, wrong in (("every difference of a row is explained", used_keys - set(written)),
                        ("every difference that is explained is asserted by a row", set(written) - used_keys),
                        ("no key stands there twice", {key for key in written if written.count(key) > 1})):
        print(f"{'not ok' if wrong else 'ok'} {DIFFERENCES}: {name}\n{' '.join(sorted(wrong))}".strip())


if __name__ == "__main__":
    # The tables import this module by its name: there must be one set of keys
    import suite
    for word in sys.argv[1:]:
        suite.check_differences() if word == "differences" else suite.run_table(word)
