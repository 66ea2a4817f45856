"""Rules about Front Door and its web application firewall.

The program cannot build a Front Door yet: in the shipped stacks these rules have nothing to judge.
"""

from __future__ import annotations

from policies.rules.frontdoor import delivery, waf

RULES = (*delivery.RULES, *waf.RULES)
