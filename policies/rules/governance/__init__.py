"""Rules about every resource, the changes to it, and the stack as a whole."""

from __future__ import annotations

from policies.rules.governance import change, estate, place

RULES = (*change.RULES, *estate.RULES, *place.RULES)
