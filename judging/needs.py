"""What an app uses of a deployed stack, derived from its inputs.

The program's dependencies are coarse (every app waits for the whole database server and everything in it), so waiting
for a resource does not mean using it. An app uses what its inputs name and, among its dependencies, what connects it to
that: the role assignments of its identity, and the private endpoints of what it names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from emulator.values import leaves

APPS = frozenset({"azure-native:web:WebApp"})
"""Types that stop serving when something that they use is gone."""

CONNECTIONS: Mapping[str, str] = {
    "azure-native:authorization:RoleAssignment": "azure-native:managedidentity:UserAssignedIdentity",
    "azure-native:network:PrivateEndpoint": "",
    "azure-native:network:PrivateDnsZoneGroup": "azure-native:network:PrivateEndpoint",
}
"""Connecting type → type that it has to connect, named by the app (any if empty)."""

_WORD = re.compile(r"[^/@:;=?&,.()\s\"']+")
_SHORTEST = 4
"""Characters of a name; a shorter one may match a word by chance."""


class AppNeeds:
    """What each app of a deployed stack uses."""

    def __init__(self, deployment: Mapping[str, Any]) -> None:
        self._entries = {entry["urn"]: entry for entry in deployment.get("resources") or () if entry.get("custom")}
        self._words = {urn: frozenset(_words(entry.get("inputs"))) for urn, entry in self._entries.items()}
        self.apps = sorted(urn for urn, entry in self._entries.items() if entry["type"] in APPS)

    def used_by(self, app: str) -> set[str]:
        """Return the URNs of what an app uses."""
        waits_for = self._dependencies(app)
        named = {urn for urn in waits_for if self._names(app, urn)}
        for _ in range(2):  # the second round finds the zone groups of endpoints
            named |= {urn for urn in waits_for - named if self._connects(urn, named)}
        return named

    def _connects(self, urn: str, named: set[str]) -> bool:
        kind = self._entries[urn]["type"]
        if kind not in CONNECTIONS:
            return False
        ends = [end for end in named if CONNECTIONS[kind] in ("", self._entries[end]["type"])]
        return any(self._names(urn, end) for end in ends)

    def _names(self, source: str, target: str) -> bool:
        """Whether the inputs of ``source`` depend on ``target`` or contain its name."""
        from_outputs = (self._entries[source].get("propertyDependencies") or {}).values()
        if any(target in (urns or ()) for urns in from_outputs):
            return True
        name = str(self._entries[target].get("id") or "").rsplit("/", 1)[-1]
        return len(name) >= _SHORTEST and name in self._words[source]

    def _dependencies(self, start: str) -> set[str]:
        seen: set[str] = set()
        pending = [start]
        while pending:
            for urn in self._entries[pending.pop()].get("dependencies") or ():
                if urn not in seen and urn in self._entries:
                    seen.add(urn)
                    pending.append(urn)
        return seen - {start}


def _words(value: object) -> Iterator[str]:
    """Yield every word of every text in a value: what stands between the separators of URLs, ids and references."""
    for leaf in leaves(value):
        if isinstance(leaf, str):
            yield from _WORD.findall(leaf)
