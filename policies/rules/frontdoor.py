"""Front Door: all rules in their order."""

from __future__ import annotations

from policies.rule import Rule
from policies.rules import frontdoor_delivery, frontdoor_waf

RULES: tuple[Rule, ...] = tuple(sorted((*frontdoor_delivery.RULES, *frontdoor_waf.RULES), key=lambda rule: rule.id))
