"""Canonical JSON and SHA-256. Ledgers, plans and approvals hold these hashes, so none may ever come out differently."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any


def canonical_json(
    value: Any,  # noqa: ANN401 - plain JSON
    *,
    default: Callable[[Any], str] | None = None,
    ensure_ascii: bool = False,
) -> bytes:
    """Return ``value`` as JSON with one spelling: keys in order, no spaces, UTF-8.

    Args:
        value: plain JSON.
        default: makes a text of what JSON does not know.
        ensure_ascii: escape everything that is not ASCII.

    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=ensure_ascii, allow_nan=False, default=default
    ).encode()


def sha256(content: bytes) -> str:
    """Return the SHA-256 of ``content`` in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
