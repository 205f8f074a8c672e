#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the header of a datagram says where it arrives.

headers.py PORT...    answer each datagram with "dscp D ecn E ttl T" of its own header, on every address of both
                      families; prints "ready" when all ports listen
"""
import select
import socket
import struct
import sys

# Of linux/in.h, and unknown to this module
IP_RECVTTL, IP_PKTINFO = 12, 8
# level, type: of the answer's control message
TOS = ((socket.IPPROTO_IP, socket.IP_TOS), (socket.IPPROTO_IPV6, socket.IPV6_TCLASS))
TTL = ((socket.IPPROTO_IP, socket.IP_TTL), (socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT))
# To be set: what is to be told, and the address that was asked, from which the answer must come
WANTED = {
    socket.AF_INET: ((socket.IPPROTO_IP, socket.IP_RECVTOS), (socket.IPPROTO_IP, IP_RECVTTL), (socket.IPPROTO_IP, IP_PKTINFO)),
    socket.AF_INET6: ((socket.IPPROTO_IPV6, socket.IPV6_V6ONLY), (socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS),
                      (socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT), (socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO)),
}
PACKET_INFO = ((socket.IPPROTO_IP, IP_PKTINFO), (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO))


def listen(family, port):
    server = socket.socket(family, socket.SOCK_DGRAM)
    for level, option in WANTED[family]:
        server.setsockopt(level, option, 1)
    server.bind(("", port))
    return server


def answer(server):
    _, ancillary, _, client = server.recvmsg(2048, 256)
    tos = ttl = None
    for level, kind, data in ancillary:
        # One byte for the TOS of IPv4, an int for the others
        number = data[0] if len(data) < 4 else struct.unpack("i", data[:4])[0]
        tos = number if (level, kind) in TOS else tos
        ttl = number if (level, kind) in TTL else ttl
    where = [part for part in ancillary if part[:2] in PACKET_INFO]
    server.sendmsg([f"dscp {tos >> 2} ecn {tos & 3} ttl {ttl}\n".encode()], where, 0, client)


def main():
    servers = [listen(family, int(port)) for port in sys.argv[1:] for family in WANTED]
    print("ready", flush=True)
    while True:
        for server in select.select(servers, [], [])[0]:
            try:
                answer(server)
            except OSError as error:
                print(error, file=sys.stderr)


if __name__ == "__main__":
    main()
