"""Azure OpenAI and AI Search: all rules in their order."""

from __future__ import annotations

from policies.rule import Rule
from policies.rules import ai_access, ai_models

RULES: tuple[Rule, ...] = tuple(sorted((*ai_access.RULES, *ai_models.RULES), key=lambda rule: rule.id))
