"""Role assignments, custom roles and credentials of workloads."""

from __future__ import annotations

from policies.rule import Rule
from policies.rules import identity_credentials, identity_roles

RULES: tuple[Rule, ...] = tuple(sorted((*identity_roles.RULES, *identity_credentials.RULES), key=lambda rule: rule.id))
