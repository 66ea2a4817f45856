"""Front Door: all rules in their order."""

from __future__ import annotations

from policies.rules import frontdoor_delivery, frontdoor_waf
from policies.table import Rule

RULES: tuple[Rule, ...] = tuple(sorted((*frontdoor_delivery.RULES, *frontdoor_waf.RULES), key=lambda rule: rule.id))
