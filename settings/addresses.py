"""Address planning: every subnet is carved out of the declared space, and none ever moves.

Built-in subnets have fixed sizes and come from an append-only table; they are packed bottom-up into a reserve at the
beginning of the first address space. Custom subnets come in the order of the stack file, top-down outside the reserve
(or at the prefix that they name). So a change of size preset moves nothing, nor does appending a row to either list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from settings.fitting import highest, lowest, smallest_space
from settings.problems import Issue, Path
from settings.subnets import BUILT_IN, RESERVE, SMALLEST, BuiltInSubnet, CustomSubnet, Subnet

PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
"""RFC 1918, and RFC 6598 which Azure also accepts for virtual networks."""

LARGEST_SPACE = 8
"""Shortest prefix of an address space that Azure accepts."""


class AddressError(ValueError):
    """Why a plan cannot be made: every issue, with paths below ``network``, e.g. ``("addressSpace", 0)``."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        super().__init__("; ".join(issue.message for issue in issues))
        self.issues = tuple(issues)


@dataclass(frozen=True, kw_only=True)
class AddressPlan:
    """The address spaces of a virtual network and every subnet in them."""

    spaces: tuple[str, ...]
    """CIDR blocks; empty when the virtual network is the customer's own."""
    subnets: tuple[Subnet, ...]
    """Built-in ones in the order of their table, then custom ones in the order of the stack file."""

    def subnet(self, role: str) -> Subnet:
        """Return the subnet with that role; ``KeyError`` with the known roles when there is none."""
        for candidate in self.subnets:
            if candidate.role == role:
                return candidate
        msg = f"no subnet {role!r}; there are {', '.join(s.role for s in self.subnets) or 'none'}"
        raise KeyError(msg)

    @classmethod
    def make(
        cls, spaces: Sequence[str], custom: Sequence[CustomSubnet] = (), built_in: Sequence[BuiltInSubnet] = BUILT_IN
    ) -> AddressPlan:
        """Plan the subnets. Raises :class:`AddressError` with every issue: bad blocks first, then what does not fit."""
        blocks, issues = _blocks(spaces)
        if issues:
            raise AddressError(issues)
        placed, issues = _place(blocks, custom, built_in)
        if issues:
            raise AddressError(issues)
        return cls(spaces=tuple(map(str, blocks)), subnets=tuple(placed))


def _blocks(spaces: Sequence[str]) -> tuple[list[IPv4Network], list[Issue]]:
    blocks: list[IPv4Network] = []
    issues: list[Issue] = []
    for index, text in enumerate(spaces):
        where = ("addressSpace", index)
        block, issue = parse_block(text, where)
        if issue is None and block is not None:
            issue = _space_issue(block, blocks, where)
        if issue:
            issues.append(issue)
        elif block:
            blocks.append(block)
    return blocks, issues


def parse_block(text: str, where: Path) -> tuple[IPv4Network | None, Issue | None]:
    """Parse an IPv4 block, or return why it is none; host bits that are set are an issue of their own."""
    try:
        if "/" not in text:
            raise ValueError(text)
        return IPv4Network(text), None
    except ValueError:
        pass
    try:
        rounded = IPv4Network(text, strict=False)
    except ValueError:
        return None, Issue(
            where, "not an IPv4 block", text, "an IPv4 address, a slash and a prefix length", "10.20.0.0/22"
        )
    if "/" not in text:
        return None, Issue(where, "an address without prefix length", text, "a block in CIDR form", f"{text}/22")
    return None, Issue(where, "host bits are set", text, "the first address of the block", str(rounded))


def _space_issue(block: IPv4Network, earlier: Sequence[IPv4Network], where: Path) -> Issue | None:
    if block.prefixlen < LARGEST_SPACE or block.prefixlen > SMALLEST:
        allowed = f"prefix lengths /{LARGEST_SPACE} to /{SMALLEST}"
        return Issue(where, "a block of a size that Azure refuses", str(block), allowed, "10.20.0.0/22")
    if not any(block.subnet_of(private) for private in PRIVATE):
        return Issue(
            where, "not a private range", str(block), f"a block inside {', '.join(map(str, PRIVATE))}", "10.20.0.0/22"
        )
    for other in earlier:
        if block.overlaps(other):
            return Issue(
                where,
                f"overlaps {other}, declared before it",
                str(block),
                "blocks without common addresses",
                "10.21.0.0/22",
            )
    return None


def _place(
    blocks: Sequence[IPv4Network], custom: Sequence[CustomSubnet], built_in: Sequence[BuiltInSubnet]
) -> tuple[list[Subnet], list[Issue]]:
    """Place built-ins, then customs in their order; each avoids the earlier ones."""
    reserve = IPv4Network((blocks[0].network_address, max(RESERVE, blocks[0].prefixlen)))
    taken: dict[str, IPv4Network] = {}
    placed: list[Subnet] = []
    issues: list[Issue] = []
    for row in built_in:
        block = lowest(reserve, row.length, taken.values())
        if block is None:
            return [], [_too_small(blocks, custom, built_in)]
        taken[row.role] = block
        placed.append(row.at(block))
    for index, subnet in enumerate(custom):
        if subnet.prefix is not None:
            block, issue = _declared(subnet.prefix, blocks, reserve, taken, index)
        else:
            block = highest(blocks, subnet.size, [reserve, *taken.values()])
            issue = None if block else _too_small(blocks, custom, built_in)
        if block is None or issue is not None:
            issues += [issue] if issue else []
            continue
        taken[subnet.name] = block
        placed.append(subnet.at(block))
    return placed, list(dict.fromkeys(issues))


def _declared(
    prefix: str, blocks: Sequence[IPv4Network], reserve: IPv4Network, taken: Mapping[str, IPv4Network], index: int
) -> tuple[IPv4Network | None, Issue | None]:
    """Return the block that a custom subnet names, or why it cannot have it."""
    where = ("subnets", index, "prefix")
    block, issue = parse_block(prefix, where)
    if block is None:
        return None, issue
    spaces = ", ".join(map(str, blocks))
    example = str(highest(blocks, block.prefixlen, [reserve, *taken.values()]) or "a larger addressSpace")
    if block.prefixlen > SMALLEST:
        return None, Issue(where, "smaller than any subnet of Azure", prefix, f"/{SMALLEST} or larger", example)
    if not any(block.subnet_of(space) for space in blocks):
        return None, Issue(where, "outside the address space", prefix, f"a block inside {spaces}", example)
    for name, other in taken.items():
        if block.overlaps(other):
            return None, Issue(where, f"overlaps subnet {name!r} ({other})", prefix, "a free block", example)
    if block.overlaps(reserve):
        message = f"inside {reserve}, which is kept for the platform's own subnets"
        return None, Issue(where, message, prefix, "a free block outside it", example)
    return block, None


def _too_small(
    blocks: Sequence[IPv4Network], custom: Sequence[CustomSubnet], built_in: Sequence[BuiltInSubnet]
) -> Issue:
    """Build the issue, with the size of an address space that holds every subnet."""
    sizes = [IPv4Network(c.prefix, strict=False).prefixlen if c.prefix else c.size for c in custom]
    needed = smallest_space([row.length for row in built_in], sizes, RESERVE)
    spaces = ", ".join(map(str, blocks))
    roles = ", ".join(f"{row.role} /{row.length}" for row in built_in)
    customs = "".join(f", {c.name} /{size}" for c, size in zip(custom, sizes, strict=True))
    if needed is None:
        allowed, example = f"subnets that fit one /{LARGEST_SPACE} together", "smaller custom subnets"
    else:
        base = IPv4Network((blocks[0].network_address, min(needed, blocks[0].prefixlen)), strict=False)
        allowed, example = f"a first block of /{needed} or larger, for {roles}{customs}", str(base)
    return Issue(("addressSpace",), "the address space is too small for the subnets", spaces, allowed, example)
