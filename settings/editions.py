"""What each edition allows (docs/reference/product.md, "Editions")."""

from __future__ import annotations

from typing import Literal, NamedTuple

from settings.sizes import Size

Edition = Literal["community", "standard", "enterprise"]


class EditionRule(NamedTuple):
    """One row of the matrix."""

    environments: tuple[str, ...]
    sizes: tuple[Size, ...]
    high_availability: bool
    """Whether standby servers and replicas may exist; community excludes them by design."""


EDITIONS: dict[Edition, EditionRule] = {
    "community": EditionRule(("dev",), ("evaluation", "s"), high_availability=False),
    "standard": EditionRule(("dev", "pro"), ("s", "m"), high_availability=True),
    "enterprise": EditionRule(("dev", "tst", "pro"), ("m", "l", "xl"), high_availability=True),
}

AUDIT_DAYS_PRO = 365
"""Least retention of audit records in pro: twelve months."""
