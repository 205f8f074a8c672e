#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The network card of a virtual machine without the machine: a namespace plays the guest.

vmm.py CONTAINER TAP QUEUES USER[:GROUP] [GUEST MAC MTU]
    open the tap TAP of the namespace CONTAINER as this user, with this many queues (1: as a tap of one queue), make an
    interface eth0 in the namespace GUEST, print "ready" and carry frames between them until killed.
    Without GUEST: say "opened", or why not (status 1).
"""
import ctypes
import errno
import fcntl
import os
import select
import socket
import struct
import sys

TUNSETIFF, SIOCSIFHWADDR, SIOCSIFMTU = 0x400454CA, 0x8924, 0x8922
IFF_TAP, IFF_NO_PI, IFF_MULTI_QUEUE, IFF_TUN_EXCL = 0x0002, 0x1000, 0x0100, 0x8000
CLONE_NEWNET, ARPHRD_ETHER, MAX_FRAME = 0x40000000, 1, 65536
LIBC = ctypes.CDLL(None, use_errno=True)


def enter(namespace):
    with open(f"/run/netns/{namespace}", "rb") as path:
        if LIBC.setns(path.fileno(), CLONE_NEWNET) < 0:
            raise OSError(ctypes.get_errno(), f"enter {namespace}")


def open_tap(name, flags):
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI | flags))
    return tap


def become(user, group):
    """Another user without any capability; the supplementary groups are those of nobody."""
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)


def plug(guest, mac, mtu):
    """The guest's side: an interface with the MAC and the MTU of the machine's card."""
    enter(guest)
    card = open_tap("eth0", IFF_TUN_EXCL)
    hardware = struct.pack("16sH6s8x", b"eth0", ARPHRD_ETHER, bytes.fromhex(mac.replace(":", "")))
    fcntl.ioctl(card, SIOCSIFHWADDR, hardware)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFMTU, struct.pack("16si20x", b"eth0", int(mtu)))
    return card


def carry(card, queues):
    """Frames of the guest go round the queues, as those of a driver with several do."""
    turn = 0
    while True:
        for ready in select.select([card, *queues], [], [])[0]:
            try:
                frame = os.read(ready, MAX_FRAME)
                if ready != card:
                    os.write(card, frame)
                    continue
                os.write(queues[turn % len(queues)], frame)
                turn += 1
            except OSError as error:
                # An interface that is down takes nothing
                if error.errno not in (errno.EIO, errno.EAGAIN):
                    raise


def main(container, tap, queues, user, guest=None, mac=None, mtu=None):
    card = plug(guest, mac, mtu) if guest else None
    enter(container)
    who, _, group = user.partition(":")
    if int(who):
        become(int(who), int(group or who))
    several = IFF_MULTI_QUEUE if int(queues) > 1 else 0
    try:
        opened = [open_tap(tap, several) for _ in range(int(queues))]
    except OSError as error:
        sys.exit(errno.errorcode[error.errno])
    print("ready" if guest else "opened", flush=True)
    if guest:
        carry(card, opened)


if __name__ == "__main__":
    main(*sys.argv[1:])
