#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Random sequences of verbs and mishaps against a model of a few dictionaries: after each step both must agree.

model.py PLUGIN SEQUENCES STEPS [SEED]    makes and removes its namespaces m0 ... m5 itself
prints one line per sequence: "ok NAME" or "not ok NAME", "# ..." says at which step they parted. SEED and SEQUENCES
1 repeat a sequence that failed.
"""
import collections
import ipaddress
import pathlib
import random
import subprocess
import sys
import time

import caller

PLUGIN, SEQUENCES, STEPS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else random.SystemRandom().randrange(1 << 32)
RUNTIME = caller.Runtime(PLUGIN)
CONTAINERS = [f"m{i}" for i in range(6)]
FAMILIES = {4: pathlib.Path("/proc/sys/net/ipv4/ip_forward"), 6: pathlib.Path("/proc/sys/net/ipv6/conf/all/forwarding")}
Network = collections.namedtuple("Network", "config ifname subnet families")
NETWORKS = {
    "red": Network(caller.network("red", ["10.77.0.0/28"]), "eth0", ipaddress.ip_network("10.77.0.0/28"), {4}),
    "blue": Network(caller.network("blue", ["10.78.0.0/28", "fd00:78::/64"]), "eth1", ipaddress.ip_network("10.78.0.0/28"), {4, 6}),
}
NETNS_CODE = 8


class Disagreement(Exception):
    """Model and plugin part."""


def run(*command):
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


def wait_until(condition, what):
    deadline = time.monotonic() + 5
    while not condition():
        if time.monotonic() > deadline:
            raise Disagreement(f"still not so after 5 s: {what}")
        time.sleep(0.005)


class Attachment:
    """What the model knows: addresses, what ADD answered, and whether its interface is there."""

    def __init__(self, config, result):
        self.config, self.result, self.alive = config, result, True
        self.addresses = caller.addresses(result)
        self.host_end = result["interfaces"][0]["name"]


class Model:
    """The host as it ought to be. Keys of attachments are (container, network)."""

    def __init__(self, chance):
        self.chance, self.attached = chance, {}
        self.cursor = {name: "unknown" for name in NETWORKS}
        self.ruleset, self.forwarding = True, set(FAMILIES)
        self.places = set(CONTAINERS)
        self.trace = []

    # --- what is expected ---

    def held(self, name):
        return {attachment.addresses[0] for (_, network), attachment in self.attached.items() if network == name}

    def free(self, name):
        """Free addresses, in the order in which they are given out: those behind the last one given first."""
        hosts = [str(host) for host in list(NETWORKS[name].subnet.hosts())[1:]]
        at = hosts.index(self.cursor[name]) + 1 if self.cursor[name] in hosts else 0
        return [host for host in hosts[at:] + hosts[:at] if host not in self.held(name)]

    def expect(self, call, codes, why):
        if call.code() not in codes:
            raise Disagreement(f"{why}: expected {codes}, {call}")
        return call

    def verb(self, verb, key, config=None, **options):
        wanted = NETWORKS[key[1]]
        return RUNTIME.call(verb, key[0], config or wanted.config, ifname=wanted.ifname, **options)

    def any_key(self):
        return self.chance.choice(CONTAINERS), self.chance.choice(list(NETWORKS))

    # --- verbs ---

    def add(self, requested=False):
        key = self.any_key()
        free, config = self.free(key[1]), NETWORKS[key[1]].config
        taken = self.chance.random() < 0.3 and sorted(self.held(key[1]))
        wanted = (self.chance.choice(taken) if taken else self.chance.choice(free) if free else None) if requested else None
        if self.chance.random() < 0.5:
            config = caller.publish(config, f"tcp:{9000 + CONTAINERS.index(key[0]) + 100 * (key[1] == 'red')}:80")
        self.trace.append(f"ADD {key} {wanted or ''}")
        call = self.verb("ADD", key, config, arguments=f"IP={wanted}" if wanted else None)
        there = self.attached.get(key)
        if key[0] not in self.places:
            self.expect(call, {NETNS_CODE}, "no such namespace")
        elif there and there.alive:
            self.expect(call, {caller.ALREADY_ATTACHED}, "it is attached")
        elif wanted and self.make_room(key, wanted):
            self.expect(call, {caller.ADDRESS_TAKEN}, f"{wanted} is taken")
        else:
            self.expect(call, {0}, "nothing is in the way")
            self.attached.pop(key, None)
            self.take_in(key, config, call.answer(), wanted)

    def make_room(self, key, wanted):
        """What was dead of this key is cleared first; who asks for an address that is taken then clears all that is dead. Return: it is taken still."""
        self.attached.pop(key, None)
        if wanted in self.held(key[1]):
            self.attached = {other: it for other, it in self.attached.items() if it.alive}
            self.ruleset = self.ruleset or bool(caller.elements())
        return wanted in self.held(key[1])

    def take_in(self, key, config, result, wanted):
        attachment = Attachment(config, result)
        address = attachment.addresses[0]
        # I10: an address that was freed comes back only after all others had their turn
        due = wanted or self.free(key[1])[0]
        if (wanted or self.cursor[key[1]] != "unknown") and address != due:
            raise Disagreement(f"{address} was given, {due} was due")
        self.cursor[key[1]] = address
        self.attached[key] = attachment
        self.ruleset = True
        self.forwarding |= NETWORKS[key[1]].families

    def add_requested(self):
        self.add(requested=True)

    def delete(self, times=1):
        key = self.any_key()
        self.trace.append(f"DEL {key} {times} times")
        for _ in range(times):
            self.expect(self.verb("DEL", key), {0}, "DEL succeeds, whatever there is")
        self.attached.pop(key, None)
        # Whoever meets a table that is gone makes it anew; with nothing to remove nobody meets it
        self.ruleset = self.ruleset or bool(caller.elements())

    def delete_twice(self):
        self.delete(2)

    def check(self):
        key = self.chance.choice(sorted(self.attached)) if self.attached else self.any_key()
        attachment = self.attached.get(key)
        self.trace.append(f"CHECK {key}")
        result = attachment.result if attachment else {"cniVersion": "1.1.0"}
        config = attachment.config if attachment else NETWORKS[key[1]].config
        call = self.verb("CHECK", key, caller.with_result(config, result))
        if key[0] not in self.places:
            self.expect(call, {NETNS_CODE}, "no such namespace")
        elif attachment and attachment.alive and self.ruleset and self.forwarding >= NETWORKS[key[1]].families:
            self.expect(call, {0}, "nothing is wrong")
        else:
            self.expect(call, {caller.DRIFT}, f"ruleset {self.ruleset}, forwarding {self.forwarding}, attached {bool(attachment)}")

    def collect(self):
        name = self.chance.choice(list(NETWORKS))
        config, ifname, *_ = NETWORKS[name]
        keep = {container for container in CONTAINERS if self.chance.random() < 0.6}
        self.trace.append(f"GC {name}, {sorted(keep)} listed")
        valid = [{"containerID": container, "ifname": ifname} for container in keep]
        self.expect(RUNTIME.call("GC", None, {**config, "cni.dev/valid-attachments": valid}), {0}, "GC with a list")
        self.attached = {key: it for key, it in self.attached.items() if key[1] != name or key[0] in keep}
        self.ruleset = self.ruleset or bool(caller.elements())

    def collect_dead(self):
        name = self.chance.choice(list(NETWORKS))
        self.trace.append(f"GC {name}, no list")
        self.expect(RUNTIME.call("GC", None, NETWORKS[name].config), {0}, "GC without a list")
        self.attached = {key: it for key, it in self.attached.items() if key[1] != name or it.alive}
        self.ruleset = self.ruleset or bool(caller.elements())

    # --- mishaps ---

    def kill(self):
        """A verb dies at some instant. The next DEL or, where one comes first, ADD and DEL put everything right."""
        key = self.any_key()
        if key[0] not in self.places:
            return
        verb, instant = self.chance.choice(["ADD", "DEL"]), self.chance.uniform(0, 0.008)
        self.trace.append(f"{verb} {key}, killed after {instant * 1000:.1f} ms")
        config, ifname, *_ = NETWORKS[key[1]]
        call = RUNTIME.start(verb, key[0], config, ifname=ifname).go()
        time.sleep(instant)
        call.kill()
        call.finish()
        self.cursor[key[1]] = "unknown"
        if self.chance.random() < 0.5:
            self.expect(self.verb("ADD", key), {0, caller.ALREADY_ATTACHED}, "ADD after a kill")
        self.expect(self.verb("DEL", key), {0}, "DEL after a kill")
        self.attached.pop(key, None)
        self.look()

    def look(self):
        """What the model cannot know of a killed verb: whether it had come to mend what was broken."""
        self.ruleset = self.ruleset or bool(caller.elements())
        self.forwarding = {family for family, path in FAMILIES.items() if path.read_text() == "1\n"}

    def lose_place(self):
        container = self.chance.choice(CONTAINERS)
        self.trace.append(f"namespace {container} is deleted")
        if container in self.places:
            run("ip", "netns", "del", container)
            self.places.discard(container)
            self.die(container)
        else:
            run("ip", "netns", "add", container)
            self.places.add(container)

    def die(self, container):
        lost = [attachment for (name, _), attachment in self.attached.items() if name == container]
        for attachment in lost:
            attachment.alive = False
            wait_until(lambda end=attachment.host_end: end not in caller.host_ends(), f"{attachment.host_end} is gone")

    def reuse_path(self):
        """Another namespace, of another container, under the path of one that is attached: DEL of the old spares the new."""
        key = self.any_key()
        if key[0] not in self.places:
            return
        self.trace.append(f"path of {key} is reused")
        run("ip", "netns", "del", key[0])
        self.die(key[0])
        run("ip", "netns", "add", key[0])
        config, ifname, *_ = NETWORKS[key[1]]
        place = {"netns": f"/run/netns/{key[0]}", "ifname": ifname}
        added = self.expect(RUNTIME.call("ADD", "heir", config, **place), {0, caller.POOL_FULL}, "ADD of the heir")
        self.cursor[key[1]] = "unknown"
        self.expect(self.verb("DEL", key), {0}, "DEL of the one whose path was reused")
        self.attached.pop(key, None)
        if added.status == 0:
            self.expect(RUNTIME.call("CHECK", "heir", caller.with_result(config, added.answer()), **place), {0}, "the heir is whole")
            self.expect(RUNTIME.call("DEL", "heir", config, **place), {0}, "DEL of the heir")
        self.look()

    def flush(self):
        self.trace.append("nft flush ruleset")
        run("nft", "flush", "ruleset")
        self.ruleset = False

    def reload(self):
        self.trace.append("cambric reload")
        run(PLUGIN, "reload")
        # Where there never was a store there is nothing to make
        self.ruleset = self.ruleset or bool(caller.elements()) or not self.attached

    def stop_forwarding(self):
        self.trace.append("forwarding is turned off")
        run("sysctl", "-qw", "net.ipv4.ip_forward=0", "net.ipv6.conf.all.forwarding=0")
        self.forwarding = set()

    def lose_host_end(self):
        alive = sorted(key for key, attachment in self.attached.items() if attachment.alive)
        if not alive:
            return
        key = self.chance.choice(alive)
        self.trace.append(f"host end of {key} is deleted")
        run("ip", "link", "del", self.attached[key].host_end)
        self.attached[key].alive = False

    def lose_store(self):
        """All that is remembered is gone; DEL goes by names, reload takes away what no record explains."""
        self.trace.append("the store is deleted, all are detached")
        run("rm", "-rf", str(caller.STORE))
        for key in sorted(self.attached):
            self.expect(self.verb("DEL", key), {0}, "DEL without a store")
        run(PLUGIN, "reload")
        self.attached = {}
        self.cursor = {name: None for name in NETWORKS}
        self.look()

    # --- what holds after each step ---

    def compare(self):
        known = {(record["container"], record["network"]): record for record in caller.records()}
        if set(known) != set(self.attached):
            raise Disagreement(f"records of {sorted(known)}, the model has {sorted(self.attached)}")
        for key, record in known.items():
            addresses = [address["address"] for address in record["addresses"]]
            if addresses != self.attached[key].addresses or record["state"] != "ready":
                raise Disagreement(f"{key} has {addresses}, {record['state']}; ADD said {self.attached[key].addresses}")
        ends = {attachment.host_end for attachment in self.attached.values() if attachment.alive}
        if caller.host_ends() != ends:
            raise Disagreement(f"host ends {caller.host_ends()}, the model has {ends}")
        for text in caller.disagreements():
            raise Disagreement(text)

    def step(self):
        operations = {
            self.add: 30, self.add_requested: 10, self.delete: 14, self.delete_twice: 3, self.check: 20, self.collect: 3,
            self.collect_dead: 3, self.kill: 6, self.lose_place: 4, self.reuse_path: 3, self.flush: 2, self.reload: 2,
            self.stop_forwarding: 2, self.lose_host_end: 3, self.lose_store: 1,
        }
        self.chance.choices(list(operations), list(operations.values()))[0]()
        self.compare()

    def finish(self):
        """Everything is detached."""
        for key in sorted(self.attached):
            self.expect(self.verb("DEL", key), {0}, "DEL at the end")
        self.attached = {}
        for container in sorted(set(CONTAINERS) - self.places):
            run("ip", "netns", "add", container)
        self.compare()
        # What attachments share goes with the last one that a record knows: a store that was deleted knew of others
        for key in ((CONTAINERS[0], name) for name in NETWORKS):
            for verb in ("ADD", "DEL"):
                self.expect(self.verb(verb, key), {0}, f"{verb} at the end")


def main():
    for container in CONTAINERS:
        run("ip", "netns", "add", container)
    for sequence in range(SEQUENCES):
        seed = SEED + sequence
        model, wrong = Model(random.Random(seed)), []
        try:
            for _ in range(STEPS):
                model.step()
            model.finish()
        except Disagreement as problem:
            wrong = [problem, "the last steps were:", *model.trace[-8:]]
        caller.verdict(f"{STEPS} steps, seed {seed}", wrong)
        if wrong:
            break
    for container in CONTAINERS:
        subprocess.run(["ip", "netns", "del", container], stderr=subprocess.DEVNULL, check=False)


if __name__ == "__main__":
    main()
