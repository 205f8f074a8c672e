# SPDX-License-Identifier: GPL-2.0-or-later
"""The pages of bits of a store, as store/page.c reads them."""
import struct

SEAL = struct.Struct("<Q")
WORD = (1 << 64) - 1


def seal_of(bits):
    """seal_of() of store/page.c."""
    seal = 0x9e3779b97f4a7c15
    for (word,) in struct.iter_unpack("<Q", bits):
        seal = (seal ^ word) * 0xff51afd7ed558ccd & WORD
        seal ^= seal >> 32
    return seal


def believed(store):
    """(name, numbers that are marked) of each page whose seal is right: any other is made anew before it is used."""
    for path in store.glob("*/bits/*-*"):
        if path.name.startswith("cursor-"):
            continue
        content = path.read_bytes()
        bits, seal = content[:-SEAL.size], content[-SEAL.size:]
        if len(bits) % SEAL.size == 0 and len(seal) == SEAL.size and SEAL.unpack(seal)[0] == seal_of(bits):
            yield path.name, {8 * at + bit for at, byte in enumerate(bits) if byte for bit in range(8) if byte >> bit & 1}
