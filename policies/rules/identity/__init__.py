"""Rules about role assignments, custom roles and the credentials of workloads."""

from __future__ import annotations

from policies.rules.identity import credentials, roles

RULES = (*credentials.RULES, *roles.RULES)
