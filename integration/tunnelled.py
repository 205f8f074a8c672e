#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the packets of an interface are in: tunnelled.py INTERFACE COUNT [SECONDS] prints "ready", then a line per IPv4 packet
that carries another: protocol, outer source and destination, time to live, length; inner source and destination.
"""
import socket
import struct
import sys

ETH_P_IP, SELF = 0x0800, 4
# Where the IPv4 packet inside begins, behind the outer header
INNER = {4: 0, 41: None, 47: 4}


def address(raw):
    return socket.inet_ntoa(raw)


def main():
    interface, count, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else 5
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
    packets.bind((interface, ETH_P_IP))
    packets.settimeout(seconds)
    print("ready", flush=True)
    seen = 0
    while seen < count:
        packet, origin = packets.recvfrom(65535)
        if origin[2] == SELF or packet[9] not in INNER:
            continue
        ihl = (packet[0] & 15) * 4
        ttl, protocol = packet[8], packet[9]
        length, = struct.unpack_from("!H", packet, 2)
        inner = packet[ihl + (INNER[protocol] or 0):]
        ends = f"{address(inner[12:16])} {address(inner[16:20])}" if INNER[protocol] is not None else "-"
        print(protocol, address(packet[12:16]), address(packet[16:20]), ttl, length, ends, flush=True)
        seen += 1


main()
