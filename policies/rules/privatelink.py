"""Rules about private endpoints: services have them, their names resolve to them, and there is no other way in."""

from __future__ import annotations

from policies.rule import Rule
from policies.rules import privatelink_endpoints, privatelink_names


def _number(rule: Rule) -> str:
    return rule.id


RULES: tuple[Rule, ...] = tuple(sorted((*privatelink_endpoints.RULES, *privatelink_names.RULES), key=_number))
