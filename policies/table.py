"""The table of all rules: source of the pack, the profiles, the documentation and the control matrix."""

from __future__ import annotations

from collections.abc import Mapping

from policies.rule import Rule
from policies.rules import (
    ai,
    aks,
    diagnostics,
    frontdoor,
    governance,
    identity,
    keyvault,
    network,
    postgres,
    privatelink,
    redis,
    registry,
    storage,
    web,
)

_ORDER = (
    storage, keyvault, postgres, redis, web, aks, registry, frontdoor, network, privatelink, diagnostics, identity, ai,
    governance,
)  # fmt: skip
FAMILIES: Mapping[str, tuple[Rule, ...]] = {
    family.__name__.rpartition(".")[2]: tuple(sorted(family.RULES, key=lambda rule: rule.id)) for family in _ORDER
}
"""Family -> its rules by id. Each package of ``policies.rules`` is a family."""
TABLE: tuple[Rule, ...] = tuple(rule for rules in FAMILIES.values() for rule in rules)
"""All rules, in the order of the families."""
RULES: Mapping[str, Rule] = {rule.id: rule for rule in TABLE}
"""The same by id."""
