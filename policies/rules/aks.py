"""AKS clusters: all rules in their order."""

from __future__ import annotations

from policies.rule import Rule
from policies.rules import aks_data, aks_entrance, aks_upkeep

RULES: tuple[Rule, ...] = tuple(
    sorted((*aks_entrance.RULES, *aks_upkeep.RULES, *aks_data.RULES), key=lambda rule: rule.id)
)
