"""Rules about storage accounts, their services, containers and shares."""

from __future__ import annotations

from policies.rules.storage import access, data, encryption

RULES = (*access.RULES, *data.RULES, *encryption.RULES)
