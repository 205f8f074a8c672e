#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Two IPAM plugins at work on one directory at once.

reservations.py VERB COUNT EVEN ODD    the configuration on stdin; container N is served by EVEN or ODD
Prints the address that each was given, or what it said instead.
"""
import concurrent.futures
import json
import subprocess
import sys

VERB, COUNT, PROGRAMS = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
CONFIG = sys.stdin.buffer.read()


def call(number):
    environment = {"CNI_COMMAND": VERB, "CNI_PATH": "/nowhere", "CNI_CONTAINERID": f"many{number}", "CNI_NETNS": "/some/where",
                   "CNI_IFNAME": "eth0"}
    done = subprocess.run(PROGRAMS[number % 2], env=environment, input=CONFIG, stdout=subprocess.PIPE, check=False, timeout=60)
    answer = json.loads(done.stdout or "{}")
    return answer["ips"][0]["address"] if "ips" in answer else answer.get("msg", "")


with concurrent.futures.ThreadPoolExecutor(8) as pool:
    print("\n".join(filter(None, pool.map(call, range(COUNT)))))
