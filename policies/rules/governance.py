"""Rules about every resource, the changes to it, and the stack as a whole."""

from __future__ import annotations

from policies.rule import Rule
from policies.rules import governance_change, governance_estate, governance_place

RULES: tuple[Rule, ...] = tuple(
    sorted((*governance_place.RULES, *governance_change.RULES, *governance_estate.RULES), key=lambda rule: rule.id)
)
