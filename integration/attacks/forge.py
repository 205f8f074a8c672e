#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets that no honest kernel would send, put on the wire as frames: no setting of the sender is in their way.

forge.py send INTERFACE MAC DESTINATION PORT SOURCE...
        a datagram from each SOURCE, which is also its text
forge.py watch PORT LAST
        print "ready", then the texts of the datagrams that come to PORT, until one is LAST
forge.py knock INTERFACE MAC SOURCE/DESTINATION/PORT...
        a TCP SYN for each; print which of them are answered with SYN and ACK. The last one must be honest: its
        answer ends the wait, since what was sent before it would have been answered before it.
forge.py claim INTERFACE IP MAC
        as a neighbour: an ARP answer or a neighbour advertisement which says that IP is at MAC
forge.py advertise INTERFACE SOURCE
        a router advertisement from SOURCE, with a default route and the prefix 2001:db8:bad::/64

MAC, except in "claim", is whom the frame is for.
"""
import os
import socket
import struct
import sys
import time

IPV4, IPV6, ARP = 0x0800, 0x86DD, 0x0806
OWN_MAC = bytes.fromhex("02bad0000001")
# A machine may take longer than usual: see lib.sh
FIRST_PORT, WAIT_SECONDS = 20000, 3 * int(os.environ.get("PATIENCE", "1"))


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def address(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def packet(source, destination, protocol, build, hops=64):
    """An IP packet; build(checksum) makes what it carries."""
    source, destination = address(source), address(destination)
    length = len(build(0))
    pseudo = source + destination + struct.pack("!II", length, protocol)
    body = build(checksum(pseudo + build(0)) or 0xFFFF)
    if len(source) == 16:
        return IPV6, struct.pack("!IHBB", 6 << 28, length, protocol, hops) + source + destination + body
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 0, 0, hops, protocol, 0)
    head = head[:10] + struct.pack("!H", checksum(head + source + destination))
    return IPV4, head + source + destination + body


def udp(port, text):
    return lambda total: struct.pack("!HHHH", FIRST_PORT, port, 8 + len(text), total) + text


def syn(source_port, port):
    return lambda total: struct.pack("!HHIIBBHHH", source_port, port, 1, 0, 0x50, 0x02, 1024, total, 0)


class Wire:
    """An interface without its kernel's opinion on what goes over it."""

    def __init__(self, interface):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
        self.socket.bind((interface, 0x0003))
        self.socket.settimeout(WAIT_SECONDS)

    def send(self, mac, kind, body):
        self.socket.send(bytes.fromhex(mac.replace(":", "")) + OWN_MAC + struct.pack("!H", kind) + body)

    def answered_ports(self):
        """Our port of each SYN ACK that comes in."""
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            frame, sender = self.socket.recvfrom(2048)
            if sender[2] == socket.PACKET_OUTGOING:
                continue
            kind, body = struct.unpack("!H", frame[12:14])[0], frame[14:]
            if kind == IPV4 and body[9] == socket.IPPROTO_TCP:
                segment = body[(body[0] & 15) * 4:]
            elif kind == IPV6 and body[6] == socket.IPPROTO_TCP:
                segment = body[40:]
            else:
                continue
            if segment[13] & 0x12 == 0x12:
                yield struct.unpack("!H", segment[2:4])[0]


def send(interface, mac, destination, port, *sources):
    wire = Wire(interface)
    for source in sources:
        wire.send(mac, *packet(source, destination, socket.IPPROTO_UDP, udp(int(port), source.encode())))


def watch(port, last):
    server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    server.bind(("::", int(port)))
    server.settimeout(WAIT_SECONDS)
    print("ready", flush=True)
    text = ""
    while text != last:
        text = server.recv(2048).decode()
        print(text, flush=True)


def knock(interface, mac, *attempts):
    """From ports of this process: a connection that the kernel remembers is not attempted anew."""
    wire = Wire(interface)
    first = FIRST_PORT + os.getpid() % 500 * 64
    for number, attempt in enumerate(attempts):
        source, destination, port = attempt.split("/")
        wire.send(mac, *packet(source, destination, socket.IPPROTO_TCP, syn(first + number, int(port))))
    answered = set()
    for port in wire.answered_ports():
        answered.add(port - first)
        if port - first == len(attempts) - 1:
            print(*(attempts[number] for number in sorted(answered)))
            return 0
    return "the honest one was not answered either"


def claim(interface, ip, mac):
    wire, mac = Wire(interface), bytes.fromhex(mac.replace(":", ""))
    if ":" not in ip:
        wire.send("ff:ff:ff:ff:ff:ff", ARP, struct.pack("!HHBBH", 1, IPV4, 6, 4, 2) + (mac + address(ip)) * 2)
        return
    # flags: from a router, not asked for, overrides what is known
    wire.send("33:33:00:00:00:01", *packet(ip, "ff02::1", socket.IPPROTO_ICMPV6, hops=255, build=lambda total: struct.pack(
        "!BBHI", 136, 0, total, 0xA0000000) + address(ip) + b"\2\1" + mac))


def advertise(interface, source):
    prefix = struct.pack("!BBBBIII", 3, 4, 64, 0xC0, 86400, 14400, 0) + address("2001:db8:bad::")
    Wire(interface).send("33:33:00:00:00:01", *packet(
        source, "ff02::1", socket.IPPROTO_ICMPV6, hops=255,
        build=lambda total: struct.pack("!BBHBBHII", 134, 0, total, 64, 0x08, 9000, 0, 0) + prefix))


if __name__ == "__main__":
    sys.exit({function.__name__: function for function in (send, watch, knock, claim, advertise)}[sys.argv[1]](*sys.argv[2:]))
