"""Rules about every resource, the changes to it, and the stack as a whole."""

from __future__ import annotations

from policies.rules.governance import change, location, stack

RULES = (*change.RULES, *stack.RULES, *location.RULES)
