"""Placing blocks in blocks: the arithmetic under an address plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network

Block = IPv4Network


def lowest(space: Block, length: int, taken: Iterable[Block]) -> Block | None:
    """Lowest free block of that prefix length in ``space``."""
    if length < space.prefixlen:
        return None
    step = 1 << (32 - length)
    address, end = int(space.network_address), int(space.broadcast_address) + 1
    busy = sorted((int(b.network_address), int(b.broadcast_address) + 1) for b in taken)
    for start, stop in busy:
        if stop > address and start < address + step:
            address = -(-stop // step) * step
    return Block((address, length)) if address + step <= end else None


def highest(spaces: Sequence[Block], length: int, taken: Iterable[Block]) -> Block | None:
    """Highest free block of that prefix length in the first space that has one."""
    step = 1 << (32 - length)
    busy = sorted(((int(b.network_address), int(b.broadcast_address) + 1) for b in taken), reverse=True)
    for space in spaces:
        if length < space.prefixlen:
            continue
        address = int(space.broadcast_address) + 1 - step
        for start, stop in busy:
            if stop > address and start < address + step:
                address = start // step * step - step if start % step == 0 else start // step * step
                while address + step > start:
                    address -= step
        if address >= int(space.network_address):
            return Block((address, length))
    return None


def smallest_space(built: Sequence[int], custom: Sequence[int], reserve: int) -> int | None:
    """Longest prefix of one space that holds the built-in blocks in its reserve and the custom ones outside.

    None when even a /8 is too small.
    ``built`` and ``custom`` are prefix lengths in the order of placement.
    """
    for length in range(29, 7, -1):
        space = Block(("10.0.0.0", length))
        home = Block(("10.0.0.0", max(reserve, length)))
        if _all_fit(space, home, built, custom):
            return length
    return None


def _all_fit(space: Block, home: Block, built: Sequence[int], custom: Sequence[int]) -> bool:
    taken: list[Block] = []
    for length in built:
        if (block := lowest(home, length, taken)) is None:
            return False
        taken.append(block)
    taken = [home]
    for length in custom:
        if (block := highest([space], length, taken)) is None:
            return False
        taken.append(block)
    return True
