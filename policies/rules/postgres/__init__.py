"""Rules about PostgreSQL flexible servers, their parameters and their administrators."""

from __future__ import annotations

from policies.rules.postgres import access, operation

RULES = (*access.RULES, *operation.RULES)
