"""Names for objects whose program gave none, as azure-native makes them: the logical name and eight random digits."""

from __future__ import annotations

import hashlib
import secrets
import uuid

from emulator.facts.row import NameRule


def autoname(logical: str, rule: NameRule | None, seed: bytes) -> str:
    """Return the first candidate that ``rule`` allows: logical name + 8 hex, the same without hyphens, a GUID.

    Args:
        logical: name of the resource in the program.
        rule: None allows everything; if the rule allows no candidate, the first is returned, to be refused by name.
        seed: the engine's, so that a plan and the deployment after it agree; empty where the engine sent none.
    """
    digits = hashlib.sha256(seed + logical.encode()).hexdigest() if seed else secrets.token_hex(32)
    first = logical + digits[:8]
    candidates = (first, first.replace("-", "").lower(), str(uuid.UUID(digits[:32])))
    return next((name for name in candidates if rule is None or rule.allows(name)), first)
