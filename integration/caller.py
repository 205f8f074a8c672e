# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls of the plugin as a runtime makes them, many at once, and whether records, bits and kernel agree afterwards."""
import collections
import contextlib
import ipaddress
import itertools
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

import pages

STORE = pathlib.Path("/run/cambric")
ADDRESS_PAGE_BITS = 1 << 15
PORTS = 1 << 16
ADDRESS_TAKEN, POOL_FULL, PORT_TAKEN, ALREADY_ATTACHED, TRY_AGAIN, DRIFT, CONFIG = 103, 102, 104, 108, 11, 106, 7
GROUP, PROTOCOL = "51771", "200"


def network(name, subnets, **more):
    """A configuration of type cambric; subnets: a text each, or a range (a dictionary)."""
    ranges = [[subnet if isinstance(subnet, dict) else {"subnet": subnet}] for subnet in subnets]
    return {"cniVersion": "1.1.0", "name": name, "type": "cambric", "ipam": {"ranges": ranges}, **more}


def publish(config, *ports):
    """The configuration with host ports, "tcp:8080:80"."""
    mappings = [{"protocol": protocol, "hostPort": int(host), "containerPort": int(container)}
                for protocol, host, container in (port.split(":") for port in ports)]
    return {**config, "capabilities": {"portMappings": True}, "runtimeConfig": {"portMappings": mappings}}


class Call:
    """One verb. The process waits for its standard input, so that many can be let go in the same instant."""

    def __init__(self, plugin, verb, container, config, *, ifname="eth0", netns=None, arguments=None):
        environment = {"CNI_COMMAND": verb, "CNI_PATH": os.path.dirname(plugin)}
        if container:
            environment.update(CNI_CONTAINERID=container, CNI_NETNS=netns or f"/run/netns/{container}", CNI_IFNAME=ifname)
        if arguments:
            environment["CNI_ARGS"] = arguments
        self.verb, self.container, self.config = verb, container, config
        self.status, self.output, self.killed, self.said = None, b"", False, b""
        # Files and not pipes for what it says: nobody reads while a hundred of them run
        self.out, self.err = (os.memfd_create(name) for name in ("out", "err"))
        self.process = subprocess.Popen([plugin], env=environment, stdin=subprocess.PIPE, stdout=self.out, stderr=self.err)

    def go(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(self.config).encode())
            self.process.stdin.close()
        return self

    def running(self):
        return self.process.poll() is None

    def kill(self):
        self.killed = True
        self.process.kill()

    def finish(self):
        """Wait for the end; answers are kept in output (bytes) and status."""
        self.status = self.process.wait(timeout=60)
        self.output, self.said = (os.pread(file, 1 << 20, 0) for file in (self.out, self.err))
        os.close(self.out)
        os.close(self.err)
        return self

    def answer(self):
        """The JSON document on standard output, {} when there is none."""
        return json.loads(self.output) if self.output.strip() else {}

    def code(self):
        """0, or the code of the error object; -1 where a failure has none, which nothing excuses."""
        if self.status == 0:
            return 0
        try:
            return self.answer().get("code", -1)
        except ValueError:
            return -1

    def __str__(self):
        return f"{self.verb} {self.container}: exit {self.status}, {self.output[:400]!r} {self.said[:200]!r}"


class Runtime:
    """Verbs of one plugin."""

    def __init__(self, plugin):
        self.plugin = plugin

    def start(self, verb, container, config, **options):
        return Call(self.plugin, verb, container, config, **options)

    def call(self, verb, container, config, **options):
        return self.start(verb, container, config, **options).go().finish()

    def at_once(self, verb, containers, config, **options):
        """The same verb for many containers: all processes are there before the first gets its input."""
        calls = [self.start(verb, container, config(container) if callable(config) else config, **options)
                 for container in containers]
        for call in calls:
            call.go()
        return [call.finish() for call in calls]

    def collect(self, config, keep):
        """GC of everything in this network but the containers in keep."""
        valid = [{"containerID": container, "ifname": "eth0"} for container in keep]
        return self.call("GC", None, {**config, "cni.dev/valid-attachments": valid})


def with_result(config, result):
    return {**config, "prevResult": result}


def addresses(result):
    return [ip["address"].split("/")[0] for ip in result.get("ips", [])]


# --- what there is ---

def run_json(*command):
    said = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return json.loads(said or b"[]")


def records():
    """All records of the store. One that is being replaced is read again."""
    found = []
    for path in sorted(STORE.glob("*/net/*/a/*")):
        with contextlib.suppress(FileNotFoundError):
            found.append(json.loads(path.read_text()))
    return found


def marked_addresses():
    """The addresses whose bit is set, per page."""
    for name, numbers in pages.believed(STORE):
        if name.startswith("host-"):
            first = ipaddress.ip_address(name[len("host-"):].rsplit("_", 1)[0])
            yield first, {str(first + number) for number in numbers}


def marked_ports():
    """(family, protocol) and ports of the first half of each page: published for any address."""
    for name, numbers in pages.believed(STORE):
        kind, family, protocol, *host = name.split("-", 3) if name.startswith("ports-") else ("", "", "", "")
        if kind and not host:
            yield (family, protocol), {number for number in numbers if number < PORTS}


def disagreements_of_bits(known):
    """I1, I2: an address, a port belongs to one record; the bits are exactly what the records say."""
    held = collections.Counter(address["address"] for record in known for address in record["addresses"])
    for address, count in held.items():
        if count > 1:
            yield f"{address} belongs to {count} records"
    for first, marked in marked_addresses():
        page = {address for address in held if ipaddress.ip_address(address).version == first.version and
                0 <= int(ipaddress.ip_address(address)) - int(first) < ADDRESS_PAGE_BITS}
        if marked != page:
            yield f"page of {first}: marked without a record {sorted(marked - page)}, not marked {sorted(page - marked)}"
    ports = collections.defaultdict(list)
    for record in known:
        families = {"ipv6" if ":" in address["address"] else "ipv4" for address in record["addresses"]}
        for (protocol, host, port, _, _), family in itertools.product((text.split() for text in record["ports"]), families):
            if host == "any":
                ports[family, protocol].append(int(port))
    for key, marked in marked_ports():
        if sorted(marked) != sorted(ports.get(key, [])):
            yield f"ports {key}: marked {sorted(marked)}, in records {sorted(ports.get(key, []))}"


def texts_of(element):
    """All words of an element as nft prints it in JSON."""
    if isinstance(element, dict):
        element = list(element.values())
    if isinstance(element, list):
        return [text for part in element for text in texts_of(part)]
    return [str(element)]


def elements():
    """Name of a set of ours: the words of each of its elements."""
    listed = subprocess.run(["nft", "-j", "list", "table", "inet", "cambric"], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, check=False)
    if listed.returncode:
        return {}
    sets = (entry.get("set") or entry.get("map") for entry in json.loads(listed.stdout)["nftables"])
    return {entry["name"]: [texts_of(element) for element in entry.get("elem", [])] for entry in sets if entry}


def host_ends():
    return {link["ifname"] for link in run_json("ip", "-j", "link", "show", "group", GROUP) if link}


def routes():
    """(address, device) of our routes to containers."""
    both = run_json("ip", "-j", "-4", "route", "show", "proto", PROTOCOL) + run_json("ip", "-j", "-6", "route", "show", "proto", PROTOCOL)
    return {(route["dst"], route.get("dev")) for route in both if route.get("type") != "unreachable"}


def disagreements_of_kernel(known):
    """I3: whatever carries our mark belongs to a record."""
    ends = {record["hostInterface"] for record in known}
    held = {address["address"]: record["hostInterface"] for record in known for address in record["addresses"]}
    for end in host_ends() - ends:
        yield f"host end {end} belongs to no record"
    for address, device in routes():
        if held.get(address) != device:
            yield f"route to {address} over {device}: the record says {held.get(address)}"
    for name, listed in elements().items():
        for words in listed:
            if name.startswith(("attached", "hairpin", "owner")) and words[0] not in ends:
                yield f"element {words} of {name} belongs to no record"
            if name.startswith("owner") and words[1] in held and held[words[1]] != words[0]:
                yield f"element {words} of {name}: the record says {held[words[1]]}"
            if name.startswith("dnat") and not set(words) & set(held):
                yield f"element {words} of {name} leads to nobody"


def disagreements():
    """I1 to I3, as texts. Nobody may be at work meanwhile."""
    known = records()
    yield from disagreements_of_bits(known)
    yield from disagreements_of_kernel(known)
    for link in STORE.glob("*/use/*/*"):
        if not link.exists():
            yield f"{link} counts a record that is gone"


# --- verdicts ---

def verdict(name, wrong):
    """One assertion: passed when there is nothing in wrong."""
    wrong = [str(text) for text in wrong]
    print(f"{'not ok' if wrong else 'ok'} {name}")
    for text in wrong[:10]:
        print(f"# {text}")
    if len(wrong) > 10:
        print(f"# ... and {len(wrong) - 10} more")
    sys.stdout.flush()


def failed(calls):
    """Those that did not succeed."""
    return [call for call in calls if call.status != 0]


class Background:
    """A function that is called again and again while the block runs, in a process of its own."""

    def __init__(self, function, pause):
        self.function, self.pause, self.child, self.stopped = function, pause, None, False

    def stop(self, *_):
        self.stopped = True

    def loop(self):
        signal.signal(signal.SIGTERM, self.stop)
        random.seed()
        while not self.stopped:
            self.function()
            time.sleep(self.pause)

    def __enter__(self):
        self.child = os.fork()
        if self.child == 0:
            try:
                self.loop()
                os._exit(0)
            except BaseException as problem:
                print(f"# {self.function.__name__}: {problem}", flush=True)
            finally:
                os._exit(1)
        return self

    def __exit__(self, *_):
        """What it is at is finished; that it failed is no secret."""
        os.kill(self.child, signal.SIGTERM)
        if os.waitpid(self.child, 0)[1] != 0:
            raise RuntimeError(f"{self.function.__name__} failed")
