"""Wording that several rooms share."""

from __future__ import annotations

from collections.abc import Sequence


def some(names: Sequence[str], limit: int, separator: str = ", ") -> str:
    """Join the first ``limit`` of ``names`` and count the rest: ``a, b and 3 more``."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return f"{separator.join(names[:limit])}{more}"
