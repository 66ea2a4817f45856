"""Naming rules that several types share; a rule of one type alone stands in the type's own row.

Sources of all naming rules: Microsoft Learn, "Naming rules and restrictions for Azure resources"; where the API
publishes a pattern (Bicep types, azure-mgmt packages) that pattern, made stricter where the service is (an end anchor,
no double hyphen).
"""

from __future__ import annotations

from emulator.facts.model import NameRule


def name_rule(pattern: str, low: int, high: int, description: str) -> NameRule:
    """Return a rule in a form that fits into a row of facts."""
    return NameRule(pattern=pattern, min=low, max=high, description=description)


SINGLE_HYPHENS = r"[A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9]))*"
LOWER_HYPHENS = r"[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9]))*"
NETWORK_PATTERN = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?"
NETWORK_WORDS = "letters, digits, . _ -, a letter or digit first, a letter, digit or _ last"

GUID = name_rule(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", 36, 36, "a GUID")
NETWORK = name_rule(NETWORK_PATTERN, 1, 80, NETWORK_WORDS)
PRIVATE_ZONE = name_rule(
    r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\.)+[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]",
    1,
    253,
    "a domain of 2 to 34 labels of letters, digits, - and _",
)
WORDS = name_rule(r"[A-Za-z0-9_.\-]+", 1, 80, "letters, digits, . _ and -")
