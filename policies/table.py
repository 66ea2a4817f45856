"""The table of all rules: source of the pack, the profiles, the documentation and the control matrix."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from policies.model import ANY
from policies.rule import Rule, without_indices
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

_NAME = re.compile(r"[A-Za-z_][\w.*\[\]-]*")


@cache
def governed(type_: str) -> frozenset[str]:
    """Return the properties of a type that rules judge, from what the rules themselves say."""
    rules = [rule for rule in TABLE if type_ in rule.types or ANY in rule.types]
    return frozenset(path for rule in rules for path in property_paths(rule.property))


def property_paths(text: str) -> Iterator[str]:
    """Yield the paths that ``Rule.property`` names: ``a.{b,c[].d}, e`` is ``a.b``, ``a.c.d`` and ``e``."""
    for part in re.split(r",\s*(?![^{]*\})", text):
        head, brace, rest = part.strip().partition("{")
        inner, _, tail = rest.partition("}")
        for name in [f"{head}{one.strip()}{tail}" for one in inner.split(",")] if brace else [head]:
            if _NAME.fullmatch(name):
                yield without_indices(name)
