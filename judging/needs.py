"""What an app uses of a deployed stack: told from its inputs, since most of what it waits for belongs to others.

The program gives coarse orders (every app waits for the whole database server and all that is in it), so an order alone
is no need. An app needs what its inputs name and, of what it waits for, the ways to that: the rights of its identity,
and the private endpoints of what it names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from emulator.values import leaves

APPS = frozenset({"azure-native:web:WebApp"})
"""Types that serve people and stop serving when something that they use is gone."""

WAYS: Mapping[str, str] = {
    "azure-native:authorization:RoleAssignment": "azure-native:managedidentity:UserAssignedIdentity",
    "azure-native:network:PrivateEndpoint": "",
    "azure-native:network:PrivateDnsZoneGroup": "azure-native:network:PrivateEndpoint",
}
"""Type that is a way → type of what it has to lead to or from (any if empty) for the app that names that."""

_WORD = re.compile(r"[^/@:;=?&,.()\s\"']+")
_SHORTEST = 4
"""Letters of a name that is recognised; a shorter one may be a word by chance."""


class Needs:
    """The state of a stack, asked for what its apps use."""

    def __init__(self, deployment: Mapping[str, Any]) -> None:
        self._entries = {entry["urn"]: entry for entry in deployment.get("resources") or () if entry.get("custom")}
        self._words = {urn: frozenset(_words(entry.get("inputs"))) for urn, entry in self._entries.items()}
        self.apps = sorted(urn for urn, entry in self._entries.items() if entry["type"] in APPS)

    def of(self, app: str) -> set[str]:
        """Return the URNs of what an app uses."""
        waits_for = self._closure(app)
        named = {urn for urn in waits_for if self._names(app, urn)}
        for _ in range(2):  # the second round finds the zone groups of endpoints
            named |= {urn for urn in waits_for - named if self._leads_to(urn, named)}
        return named

    def _leads_to(self, urn: str, named: set[str]) -> bool:
        kind = self._entries[urn]["type"]
        if kind not in WAYS:
            return False
        ends = [end for end in named if WAYS[kind] in ("", self._entries[end]["type"])]
        return any(self._names(urn, end) for end in ends)

    def _names(self, source: str, target: str) -> bool:
        """Whether the inputs of ``source`` come from ``target``, or spell its name."""
        from_outputs = (self._entries[source].get("propertyDependencies") or {}).values()
        if any(target in (urns or ()) for urns in from_outputs):
            return True
        name = str(self._entries[target].get("id") or "").rsplit("/", 1)[-1]
        return len(name) >= _SHORTEST and name in self._words[source]

    def _closure(self, start: str) -> set[str]:
        seen: set[str] = set()
        pending = [start]
        while pending:
            for urn in self._entries[pending.pop()].get("dependencies") or ():
                if urn not in seen and urn in self._entries:
                    seen.add(urn)
                    pending.append(urn)
        return seen - {start}


def _words(value: object) -> Iterator[str]:
    """Give every word of every text in a value: what stands between the signs of URLs, ids and references."""
    for leaf in leaves(value):
        if isinstance(leaf, str):
            yield from _WORD.findall(leaf)


def name_of(urn: str) -> str:
    """Return the logical name."""
    return urn.rsplit("::", 1)[-1]
