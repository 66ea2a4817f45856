"""Rules about Azure Managed Redis, and about Azure Cache for Redis, which it replaces."""

from __future__ import annotations

from policies.rules.redis import access, operation

RULES = (*access.RULES, *operation.RULES)
