# SPDX-License-Identifier: GPL-2.0-or-later
"""What all sweeps share: verbs called as a runtime does, system calls to aim at, the world, and what must hold of it.

A sweep goes over points (a system call, an allocation, an amount of space), and at each one something goes wrong in one
verb. See SETUPS for the hosts on which it does, and the functions judge_* for what must hold afterwards.
"""
import collections
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import pages  # noqa: E402

PLUGIN, SCRATCH = sys.argv[1], sys.argv[2]
# Every EVERY-th point only, from the FIRST-th on: a sample, or a share of all that several hosts work on
EVERY, FIRST = int(sys.argv[3]), int(sys.argv[4])
# What kind of networks: plain ones, those with "features" (all of them, or those that are named), or with an "overlay"
NETWORKS = "".join(sys.argv[5:6])
WITH_FEATURES = NETWORKS == "features"
NAMED = sys.argv[6:]
STORE = pathlib.Path("/run/cambric")
PORTS = [{"hostPort": 8080, "containerPort": 80, "protocol": "udp"}, {"hostPort": 8443, "containerPort": 443, "protocol": "tcp"}]
TIMEOUT = 60
ALREADY_ATTACHED = 108

# What surrounds the attachment "victim": @ports of its own, a @neighbour in the same network, a @cold host without table,
# store and forwarding; @members are added to the configuration. @kind, where it is a chained one, has the verbs: the victim is
# attached by @maker before
Setup = collections.namedtuple("Setup", "name ports neighbour cold members kind maker", defaults=({}, "cambric", ""))
SETUPS = {
    "alone": Setup("alone", False, False, False),
    "ports": Setup("with ports", True, False, False),
    "neighbour": Setup("with ports, beside a neighbour", True, True, False),
    "cold": Setup("with ports, on a cold host", True, False, True),
}
BANDWIDTH = {"ingressRate": 8000000, "ingressBurst": 400000, "egressRate": 8000000, "egressBurst": 400000}
# A header in both families, and a rule of the routing policy
MARKS = [{"ttl": 100}, {"direction": "in", "protocol": "udp", "dscp": "cs1"},
         {"protocol": "tcp", "destinationPorts": [443], "fwmark": "0x10/0xf0", "table": 100}]
SETTINGS = {"sysctl": {"net.ipv4.conf.IFNAME.arp_filter": "1"}, "promisc": True, "txQLen": 500, "sourceRouting": True}
RULES = [{"direction": "in", "action": "reject", "protocol": "tcp", "source": ["192.0.2.0/24", "198.51.100.0/24"], "counter": True},
         {"direction": "out", "action": "drop", "protocol": "udp", "destinationPorts": [53, 123]}]
POOL = {"pool": ["198.51.100.20-198.51.100.27", "2001:db8:5::20/124"], "ports": "20000-29999"}
STATIC = {"nat": {"static": [{"public": "192.0.2.10"}, {"public": "2001:db8:1::10"}]}}
# host-local's files of a reference kind, beside one of the reference's
RESERVED = pathlib.Path("/run/scratch/reserved")
RANGES = [[{"subnet": "10.77.0.0/16"}], [{"subnet": "fd00:77::/64"}]]
REFERENCE = {"type": "bridge", "isGateway": True, "ipam": {"type": "host-local", "dataDir": str(RESERVED), "ranges": RANGES}}
BRIDGE = {"mode": "bridge", "macspoofchk": True, "hairpinMode": True}
# What each feature adds to the world is made, shared and taken away by other rows of the table
FEATURES = {
    "bandwidth": Setup("with bandwidth", False, False, False, BANDWIDTH),
    "marks": Setup("with marks", False, False, False, {"mark": MARKS}),
    "shared marks": Setup("with marks, beside a neighbour", False, True, False, {"mark": MARKS}),
    "settings": Setup("with settings", False, False, False, SETTINGS),
    "firewall": Setup("with a firewall", True, False, False, {"firewall": {"ingress": "published", "rules": RULES}}),
    "nat": Setup("with a pool and static addresses", True, False, False, {"nat": POOL, "runtimeConfig": STATIC}),
    "nat by address": Setup("with public addresses on the uplink", False, False, False,
                            {"nat": {"announce": "address", **POOL}, "runtimeConfig": STATIC}),
    "bridge": Setup("on a bridge", True, False, False, BRIDGE),
    "bridge of others": Setup("on a bridge of somebody else", False, False, False, {"mode": "bridge", "bridge": "br0"}),
    "reservations": Setup("with host-local's files", False, False, False, REFERENCE),
    "tap": Setup("with a tap", False, False, False, {"mode": "tap"}),
    "macvlan": Setup("as macvlan", False, False, False, {"master": "uplink"}, "macvlan"),
    "host-device": Setup("as host-device", False, False, False, {"device": "lent"}, "host-device"),
    "plain-tap": Setup("as tap", False, False, False, {"owner": 61000}, "tap"),
    "everything": Setup("with everything, on a bridge", True, True, False, {
        **BRIDGE, **BANDWIDTH, **SETTINGS, "mark": MARKS, "firewall": {"ingress": "isolated", "rules": RULES}, "nat": POOL,
        "runtimeConfig": STATIC}),
}
SETUPS["everything"] = FEATURES["everything"]
# Other hosts, of which none needs to be there: at first, and when one has left, one has come, and the tunnel is another
OVERLAY = {"kind": "vxlan", "network": ["10.76.0.0/14", "fd00::/16"], "peers": [
    {"host": "192.0.2.2", "subnets": ["10.78.0.0/16", "fd00:78::/64"]}, {"host": "192.0.2.3", "subnets": ["10.79.0.0/24"]}]}
MOVED = {"kind": "vxlan", "network": ["10.72.0.0/13", "fd00::/16"], "port": 4790, "mtu": 1400, "peers": [
    {"host": "192.0.2.2", "subnets": ["10.78.0.0/17", "fd00:78::/64"]}, {"host": "192.0.2.4", "subnets": ["10.79.0.0/24", "10.72.0.0/24"]}]}
SETUPS["overlay"] = Setup("with an overlay", False, False, False, {"overlay": OVERLAY})
SETUPS["shared overlay"] = Setup("with an overlay, beside a neighbour", False, True, False, {"overlay": OVERLAY})
# What is called as a person does, and not as a runtime: the words, after which the world is another one for as long as it says
COMMANDS = {"SYNC": ["sync", "/dev/stdin"], "MOVE": ["sync", "/dev/stdin"], "LEAVE": ["leave", "net"]}
TUNED = {"mac": "02:aa:00:00:00:01", "mtu": 1400, "promisc": True, "allmulti": True, "txQLen": 333,
         "sysctl": {"net.ipv4.conf.IFNAME.arp_filter": "1"}}
CHAINED = {
    "tuning": TUNED,
    "bandwidth": BANDWIDTH,
    "firewall": {"ingressPolicy": "isolated"},
    "sbr": {"addSourceHints": True},
    "portmap": {"runtimeConfig": {"portMappings": PORTS}},
}
FEATURES.update({kind: Setup(f"{kind} behind a bridge", False, False, False, members, kind, "bridge")
                 for kind, members in CHAINED.items()})
FEATURES["same-bridge"] = Setup("firewall of a routed network, beside a neighbour", False, True, False,
                                {"ingressPolicy": "same-bridge"}, "firewall", "routed")
FEATURES["tuned-veth"] = Setup("tuning of a routed container", False, False, False, TUNED, "tuning", "routed")
# Those under the names of reference plugins: kinds with rows of their own
KINDS = [name for name, setup in FEATURES.items() if setup.kind != "cambric" or setup.members == REFERENCE]
FEATURES = {name: setup for name, setup in FEATURES.items() if not NAMED or name in NAMED or (name in KINDS and NAMED == ["kinds"])}
SETUPS.update(FEATURES)
Outcome = collections.namedtuple("Outcome", "status output errors")
# A system call of a traced run: its name, how many-th of that name, and the line of the trace
Point = collections.namedtuple("Point", "name count line")


def scenarios(plain, of_features, of_overlays):
    """What errors.py and memory.py go through."""
    if WITH_FEATURES:
        return [scenario._replace(setup=name) for name in FEATURES for scenario in of_features]
    return of_overlays if NETWORKS == "overlay" else plain


# What the makers of chained setups have said, by container
made = {}


def maker_of(setup):
    """The setup that makes the interface of a chained one."""
    members = BRIDGE if setup.maker == "bridge" else {}
    return setup._replace(members=members, kind="cambric", maker="")


def chained_config(verb, setup, container, result):
    """The configuration of one call of a chained kind."""
    document = {"cniVersion": "1.1.0", "name": "net", "type": setup.kind, **setup.members}
    if verb == "GC":
        document["cni.dev/valid-attachments"] = [{"containerID": "neighbour", "ifname": "eth0"}] if setup.neighbour else []
    elif verb != "STATUS":
        document["prevResult"] = json.loads(result or made[container])
    return json.dumps(document).encode()


def config(verb, setup, result=None, container="victim"):
    """The configuration of one call."""
    if setup.maker:
        return chained_config(verb, setup, container, result)
    document = {
        "cniVersion": "1.1.0",
        "name": "net",
        "type": setup.kind,
        "ipam": {"ranges": RANGES},
        **setup.members,
    }
    if setup.ports:
        document["runtimeConfig"] = {**document.get("runtimeConfig", {}), "portMappings": PORTS}
    if verb == "GC":
        claimed = [{"containerID": "neighbour", "ifname": "eth0"}] if setup.neighbour else []
        document["cni.dev/valid-attachments"] = claimed
    if verb == "CHECK":
        document["prevResult"] = json.loads(result)
    if verb == "MOVE":
        document["overlay"] = MOVED
    return json.dumps(document).encode()


def variables(verb, container="victim", netns="/run/netns/one", **settings):
    """The environment of one call."""
    if verb in COMMANDS:
        return settings
    environment = {"CNI_COMMAND": verb, "CNI_PATH": os.path.dirname(PLUGIN), **settings}
    if verb not in ("GC", "STATUS"):
        environment.update(CNI_CONTAINERID=container, CNI_NETNS=netns, CNI_IFNAME="eth0")
    return environment


def program(setup):
    """The plugin, under the name of the kind that @setup is of."""
    kind = setup.members.get("type", setup.kind)
    if kind == "cambric":
        return PLUGIN
    link = pathlib.Path(SCRATCH, "kinds", kind)
    link.parent.mkdir(exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(os.path.realpath(PLUGIN))
    return str(link)


def call(verb, setup, result=None, wrapper=(), **settings):
    """One verb, run to its end; one that hangs is killed and has status None."""
    words = ["overlay", *COMMANDS[verb]] if verb in COMMANDS else []
    process = subprocess.Popen([*wrapper, program(setup), *words], env=variables(verb, **settings), stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    document = config(verb, setup, result, settings.get("container", "victim"))
    try:
        output, errors = process.communicate(document, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return Outcome(None, "", "")
    # strace ends as its tracee did
    return Outcome(process.returncode, output.decode(errors="replace"), errors.decode(errors="replace"))


# --- the world ---

def lines_of(path, keep):
    with contextlib.suppress(FileNotFoundError):
        return [f"{path} {line}" for line in map(keep, pathlib.Path(path).read_text(encoding="ascii").splitlines()) if line]
    return []


def routes_ipv6(line):
    """Without metric, references, uses and flags: they count lookups. Nothing for what marks the end of a table."""
    fields = line.split()
    if fields[5] == "ffffffff":
        return ""
    return f"{fields[0]}/{fields[1]} via {fields[4]} dev {fields[9]}"


def network_of(directory):
    """Interfaces and routes of the namespace whose /proc/.../net this is."""
    seen = lines_of(f"{directory}/dev", lambda line: line.split(":")[0].strip() if ":" in line else "")
    seen += lines_of(f"{directory}/route", lambda line: " ".join(line.split()))
    return seen + lines_of(f"{directory}/ipv6_route", routes_ipv6)


def features():
    """What only features make: addresses, routes of all tables, rules, proxy entries, queueing disciplines."""
    seen = []
    for where in ([], ["-n", "one"]):
        for family in ("-4", "-6"):
            for what in ("addr show", "route show table all", "rule show", "neigh show proxy"):
                text = subprocess.run(["ip", *where, "-o", family, *what.split()], stdout=subprocess.PIPE, check=True).stdout
                seen += [re.sub(r" +valid_lft.*|^\d+: ", "", line) for line in text.decode().splitlines()]
    return seen + subprocess.run(["tc", "qdisc"], stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()


def tuned():
    """What tuning changes of an interface that stays: its properties, neighbours at both ends, and who knows its MAC."""
    seen = [f"{path} tuned {record['tunedMac']}" for path, record in records().items() if "tunedMac" in record]
    for where in ([], ["-n", "one"]):
        for what in ("link show", "neigh show nud permanent"):
            text = subprocess.run(["ip", *where, "-o", *what.split()], stdout=subprocess.PIPE, check=True).stdout
            seen += text.decode().splitlines()
    return seen + subprocess.run(["bridge", "-d", "-o", "link", "show"], stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()


def tunnels():
    """What only overlays make: what is applied, devices, and which host a next hop is."""
    seen = [f"{path} {path.read_text()}" for path in STORE.glob("*/overlay/*")]
    for command in ("ip -d -o link show group 51772", "ip -o neigh show nud permanent", "ip -6 -o neigh show nud permanent", "bridge fdb show"):
        text = subprocess.run(command.split(), stdout=subprocess.PIPE, check=True).stdout.decode()
        seen += [re.sub(r"^\d+: |(promiscuity|gso|gro|tso|numtx|numrx).*", "", line) for line in text.splitlines()]
    return seen


def ruleset():
    """One line per rule and per element, without counters."""
    text = subprocess.run(["nft", "list", "ruleset"], stdout=subprocess.PIPE, check=True).stdout.decode()
    text = re.sub(r"packets \d+ bytes \d+|expires \S+", "", text)
    seen, place = [], ""
    for line in text.splitlines():
        if line.endswith("{") and "elements" not in line:
            place = line.strip()
        elif line.strip(" \t}"):
            seen += [f"{place} {part.strip()}" for part in re.sub(r"elements = \{|\}", "", line).split(",") if part.strip()]
    return seen


def reservations():
    """Who has which address, as the reference reads it; where the next one is looked for is no reservation."""
    return [f"{path} {path.read_text(encoding='ascii')!r}" for path in RESERVED.glob("*/*[.:]*")
            if not path.name.startswith(("last_reserved_ip", ".cambric"))]


def records():
    """The records that are in place, by path."""
    return {str(path): json.loads(path.read_text()) for path in STORE.glob("*/net/*/a/*")}


PAGE = 32768
# The parts of a page of public addresses (store/publics.c). Fixed ones stay marked by design
EXCLUSIVE, FIXED, CHOSEN = 0, PAGE, 2 * PAGE


def number_of(address, kind):
    """The page of an address and its number there."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    raw = socket.inet_pton(family, address)
    value = int.from_bytes(raw, "big")
    block = (value >> 15 << 15).to_bytes(len(raw), "big")
    return f"{kind}-{socket.inet_ntop(family, block)}_{8 * len(raw) - 15}", value % PAGE


def publics_of(record):
    """Public addresses that a record lays claim to, as (page, number)."""
    nat = record.get("nat", {"static": [], "pools": []})
    for entry in nat["static"]:
        yield number_of(entry["public"], "public")
    for pool in nat["pools"]:
        (page, first), (_, last) = number_of(pool["first"], "public"), number_of(pool["last"], "public")
        yield from ((page, EXCLUSIVE + number) for number in range(first, last + 1))
        if not pool["shared"]:
            yield page, CHOSEN + number_of(pool["chosen"], "public")[1]


def recorded():
    """What the records say is taken, as (page, number). Mappings here are for any address and of one port each."""
    taken = set()
    for record in records().values():
        # Interfaces that this host does not join have a registry for each network
        registry = record["bridge"]["name"] if "bridge" in record else "net" if "device" in record else "host"
        taken |= {number_of(address["address"].split("/")[0], registry) for address in record["addresses"]}
        taken |= set(publics_of(record))
        for family in ("ipv4", "ipv6"):
            # "udp any 8080 to 80"
            mappings = [mapping.split() for mapping in record["ports"]]
            taken |= {(f"ports-{family}-{mapping[0]}", int(mapping[2])) for mapping in mappings}
    return taken


def bits():
    """Where bits and records disagree; a page that is not there, or not whole, is made from the records, so it agrees."""
    marked = dict(pages.believed(STORE))
    expected = {taken for taken in recorded() if taken[0] in marked}
    found = {(page, number) for page, numbers in marked.items() for number in numbers
             if not (page.startswith("public-") and FIXED <= number < CHOSEN)}
    return [f"bit {page} {number} differs from the records" for page, number in sorted(expected ^ found)]


class World:
    """The host and the container as they are when nothing is attached."""

    def __init__(self, setup):
        self.setup = setup
        # A process in the container's namespace, so that /proc shows what is in there; it ends with us, however we do
        self.inside = subprocess.Popen(["nsenter", "--net=/run/netns/one", "cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
        while os.readlink(f"/proc/{self.inside.pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            os.sched_yield()
        self.clean = self.settled()
        # What it is with all that a command makes, by command
        self.made = {}

    def learn(self, verb):
        """See what a command makes of the world when nothing harms it, and undo that."""
        expect(call(verb, self.setup), verb)
        self.made[verb] = self.settled()
        expect(call("LEAVE", self.setup), "LEAVE")

    def close(self):
        self.inside.stdin.close()
        self.inside.wait()

    def look(self):
        seen = network_of("/proc/self/net") + network_of(f"/proc/{self.inside.pid}/net") + ruleset()
        seen += [str(path) for pattern in ("*/net/*/a/*", "*/use/*/*") for path in STORE.glob(pattern)]
        seen += features() if self.setup.members else []
        seen += tuned() if self.setup.maker else []
        seen += tunnels() if "overlay" in self.setup.members else []
        return seen + reservations() + bits()

    def settled(self):
        """The kernel adds routes of new IPv6 addresses in its own time: what stays the same for half a second."""
        seen, since = collections.Counter(self.look()), time.monotonic()
        while time.monotonic() < since + 0.5:
            time.sleep(0.05)
            now = collections.Counter(self.look())
            if now != seen:
                seen, since = now, time.monotonic()
        return seen

    def forget(self):
        """What is wrong has been said; it must not be said of every case that follows."""
        undo(self.setup)
        left = collections.Counter(self.look())
        # What a cold host lacks at the moment will be there again
        self.clean = left | collections.Counter(self.clean) if self.setup.cold else left

    def differences(self, verb=""):
        """What is wrong now, @verb: after that command. The kernel adds routes of IPv6 in its own time, so those alone are waited for."""
        deadline = time.monotonic() + 2
        while (wrong := self.compare(self.made.get(verb, self.clean))) and all(re.search("ipv6_route| ff00::/8 ", line) for line in wrong) and time.monotonic() < deadline:
            time.sleep(0.02)
        return "; ".join(wrong)[:600]

    def compare(self, before):
        """What is there and should not, and, but on a cold host, what should be there and is not."""
        now = collections.Counter(self.look())
        wrong = [f"left: {line}" for line in now - before]
        if not self.setup.cold:
            wrong += [f"missing: {line}" for line in before - now]
        return wrong


PLACES = {"victim": "/run/netns/one", "neighbour": "/run/netns/two"}


@contextlib.contextmanager
def host(setup, verbs=()):
    """A host as @setup wants it, and its World, which knows what commands among @verbs make of it.

    The neighbour goes when it is over, and so do interfaces that others make.
    """
    containers = [name for name in PLACES if setup.maker and (name == "victim" or setup.neighbour)]
    maker = maker_of(setup)._replace(ports=False)
    for name in containers:
        made[name] = expect(call("ADD", maker, container=name, netns=PLACES[name]), f"the maker's ADD of {name}").output
    try:
        with attached_host(setup) as world:
            for verb in {*verbs} & {"SYNC", "MOVE"}:
                world.learn(verb)
            yield world
    finally:
        for name in containers:
            expect(call("DEL", maker, container=name, netns=PLACES[name]), f"the maker's DEL of {name}")


@contextlib.contextmanager
def attached_host(setup):
    """The same, where what makes the interfaces is there already."""
    # Whatever was before, perhaps a cold host: table and forwarding are there
    expect(call("ADD", setup), "an ADD")
    expect(call("DEL", setup), "its DEL")
    if setup.neighbour:
        # What is of one container alone is the victim's
        shared = {key: value for key, value in setup.members.items() if key != "runtimeConfig"}
        expect(call("ADD", setup._replace(ports=False, members=shared), container="neighbour", netns="/run/netns/two"),
               "the neighbour's ADD")
    world = World(setup)
    try:
        yield world
    finally:
        world.close()
        if setup.neighbour:
            expect(call("DEL", setup, container="neighbour", netns="/run/netns/two"), "the neighbour's DEL")


def undo(setup):
    """The victim is detached, and nobody keeps its network."""
    for verb in ("DEL", "LEAVE") if "overlay" in setup.members else ("DEL",):
        call(verb, setup)


def prepare(setup, before):
    """Go back to the start of a case: cold if wanted, then the verbs before. Return the last output."""
    if setup.cold:
        subprocess.run(["nft", "delete", "table", "inet", "cambric"], stderr=subprocess.DEVNULL, check=False)
        subprocess.run(["rm", "-rf", *STORE.glob("*")], check=True)
        for switch in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
            pathlib.Path("/proc/sys/net", switch).write_text("0", encoding="ascii")
    result = None
    for verb in before:
        result = expect(call(verb, setup), verb).output
    return result


class Broken(Exception):
    """Something fails that nobody has harmed: the sweep makes no sense."""


def expect(outcome, what):
    if outcome.status != 0:
        raise Broken(f"{what} fails when nobody harms it: {outcome}")
    return outcome


# --- points ---

# The first call of the program itself, inherited_save(): what is before belongs to the loader, who has no JSON to print
FIRST_OWN = "rt_sigprocmask"


def points_of(verb, setup, result, follow=False, **settings):
    """Run a verb to its end and list its system calls after execve; with @follow those of its children, too."""
    for old in pathlib.Path(SCRATCH).glob("trace*"):
        old.unlink()
    wrapper = ("strace", "-qq", *(["-ff"] if follow else []), "-o", f"{SCRATCH}/trace")
    expect(call(verb, setup, result, wrapper, **settings), verb)
    points = []
    for trace in sorted(pathlib.Path(SCRATCH).glob("trace*")):
        counts = collections.Counter()
        for line in trace.read_text(encoding="latin-1").splitlines():
            name = re.match(r"([a-z0-9_]+)\(", line)
            # sysctls that find a lock of the kernel taken are begun again at once, and as often as it takes
            if name and "(To be restarted)" not in line:
                counts[name[1]] += 1
                points.append(Point(name[1], counts[name[1]], line))
    # Which program runs is settled by execve; what never comes back cannot be interrupted usefully
    unique = {point[:2]: point for point in points if point.name not in ("execve", "exit_group")}
    return list(unique.values())


def share(cases):
    """Those that this run is to try."""
    return cases[FIRST % EVERY::EVERY]


def injection(point, what, when="", follow=True):
    """A wrapper that does something to one system call of the plugin and, with @follow, to the one of that count of its child."""
    return ("strace", *(["-f"] if follow else []), "-qq", "-o", "/dev/null", "-e", f"trace={point.name}",
            "-e", f"inject={point.name}:{what}:when={point.count}{when}")


def own(points):
    """Without those of the loader."""
    names = [point.name for point in points]
    return points[names.index(FIRST_OWN):]


# --- what must hold ---

def judge_failure(outcome, silent=False, verb=""):
    """A verb that failed says so, once, in the specification's form, a command to a person. @silent: its words may have been swallowed."""
    if outcome.status is None:
        return f"hangs for {TIMEOUT} s"
    if outcome.status < 0:
        return f"dies of signal {-outcome.status}"
    if silent and not outcome.output or verb in COMMANDS and "cambric: " in outcome.errors:
        return ""
    try:
        failure = json.loads(outcome.output)
        if isinstance(failure["code"], int) and failure["code"] > 0 and isinstance(failure["msg"], str):
            return ""
    except (ValueError, KeyError, TypeError):
        pass
    return f"exit {outcome.status} with output that is no error object: {outcome.output!r}"


def judge_attached(setup, result):
    """An ADD said that everything is there."""
    try:
        if len(json.loads(result)["ips"]) != 2:
            return f"succeeds with a result without both addresses: {result}"
    except (ValueError, KeyError, TypeError):
        return f"succeeds with output that is no result: {result!r}"
    check = call("CHECK", setup, result)
    return f"succeeds, but CHECK fails: {check.output}" if check.status != 0 else ""


def heal(verb, setup, world):
    """After whatever happened a DEL succeeds and nothing is left; after a change of an overlay it can be changed back before."""
    wrong = []
    for healer in {"SYNC": ["LEAVE"], "MOVE": ["SYNC", "LEAVE"], "LEAVE": ["LEAVE"]}.get(verb, ["DEL"]):
        outcome = call(healer, setup)
        if outcome.status != 0:
            return f"{healer} fails afterwards: {outcome.output}{outcome.errors}"
        differences = world.differences(healer)
        wrong += [f"after {healer} {differences}"] if differences else []
    return "; ".join(wrong)


def judge(verb, setup, world, outcome, result, lasting=False, silent=False):
    """What is wrong with a verb in which something went wrong: as it said, as it can be seen, and after a DEL.

    @result: what the ADD before a CHECK had said. @lasting: everything went on failing, undoing too, so that only DEL can
    heal. @silent: what it had to say may have been swallowed.
    """
    wrong = [judge_failure(outcome, silent, verb) if outcome.status != 0 else ""]
    if verb == "ADD" and outcome.status == 0:
        wrong.append(judge_attached(setup, outcome.output))
    elif verb in ("ADD", "SYNC") and outcome.status != 0 and not lasting or verb in ("DEL", "GC", "LEAVE") and outcome.status == 0:
        wrong.append(world.differences())
    elif verb in COMMANDS and outcome.status == 0:
        wrong.append(world.differences(verb))
    elif verb in ("CHECK", "STATUS"):
        # What only looks changes nothing, whatever it says
        wrong.append(judge_attached(setup, result))
    return "; ".join(filter(None, [*wrong, heal(verb, setup, world)]))


def report(name, cases, wrong, notes=()):
    """One verdict, in the form that judged_by takes over."""
    print(f"{'not ok' if wrong else 'ok'} {name} ({cases} cases)")
    for line in [*wrong[:12], *([f"and {len(wrong) - 12} more"] if len(wrong) > 12 else []), *notes]:
        print(line.replace("\n", " "))
    sys.stdout.flush()
