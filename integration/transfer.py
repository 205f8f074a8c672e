#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How long some bytes take over one TCP connection.

transfer.py serve PORT                      answer clients one after the other; prints "ready" when it listens
transfer.py get|put ADDRESS PORT BYTES      move bytes from or to the server; print the milliseconds that it took

The clock starts when the server knows what is wanted and ends when the last byte has arrived.
"""
import socket
import sys
import time

TIMEOUT = 20
CHUNK = 65536


def receive(connection, count):
    while count > 0:
        got = len(connection.recv(min(count, CHUNK)))
        if got == 0:
            raise OSError(f"{count} bytes are missing")
        count -= got


def answer(connection):
    connection.settimeout(TIMEOUT)
    verb, count = connection.recv(64).decode().split()
    connection.sendall(b".")
    if verb == "get":
        connection.sendall(bytes(int(count)))
    else:
        receive(connection, int(count))
        connection.sendall(b".")


def serve(port):
    with socket.create_server(("", int(port))) as server:
        print("ready", flush=True)
        while True:
            connection = server.accept()[0]
            with connection:
                try:
                    answer(connection)
                except OSError as error:
                    print(error, file=sys.stderr)


def transfer(verb, address, port, count):
    with socket.create_connection((address, int(port)), TIMEOUT) as connection:
        connection.sendall(f"{verb} {count}".encode())
        receive(connection, 1)
        begin = time.monotonic()
        if verb == "get":
            receive(connection, int(count))
        else:
            connection.sendall(bytes(int(count)))
            receive(connection, 1)
        print(round((time.monotonic() - begin) * 1000))


if __name__ == "__main__":
    try:
        if sys.argv[1] == "serve":
            serve(sys.argv[2])
        else:
            transfer(*sys.argv[1:])
    except OSError as failure:
        sys.exit(f"{sys.argv[1:]}: {failure}")
