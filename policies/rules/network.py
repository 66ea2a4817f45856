"""Rules about networks: security groups, subnets, ways out, public addresses, and what is logged of them."""

from __future__ import annotations

from policies.rule import Rule
from policies.rules import network_addresses, network_rules, network_subnets, network_watch


def _number(rule: Rule) -> str:
    return rule.id


_ALL = (*network_rules.RULES, *network_subnets.RULES, *network_addresses.RULES, *network_watch.RULES)
RULES: tuple[Rule, ...] = tuple(sorted(_ALL, key=_number))
