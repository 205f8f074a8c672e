#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Datagrams wrapped as tunnels wrap them, put on the wire as frames.

wrapped.py INTERFACE MAC WAY LOCAL TO PORT CASE...
        WAY       ipip, sit, gre or vxlan@MAC, where that is the MAC of the tunnel's end
        LOCAL     where the tunnel ends
        TO PORT   whom the datagrams inside are for; the text of each is the name of its case
        CASE      NAME=OUTER/INNER[/FLAW]: sources of the packet and of what it wraps, and what else is wrong with it: options,
                  fragments, short; with gre key, checksum, sequence, version, type; with vxlan tagged, type
"""
import socket
import struct
import sys

from forge import IPV4, Wire, address, checksum, packet, udp

VXLAN_PORT, OTHER_TYPE, VLAN = 4789, 0x88B5, 0x8100
MORE, FRAGMENT = 0x2000, 16
GRE_FLAGS = {"checksum": 0x8000, "key": 0x2000, "sequence": 0x1000, "version": 0x0001}


def gre(kind, inner, flaw):
    """The four bytes behind the type that a flag announces are zero, which a checksum may be, too."""
    flags = GRE_FLAGS.get(flaw, 0)
    head = struct.pack("!HH", flags, OTHER_TYPE if flaw == "type" else kind)
    return socket.IPPROTO_GRE, head + (b"\0" * 4 if flags & 0xF000 else b"") + inner


def vxlan(kind, inner, flaw, mac):
    kind = OTHER_TYPE if flaw == "type" else kind
    tag = struct.pack("!HH", VLAN, 1) if flaw == "tagged" else b""
    frame = bytes.fromhex(mac.replace(":", "")) + b"\2\0\0\0\0\1" + tag + struct.pack("!H", kind) + inner
    body = struct.pack("!II", 0x08000000, 1 << 8) + frame
    return socket.IPPROTO_UDP, struct.pack("!HHHH", 40000, VXLAN_PORT, 8 + len(body), 0) + body


def wrap(way, kind, inner, flaw):
    """Return: protocol and content of the packet around it."""
    way, _, mac = way.partition("@")
    if way == "gre":
        return gre(kind, inner, flaw)
    if way == "vxlan":
        return vxlan(kind, inner, flaw, mac)
    return (socket.IPPROTO_IPIP if kind == IPV4 else socket.IPPROTO_IPV6), inner


def around(source, destination, protocol, body, offset=0, options=b""):
    """An IPv4 packet, or a part of one."""
    words = 5 + len(options) // 4
    head = struct.pack("!BBHHHBBH", 0x40 | words, 0, words * 4 + len(body), 77, offset, 64, protocol, 0)
    tail = address(source) + address(destination) + options
    return head[:10] + struct.pack("!H", checksum(head + tail)) + tail + body


def packets(way, local, to, port, case):
    name, _, rest = case.partition("=")
    outer, inner, flaw = (rest + "/").split("/")[:3]
    kind, inside = packet(inner, to, socket.IPPROTO_UDP, udp(int(port), name.encode()))
    protocol, body = wrap(way, kind, inside[:8] if flaw == "short" else inside, flaw)
    if flaw == "fragments":
        yield around(outer, local, protocol, body[:FRAGMENT], MORE)
        yield around(outer, local, protocol, body[FRAGMENT:], FRAGMENT // 8)
    else:
        # four times "no operation" (RFC 791)
        yield around(outer, local, protocol, body, options=b"\1\1\1\1" if flaw == "options" else b"")


def main(interface, mac, way, local, to, port, *cases):
    wire = Wire(interface)
    for case in cases:
        for each in packets(way, local, to, port, case):
            wire.send(mac, IPV4, each)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
