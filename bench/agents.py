#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The measurements of agents.sh, which has made the hosts h0, h1, ...; etcd runs in this namespace, at 192.0.2.1.

    agents.py AGENT SCRATCH PEERS AGENTS ROUNDS
"""
import base64
import collections
import ctypes
import http.client
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time

AGENT, SCRATCH = sys.argv[1:3]
PEERS, AGENTS, ROUNDS = (int(word) for word in sys.argv[3:6])
ETCD, PREFIX = ("192.0.2.1", 2379), "/net"
PEERS_OF_A_TRANSACTION = 100  # etcd's limit is 128
CLONE_NEWNET, RTMGRP_IPV4_ROUTE, RTM_NEWROUTE, RTM_DELROUTE, RTA_DST = 0x40000000, 0x40, 24, 25, 1
SO_RCVBUFFORCE, BUFFER = 33, 16 << 20
NLMSG_HEADER, ROUTE_HEADER, ATTRIBUTE_HEADER = 16, 12, 4
PROTOCOL, LENGTH = 201, 24  # of the routes that are looked for
PATIENCE_S = 60
REST_S, REST_US = 0.05, 1000  # who uses the processor for less than that in this time rests
libc = ctypes.CDLL(None, use_errno=True)

Announcement = collections.namedtuple("Announcement", "kind subnet")


def text(value):
    return base64.b64encode(value.encode()).decode()


def ask(path, body):
    """The answer of etcd's gateway."""
    connection = http.client.HTTPConnection(*ETCD, timeout=10)
    connection.request("POST", "/v3/" + path, json.dumps(body))
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    if answer.status != 200:
        sys.exit(f"etcd: {path}: {said}")
    return json.loads(said)


def key(subnet):
    return text(f"{PREFIX}/subnets/{subnet}-{LENGTH}")


def put(subnet, host, node):
    value = json.dumps({"nodeID": node, "host": host})
    return {"request_put": {"key": key(subnet), "value": text(value)}}


def delete(subnet):
    return {"request_delete_range": {"key": key(subnet)}}


def transact(operations):
    ask("kv/txn", {"success": operations})


def report(who, what, *values):
    print("agents", who, what, *values, sep="\t", flush=True)


class Etcd:
    """One member, whose data survive a restart."""

    def __init__(self):
        url, peer = "http://%s:%d" % ETCD, "http://127.0.0.1:2380"
        self.command = ["etcd", "--name", "a", "--data-dir", f"{SCRATCH}/etcd", "--listen-client-urls", url, "--advertise-client-urls", url,
                        "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", f"a={peer}"]
        self.start()

    def start(self):
        with open(f"{SCRATCH}/etcd.log", "a", encoding="ascii") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        begin = time.monotonic()
        while not self.is_well():
            if time.monotonic() - begin > PATIENCE_S or self.process.poll() is not None:
                sys.exit("etcd does not answer")
            time.sleep(0.05)

    @staticmethod
    def is_well():
        connection = http.client.HTTPConnection(*ETCD, timeout=2)
        try:
            connection.request("GET", "/health")
            return b"true" in connection.getresponse().read()
        except OSError:
            return False
        finally:
            connection.close()

    def stop(self):
        self.process.kill()
        self.process.wait()


class Listener:
    """What the kernel says of routes on another host."""

    def __init__(self, host):
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{host}", os.O_RDONLY)
        self.enter(there)
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        self.socket.bind((0, RTMGRP_IPV4_ROUTE))
        self.enter(home)
        os.close(there)
        os.close(home)

    @staticmethod
    def enter(namespace):
        if libc.setns(namespace, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")

    def fileno(self):
        return self.socket.fileno()

    def read(self):
        """All that has been said since, of subnets of other hosts."""
        while True:
            try:
                datagram = self.socket.recv(1 << 16)
            except BlockingIOError:
                return
            while len(datagram) >= NLMSG_HEADER:
                length, kind = struct.unpack_from("=IH", datagram)
                if kind in (RTM_NEWROUTE, RTM_DELROUTE):
                    _, prefix_length, _, _, _, protocol = struct.unpack_from("6B", datagram, NLMSG_HEADER)
                    if (prefix_length, protocol) == (LENGTH, PROTOCOL):
                        yield Announcement(kind, self.destination(datagram[:length]))
                datagram = datagram[(length + 3) & ~3:]

    @staticmethod
    def destination(message):
        at = NLMSG_HEADER + ROUTE_HEADER
        while at + ATTRIBUTE_HEADER <= len(message):
            size, kind = struct.unpack_from("=HH", message, at)
            if kind == RTA_DST:
                return socket.inet_ntoa(message[at + ATTRIBUTE_HEADER:at + size])
            at += (size + 3) & ~3
        return None


class Agent:
    def __init__(self, host, network):
        self.host = host
        path = f"{SCRATCH}/{host}.json"
        with open(path, "w", encoding="ascii") as file:
            json.dump({"network": "net", "dataDir": f"/run/cambric-{host}", "nodeID": host, "cacheFile": f"{SCRATCH}/{host}.cache",
                       "overlay": {"kind": "vxlan", "network": network},
                       "etcd": {"endpoints": ["http://%s:%d" % ETCD], "prefix": PREFIX}}, file)
        # Opened before the start: what it says last is there to be read when it is asked why
        with open(f"{SCRATCH}/{host}.log", "w", encoding="ascii") as log:
            self.process = subprocess.Popen(["nsenter", f"--net=/run/netns/{host}", AGENT, "run", "--config", path], stderr=log)

    def memory(self, field):
        """Kilobytes."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(field + ":"))

    def processor_us(self):
        """What it has used: its first thread, which is the only one that ever works."""
        with open(f"/proc/{self.process.pid}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[0]) // 1000

    def subnet(self):
        """What it has leased."""
        with open(f"/run/cambric-{self.host}/net/peers", encoding="ascii") as file:
            return json.load(file)["subnets"][0].split("/")[0]

    def stop(self):
        self.process.terminate()

    def ended(self):
        if self.process.wait(timeout=PATIENCE_S) != 0:
            with open(f"{SCRATCH}/{self.host}.log", encoding="utf-8") as file:
                sys.exit(f"the agent of {self.host} failed: {file.read()[-1000:]}")


def wait_for_routes(listeners, kind, count, begin, wanted=None):
    """Until the kernel of each host has said so of @count subnets (of those @wanted). Return: seconds since @begin, sorted."""
    missing = {listener.fileno(): (listener, set()) for listener in listeners}
    took = []
    poll = select.poll()
    for descriptor in missing:
        poll.register(descriptor, select.POLLIN)
    while missing:
        if time.monotonic() - begin > PATIENCE_S:
            sys.exit(f"after {PATIENCE_S} s {len(missing)} of {len(listeners)} hosts have not all of {count} routes")
        for descriptor, _ in poll.poll(1000):
            listener, seen = missing[descriptor]
            seen.update(said.subnet for said in listener.read() if said.kind == kind and (not wanted or said.subnet in wanted))
            if len(seen) >= count:
                took.append(time.monotonic() - begin)
                poll.unregister(descriptor)
                del missing[descriptor]
    return sorted(took)


def rest(agents):
    """Until they have nothing left to do. Return: microseconds of the processor that all have used so far."""
    begin = time.monotonic()
    used, before = sum(agent.processor_us() for agent in agents), -REST_US
    while used - before >= REST_US:
        if time.monotonic() - begin > PATIENCE_S:
            sys.exit(f"the agents are still busy after {PATIENCE_S} s")
        time.sleep(REST_S)
        before, used = used, sum(agent.processor_us() for agent in agents)
    return used


def change(listeners, kind, subnet, operation):
    """One peer comes or goes: microseconds until each host has followed."""
    begin = time.monotonic()
    transact([operation])
    return [int(seconds * 1e6) for seconds in wait_for_routes(listeners, kind, 1, begin, {subnet})]


def changes(who, agents, listeners, subnets):
    """A peer comes, and goes when all have it; each time the agents, who have hosts of their own elsewhere, are done with the one before."""
    come, gone = [], []
    begin = rest(agents)
    for subnet in subnets:
        come += change(listeners, RTM_NEWROUTE, subnet, put(subnet, "192.0.2.200", "probe"))
        rest(agents)
        gone += change(listeners, RTM_DELROUTE, subnet, delete(subnet))
        end = rest(agents)
    for what, times in (("comes", sorted(come)), ("goes", sorted(gone))):
        report(who, what, times[len(times) // 2], times[len(times) * 99 // 100], times[-1], len(times))
    report(who, "processor", (end - begin) // (2 * len(subnets) * len(agents)))


def list_again(etcd, agent, listener):
    """The watch of an agent breaks, and what it has missed is compacted: it lists all hosts once more, beside those that it knows."""
    agent.process.send_signal(signal.SIGSTOP)
    etcd.stop()
    etcd.start()
    transact([put("10.127.255.0", "192.0.2.201", "missed")])
    transact([put("10.127.254.0", "192.0.2.202", "listed")])
    revision = ask("kv/range", {"key": text(PREFIX)})["header"]["revision"]
    ask("kv/compaction", {"revision": revision, "physical": True})
    agent.process.send_signal(signal.SIGCONT)
    wait_for_routes([listener], RTM_NEWROUTE, 2, time.monotonic(), {"10.127.255.0", "10.127.254.0"})


def many_peers(etcd):
    """One agent that finds PEERS others."""
    who = f"{PEERS:,} peers"
    subnets = [f"10.{64 + i // 256}.{i % 256}.0" for i in range(256, 256 + PEERS)]
    operations = [put(subnet, f"192.0.{4 + i // 250}.{1 + i % 250}", f"p{i}") for i, subnet in enumerate(subnets)]
    for first in range(0, PEERS, PEERS_OF_A_TRANSACTION):
        transact(operations[first:first + PEERS_OF_A_TRANSACTION])
    listener = Listener("h0")
    begin = time.monotonic()
    agent = Agent("h0", "10.64.0.0/10")
    took = wait_for_routes([listener], RTM_NEWROUTE, PEERS, begin, set(subnets))
    report(who, "converged", int(took[0] * 1e6))
    changes(who, [agent], [listener], [f"10.127.{i}.0" for i in range(min(ROUNDS, 10))])
    list_again(etcd, agent, listener)
    report(who, "memory", agent.memory("VmHWM"), agent.memory("VmRSS"))
    agent.stop()
    agent.ended()
    ask("kv/deleterange", {"key": text(PREFIX + "/"), "range_end": text(PREFIX + "0")})


def many_agents():
    """AGENTS of them find each other, then follow what comes and goes."""
    who = f"{AGENTS} agents"
    hosts = [f"h{i}" for i in range(1, AGENTS + 1)]
    listeners = [Listener(host) for host in hosts]
    begin = time.monotonic()
    agents = [Agent(host, "10.77.0.0/16") for host in hosts]
    report(who, "converged", int(wait_for_routes(listeners, RTM_NEWROUTE, AGENTS - 1, begin)[-1] * 1e6))
    taken = {agent.subnet() for agent in agents}
    free = [subnet for subnet in (f"10.77.{i}.0" for i in range(256)) if subnet not in taken]
    changes(who, agents, listeners, [free[i % len(free)] for i in range(ROUNDS)])
    report(who, "memory", max(agent.memory("VmHWM") for agent in agents), max(agent.memory("VmRSS") for agent in agents))
    for agent in agents:
        agent.stop()
    for agent in agents:
        agent.ended()


server = Etcd()
many_peers(server)
AGENTS and many_agents()
server.stop()
