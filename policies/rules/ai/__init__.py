"""Rules about Azure OpenAI and AI Search.

The program cannot build either yet: in the shipped stacks these rules have nothing to judge.
"""

from __future__ import annotations

from policies.rules.ai import access, data

RULES = (*access.RULES, *data.RULES)
