#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a command's packets look like on the wire.

outer.py INTERFACE COMMAND...   runs it, then prints "PROTOCOL SOURCE DESTINATION LENGTH" for all IPv4 packets that passed:
                                one line each, sorted, LENGTH the greatest; PROTOCOL is "17:PORT" (destination) for UDP
"""
import socket
import struct
import subprocess
import sys

ETH_P_ALL, ETH_P_IP, UDP = 3, 0x0800, 17


def frames(wire):
    """Those that are waiting; a command that has ended has sent all of its own."""
    wire.setblocking(False)
    while True:
        try:
            yield wire.recvfrom(65536)
        except BlockingIOError:
            return


def main():
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    wire.bind((sys.argv[1], ETH_P_ALL))
    status = subprocess.call(sys.argv[2:], stdout=subprocess.DEVNULL)
    seen = {}
    for packet, (_, kind, *_) in frames(wire):
        if kind != ETH_P_IP:
            continue
        head = (packet[0] & 15) * 4
        length, = struct.unpack_from("!H", packet, 2)
        protocol = str(packet[9])
        if packet[9] == UDP:
            protocol += f":{struct.unpack_from('!H', packet, head + 2)[0]}"
        key = (protocol, socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(packet[16:20]))
        seen[key] = max(seen.get(key, 0), length)
    for key, length in sorted(seen.items()):
        print(*key, length)
    return status


sys.exit(main())
