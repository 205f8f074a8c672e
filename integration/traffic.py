#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Servers and clients of the integration tests.

traffic.py serve NAME PROTOCOL:PORT...    answer "NAME <client's address>" on every address of both families, and
                                          behind it the client's port if it was asked for by a NAME that ends in "+";
                                          prints "ready" when all ports listen
traffic.py ask PROTOCOL ADDRESS PORT [SOURCE [SOURCE_PORT]]
                                          print the answer; status 1 when none comes within a second
                                          (times PATIENCE, see lib.sh).
                                          SOURCE is an address, or address#port
PROTOCOL is tcp, udp or sctp.
"""
import os
import select
import socket
import sys

KINDS = {
    "tcp": (socket.SOCK_STREAM, socket.IPPROTO_TCP),
    "udp": (socket.SOCK_DGRAM, socket.IPPROTO_UDP),
    "sctp": (socket.SOCK_STREAM, socket.IPPROTO_SCTP),
}


def listen(protocol, port):
    """One socket for both families; the address of an IPv4 client reads ::ffff:a.b.c.d."""
    server = socket.socket(socket.AF_INET6, *KINDS[protocol])
    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if protocol == "udp":
        # A reply must come from the address that was asked
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    server.bind(("::", port))
    if protocol != "udp":
        server.listen(64)
    return server


def answer(server, name):
    def text(client):
        address = client[0].split("%")[0]
        port = f" {client[1]}" if name.endswith("+") else ""
        return f"{name} {address.removeprefix('::ffff:')}{port}\n".encode()

    if server.type == socket.SOCK_DGRAM:
        _, ancillary, _, client = server.recvmsg(2048, 256)
        server.sendmsg([text(client)], ancillary, 0, client)
        return
    connection, client = server.accept()
    with connection:
        connection.sendall(text(client))


def serve(name, *ports):
    servers = [listen(protocol, int(port)) for protocol, port in (port.split(":") for port in ports)]
    print("ready", flush=True)
    while True:
        for server in select.select(servers, [], [])[0]:
            try:
                answer(server, name)
            except OSError as error:
                print(error, file=sys.stderr)


def ask(protocol, address, port, source=None, source_port=0):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, *KINDS[protocol]) as client:
        client.settimeout(int(os.environ.get("PATIENCE", 1)))
        host, _, behind = (source or "").partition("#")
        source_port = source_port or behind or 0
        if host or source_port:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            client.bind((host, int(source_port)))
        try:
            client.connect((address, int(port)))
            if protocol == "udp":
                client.send(b"?")
            reply = client.recv(2048)
        except OSError as error:
            sys.exit(f"{protocol} {address} {port}: {error}")
        sys.stdout.write(reply.decode())
        return 0 if reply else 1


if __name__ == "__main__":
    sys.exit({"serve": serve, "ask": ask}[sys.argv[1]](*sys.argv[2:]))
