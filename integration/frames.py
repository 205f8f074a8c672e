#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Frames that no kernel would send by itself, and who gets them.

frames.py listen INTERFACE                        "ready", then the token of every frame of ours; ends behind "end"
frames.py send INTERFACE KIND MAC ADDRESS TOKEN   one frame to all, from this MAC, speaking for this address
    KIND: ipv4, ipv6, arp, advertisement, other (no protocol of IP); MAC "MAC/MAC": of the frame, and inside it
"""
import ipaddress
import socket
import struct
import sys

MARK = b"cambric:"
BROADCAST = b"\xff" * 6
ETH_P_ALL, ETH_P_IP, ETH_P_ARP, ETH_P_IPV6, ETH_P_EXPERIMENT = 3, 0x0800, 0x0806, 0x86DD, 0x88B5
ALL_NODES = ipaddress.ip_address("ff02::1").packed


def checksum(data):
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(_mac, source, token):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(token), 1, 0, 64, 253, 0, source, b"\xff" * 4)
    return ETH_P_IP, head[:10] + struct.pack("!H", checksum(head)) + head[12:] + token


def ipv6(_mac, source, token):
    return ETH_P_IPV6, struct.pack("!IHBB", 6 << 28, len(token), 253, 64) + source + ALL_NODES + token


def arp(mac, source, token):
    return ETH_P_ARP, struct.pack("!HHBBH", 1, ETH_P_IP, 6, 4, 2) + mac + source + BROADCAST + source + token


def advertisement(mac, target, token):
    source = ipaddress.ip_address("fe80::" + mac_suffix(mac)).packed
    body = struct.pack("!BBHI", 136, 0, 0, 0x20000000) + target + b"\x02\x01" + mac + token + b"\0" * (-len(token) % 8)
    pseudo = source + ALL_NODES + struct.pack("!II", len(body), 58)
    body = body[:2] + struct.pack("!H", checksum(pseudo + body)) + body[4:]
    return ETH_P_IPV6, struct.pack("!IHBB", 6 << 28, len(body), 58, 255) + source + ALL_NODES + body


def mac_suffix(mac):
    return f"{mac[0] ^ 2:02x}{mac[1]:02x}:{mac[2]:02x}ff:fe{mac[3]:02x}:{mac[4]:02x}{mac[5]:02x}"


def other(_mac, _source, token):
    return ETH_P_EXPERIMENT, token + b"\0" * 46


KINDS = {"ipv4": ipv4, "ipv6": ipv6, "arp": arp, "advertisement": advertisement, "other": other}


def send(interface, kind, macs, address, token):
    outer, *inner = [bytes.fromhex(mac.replace(":", "")) for mac in macs.split("/")]
    ethertype, payload = KINDS[kind]((inner or [outer])[0], ipaddress.ip_address(address).packed,
                                     MARK + token.encode() + b";")
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    raw.bind((interface, 0))
    raw.send(BROADCAST + outer + struct.pack("!H", ethertype) + payload)


def listen(interface):
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    raw.bind((interface, ETH_P_ALL))
    raw.settimeout(5)
    print("ready", flush=True)
    while True:
        frame, where = raw.recvfrom(2048)
        if where[2] == socket.PACKET_OUTGOING or MARK not in frame:
            continue
        token = frame.split(MARK, 1)[1].split(b";", 1)[0].decode()
        if token == "end":
            return
        print(token, flush=True)


if __name__ == "__main__":
    {"listen": listen, "send": send}[sys.argv[1]](*sys.argv[2:])
