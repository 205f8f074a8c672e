#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What can be observed of a host and its containers, one method per fact; words are the method's arguments."""
import json
import os
import pathlib
import shutil
import subprocess

TRAFFIC = ["/usr/bin/python3", "-SE", "integration/traffic.py"]
KEPT_LINKS = {"lo", "uplink"}
# Links that modules of the kernel make by themselves in every namespace
OF_MODULES = {"tunl0", "sit0", "ip6tnl0", "gre0", "gretap0", "erspan0", "ip6gre0", "bond0", "dummy0", "ifb0", "ifb1"}
STATE = ["/run/cambric", "/run/cni", "/run/data", "/run/scratch/row", "/var/lib/cni", "/etc/cni/tuning"]


def read_json(*command):
    said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
    return json.loads(said or b"[]")


def run(*command):
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)


def inside(place, *command):
    return command if place == "host" else ("nsenter", f"--net=/run/netns/{place}", *command)


class Facts:
    def __init__(self):
        self.servers = []
        self.first = {}

    # --- the stage ---

    def make_container(self, name):
        if not os.path.exists(f"/run/netns/{name}"):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")

    def reset(self):
        """The host as integration/lib.sh made it: no containers, links, rules, files of the last row."""
        for server in self.servers:
            server.kill()
            server.wait()
        self.servers = []
        self.first = {}
        for path in pathlib.Path("/run/netns").iterdir():
            if path.name != "outside":
                subprocess.run(["ip", "netns", "del", path.name], stderr=subprocess.DEVNULL, check=False)
                path.unlink(missing_ok=True)
        for link in self.links("host"):
            subprocess.run(["ip", "link", "del", link], stderr=subprocess.DEVNULL, check=False)
        run("nft", "flush", "ruleset")
        run("conntrack", "-F")
        for path in STATE:
            shutil.rmtree(path, ignore_errors=True)
        os.makedirs("/run/scratch/row")
        os.makedirs("/run/data")
        run("sysctl", "-q", "net.ipv4.ip_forward=0", "net.ipv6.conf.all.forwarding=0")
        if left := self.links("host"):
            raise RuntimeError(f"{left} cannot be removed")

    # --- links, addresses, routes ---

    def links(self, place):
        """Names of all links but those that were there before."""
        return sorted(link["ifname"] for link in read_json(*inside(place, "ip", "-j", "link"))
                      if link["ifname"] not in KEPT_LINKS | OF_MODULES)

    def link(self, place, name, path):
        """A value out of "ip -d -j link", by its path; None when there is no such link or value."""
        found = read_json(*inside(place, "ip", "-d", "-j", "link", "show", "dev", name))
        value = found[0] if found else {}
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def up(self, place, name):
        return "UP" in (self.link(place, name, "flags") or [])

    def addresses(self, place, name):
        """ADDRESS/LENGTH of both families but link-local ones, in order."""
        found = read_json(*inside(place, "ip", "-j", "addr", "show", "dev", name))
        return sorted(f"{address['local']}/{address['prefixlen']}" for link in found
                      for address in link.get("addr_info", []) if address.get("scope") != "link")

    def tentative(self, place, name):
        """Addresses that wait for duplicate address detection, or failed it."""
        found = read_json(*inside(place, "ip", "-j", "-6", "addr", "show", "dev", name))
        return [address["local"] for link in found for address in link.get("addr_info", [])
                if address.get("scope") != "link" and (address.get("tentative") or address.get("dadfailed"))]

    def routes(self, place, *table):
        """"dst [via gateway] dev NAME" of both families, without link-local and multicast ones."""
        lines = []
        for family in ("-4", "-6"):
            for route in read_json(*inside(place, "ip", "-j", family, "route", "show", *table)):
                if not route["dst"].startswith(("fe80::", "ff00::", "multicast")):
                    via = f" via {route['gateway']}" if "gateway" in route else ""
                    lines.append(f"{route['dst']}{via} dev {route.get('dev')}")
        return lines

    def rules(self, place):
        """Rules of policy routing besides the three of the kernel: "from SOURCE lookup TABLE"."""
        return [f"from {rule['src']} lookup {rule['table']}" for family in ("-4", "-6")
                for rule in read_json(*inside(place, "ip", "-j", family, "rule"))
                if rule["table"] not in ("local", "main", "default")]

    def vlans(self, name):
        """VLANs of a bridge port: "100 PVID untagged"."""
        found = read_json("bridge", "-j", "vlan", "show", "dev", name)
        return [" ".join([str(vlan["vlan"]),
                          *("PVID" if flag == "PVID" else "untagged" for flag in vlan.get("flags", []))])
                for port in found for vlan in port.get("vlans", [])]

    def qdiscs(self, name):
        return [qdisc["kind"] for qdisc in read_json("tc", "-j", "qdisc", "show", "dev", name)]

    def shaped(self, name):
        """Bits per second of the token bucket of a link; None without one."""
        rates = [qdisc["options"]["rate"] * 8 for qdisc in read_json("tc", "-j", "qdisc", "show", "dev", name)
                 if qdisc["kind"] == "tbf"]
        return rates[0] if rates else None

    # --- files ---

    def sysctl(self, place, key):
        done = subprocess.run(inside(place, "cat", "/proc/sys/" + key), stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=False)
        return done.stdout.decode().strip()

    def file(self, path):
        return pathlib.Path(path).read_bytes().decode() if os.path.exists(path) else None

    def mode(self, path):
        return f"{os.stat(path).st_mode & 0o777:04o}"

    def files(self, path, *others):
        """Names in a folder; "reserved" instead of a second word leaves out what is no address."""
        names = sorted(os.listdir(path)) if os.path.isdir(path) else []
        return [name for name in names
                if name != "lock" and not name.startswith("last_reserved_ip")] if others else names

    def reserved(self, path):
        return self.files(path, "only")

    def exists(self, path):
        return os.path.exists(path)

    # --- who reaches whom ---

    def serve(self, place, *ports):
        """A server in a place; it answers its place's name and who asked."""
        server = subprocess.Popen(inside(place, *TRAFFIC, "serve", place, *ports), stdout=subprocess.PIPE)
        self.servers.append(server)
        return server.stdout.readline() == b"ready\n"

    def answer(self, place, protocol, address, port, *source):
        """What a server says to a client in this place; "" when none answers within a second."""
        done = subprocess.run(inside(place, *TRAFFIC, "ask", protocol, address, port, *source), stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=False)
        return done.stdout.decode().strip()

    def ping(self, place, address, seconds="5"):
        """Whether an address answers within some seconds: the reference leaves gateways to duplicate address detection."""
        command = inside(place, "ping", "-n", "-q", "-c", "1", "-i", "0.2", "-w", seconds, address)
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              check=False).returncode == 0

    # --- anything else ---

    def same(self, name, *words):
        """Whether a fact is what it was when a row asked for the first time."""
        now = getattr(self, name)(*words)
        return self.first.setdefault((name, words), now) == now

    def shell(self, *command):
        """What a command says, without the last line's end."""
        done = subprocess.run(["sh", "-c", " ".join(command)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              check=False)
        return done.stdout.decode().strip()
