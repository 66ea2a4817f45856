"""Addresses as rules write them: blocks, service tags, the Internet; and which of them contain which.

Source: Microsoft Learn, "Virtual network service tags". The addresses of a tag are not known here, so whether it
contains a public address is undetermined: None.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

Block = IPv4Network | IPv6Network

ANY = frozenset({"*", "any", "0.0.0.0/0", "::/0"})
"""Every way to write "all addresses", in lower case."""

NOT_PUBLIC: tuple[Block, ...] = tuple(
    ip_network(block)
    for block in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
        "168.63.129.16/32", "224.0.0.0/4", "fc00::/7", "fe80::/10", "::1/128",
    )
)  # fmt: skip
"""Ranges that the Internet does not route; 168.63.129.16 is Azure's own resolver and health probe."""


@dataclass(frozen=True)
class Peer:
    """One end of a connection: a block of addresses, a service tag, or (with neither) any public address."""

    block: Block | None = None
    tag: str | None = None
    unnamed: bool = False
    """Any public address except those that rules name by block or tag."""

    @classmethod
    def of(cls, written: str) -> Peer:
        """Make a peer of ``10.0.0.0/24``, ``10.0.0.4``, a service tag, or ``Internet``."""
        block = parse_block(written)
        if block is not None:
            return cls(block=block)
        return INTERNET if written.lower() == "internet" else cls(tag=written)

    def __str__(self) -> str:
        return self.tag or (str(self.block) if self.block else "the Internet")


INTERNET = Peer()
"""Any address on the Internet; a rule about a block or a tag may or may not match it."""

ELSEWHERE = Peer(unnamed=True)
"""An address on the Internet that no rule names, for the question whether a subnet reaches the Internet at all."""


@dataclass(frozen=True)
class Space:
    """What the tag ``VirtualNetwork`` means for the security group of one subnet."""

    blocks: tuple[Block, ...] = ()
    """Address space of the network and of its peers."""
    routed: tuple[Block, ...] = ()
    """Prefixes of user-defined routes, which the tag includes as well."""


def covers(written: str, peer: Peer, space: Space) -> bool | None:
    """Return whether what a rule names contains all of ``peer``; None for a part of it, or if unknown."""
    if written.lower() in ANY:
        return True
    block = parse_block(written)
    if block is not None:
        return _block_covers(block, peer)
    if peer.tag is not None and peer.tag.lower() == written.lower():
        return True
    return _tag_covers(written.lower(), peer, space)


def _block_covers(block: Block, peer: Peer) -> bool | None:
    if peer.block is None:
        # A public block contains some addresses of the Internet, and perhaps some of a tag's.
        return None if is_public(block) and not peer.unnamed else False
    if peer.block.version != block.version or not peer.block.overlaps(block):
        return False
    return True if inside(peer.block, block) else None


def _tag_covers(tag: str, peer: Peer, space: Space) -> bool | None:
    if tag == "virtualnetwork":
        return _network_covers(peer, space)
    if tag == "internet":
        return _internet_covers(peer, space)
    if peer.tag is not None:
        # ``Storage.WestEurope`` is a part of ``Storage``; everything else may share addresses with ``AzureCloud``.
        part = peer.tag.lower().startswith(tag + ".")
        return True if part else (None if tag.startswith((peer.tag.lower() + ".", "azurecloud")) else False)
    possible = tag != "azureloadbalancer" and not peer.unnamed and (peer.block is None or is_public(peer.block))
    return None if possible else False


def _network_covers(peer: Peer, space: Space) -> bool | None:
    if peer.block is None:
        return None if any(block.prefixlen == 0 for block in space.routed) else False
    return _extent(peer.block, space.blocks, space.routed)


def _internet_covers(peer: Peer, space: Space) -> bool:
    if peer.block is None:
        return peer.tag is None or peer.tag.lower() not in {"virtualnetwork", "azureloadbalancer"}
    return is_public(peer.block) and _extent(peer.block, space.blocks, ()) is False


def is_public(block: Block) -> bool:
    """Return whether ``block`` lies outside every range that the Internet does not route."""
    return not any(inside(block, one) for one in NOT_PUBLIC)


def _extent(block: Block, sure: Sequence[Block], perhaps: Sequence[Block]) -> bool | None:
    if any(inside(block, one) for one in sure):
        return True
    return None if any(block.version == one.version and block.overlaps(one) for one in (*sure, *perhaps)) else False


def inside(inner: Block, outer: Block) -> bool:
    """Return whether all of ``inner`` is in ``outer``."""
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    return isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network) and inner.subnet_of(outer)


@lru_cache(maxsize=4096)
def parse_block(written: str) -> Block | None:
    """Parse a block or an address; None for a service tag."""
    try:
        return ip_network(written, strict=False)
    except ValueError:
        return None


def blocks_of(values: Iterable[object]) -> tuple[Block, ...]:
    """Parse the values that are blocks; others, such as unknown ones, are left out."""
    return tuple(block for value in values if isinstance(value, str) and (block := parse_block(value)) is not None)
