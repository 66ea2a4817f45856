"""Rules about App Service: sites, their slots, what they are told, and the plan that they run on."""

from __future__ import annotations

from policies.rule import Rule
from policies.rules import web_access, web_identity, web_runtime, web_transport


def _number(rule: Rule) -> str:
    return rule.id


RULES: tuple[Rule, ...] = tuple(
    sorted((*web_transport.RULES, *web_access.RULES, *web_identity.RULES, *web_runtime.RULES), key=_number)
)
