#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What Python's ipaddress says to texts that are, or nearly are, addresses and prefixes: for tests/test_address.c.

    tests/addresses.py COUNT SEED

prints a line for each text, fields separated by blanks, "-" where there is nothing:
    text in hex; value of the address in hex, its canonical text, L, M, l for loopback, multicast, link-local;
    value/length of the prefix, its first and last value in hex; whether it overlaps with the prefix before it (0, 1);
    a number, and the value of the address plus that number
After the generated texts come the files of tests/fuzz/corpus/address.

Where base/ip.c differs on purpose:
- ::ffff:a.b.c.d is a.b.c.d, as in Go's net.IP; its prefix length counts from bit 96, a shorter one is refused
- no scope ("fe80::1%eth0"): an address of a configuration belongs to no interface yet
- a prefix has its length, in decimal without leading zeros: no "10.0.0.0", no "/255.0.0.0", no "/08"
- ::a.b.c.d is written in that way, as inet_ntop(3) does, and not as ::xxxx:yyyy
"""
import ipaddress
import pathlib
import random
import re
import sys

ALPHABET = "0123456789abcdefABCDEF::::....//%-+ xgzG\t\n\u0663\u00b2"
CORPUS = pathlib.Path("tests/fuzz/corpus/address")


def octets(rng):
    return ".".join(str(rng.choice((0, 1, 10, 77, 127, 169, 192, 224, 254, 255, rng.randrange(256)))) for _ in range(4))


def groups(rng):
    """An IPv6 text: any spelling of it, not only the canonical one."""
    words = [rng.choice((0, 0, 0, 1, 0xfe80, 0xff02, 0xffff, 0xfd77, rng.randrange(65536))) for _ in range(8)]
    if rng.random() < 0.2:
        words[:6] = [0, 0, 0, 0, 0, rng.choice((0, 0xffff))]
    texts = [format(word, rng.choice(("x", "x", "X", "04x"))) for word in words]
    if rng.random() < 0.2:
        texts[6:] = [octets(rng)]
    if rng.random() < 0.7:
        start = rng.randrange(len(texts))
        end = rng.randrange(start, len(texts)) + 1
        return ":".join(texts[:start]) + "::" + ":".join(texts[end:])
    return ":".join(texts)


def length(rng):
    return rng.choice(("0", "8", "16", "17", "24", "31", "32", "33", "64", "95", "96", "97", "113", "120", "127", "128",
                       "129", "08", "008", "0128", "1000", "", "+8", "-1", " 8", "8 ", "255.255.0.0", "0.0.0.255",
                       "99999999999999999999", str(rng.randrange(129))))


def mutate(rng, text):
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        at = rng.randrange(len(text) + 1)
        cut = rng.choice((0, 0, 1, 1, 2))
        text = text[:at] + "".join(rng.choices(ALPHABET, k=rng.choice((0, 1, 1, 2)))) + text[at + cut:]
    return text


def generate(count, seed):
    rng = random.Random(seed)
    for _ in range(count):
        text = octets(rng) if rng.random() < 0.45 else groups(rng)
        if rng.random() < 0.6:
            text += "/" + length(rng)
        if rng.random() < 0.05:
            text += "%eth0" + rng.choice(("", "/64"))
        if rng.random() < 0.4:
            text = mutate(rng, text)
        yield text.encode()
    for path in sorted(CORPUS.iterdir()):
        yield path.read_bytes().split(b"\0")[0]


def read(kind, text):
    """The object, or None for what neither Python nor cambric takes."""
    try:
        return None if "%" in text else kind(text)
    except ValueError:
        return None


def read_ip(text):
    ip = read(ipaddress.ip_address, text)
    return ip.ipv4_mapped or ip if ip and ip.version == 6 else ip


def read_prefix(text):
    if not re.fullmatch("[^/]*/(0|[1-9][0-9]{0,2})", text):
        return None
    prefix = read(ipaddress.ip_interface, text)
    if prefix and prefix.version == 6 and prefix.ip.ipv4_mapped:
        bits = prefix.network.prefixlen - 96
        return ipaddress.ip_interface((prefix.ip.ipv4_mapped, bits)) if bits >= 0 else None
    return prefix


def canonical(ip):
    compatible = ip.version == 6 and 0xffff < int(ip) < 1 << 32
    return f"::{ipaddress.IPv4Address(int(ip))}" if compatible else str(ip)


def flags(ip):
    return "".join(letter for letter, holds in (("L", ip.is_loopback), ("M", ip.is_multicast),
                                                ("l", ip.is_link_local)) if holds) or "-"


def main():
    rng = random.Random(sys.argv[2])
    before = None
    for raw in generate(int(sys.argv[1]), sys.argv[2]):
        text = raw.decode("utf-8", "surrogateescape")
        ip, prefix = read_ip(text), read_prefix(text)
        number = rng.choice((0, 1, 255, 256, rng.getrandbits(32), rng.getrandbits(64)))
        line = [raw.hex() or "-"]
        line += [ip.packed.hex(), canonical(ip), flags(ip)] if ip else ["-"] * 3
        line += [f"{prefix.packed.hex()}/{prefix.network.prefixlen}", prefix.network[0].packed.hex(),
                 prefix.network[-1].packed.hex()] if prefix else ["-"] * 3
        line += [str(int(before.version == prefix.version and before.network.overlaps(prefix.network)))
                 if prefix and before else "-"]
        line += [str(number), type(ip)((int(ip) + number) % (1 << ip.max_prefixlen)).packed.hex() if ip else "-"]
        before = prefix or before
        print(*line)


if __name__ == "__main__":
    main()
