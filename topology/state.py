"""Resources from the state of a stack, as ``pulumi stack export`` prints it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from topology.model import UNKNOWN

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""Key that marks secrets, assets and resource references in Pulumi's state; none of them is a plain value."""

UNKNOWNS = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9", "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421", "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58", "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)  # fmt: skip
"""What stands for an unknown value of each kind (Pulumi SDK, ``runtime/rpc.py``)."""

_VERSION = re.compile(r"/v\d{8}(preview)?:")


@dataclass(frozen=True)
class Record:
    """One resource of a state; fits :class:`topology.model.Resource`."""

    urn: str
    type: str
    name: str
    props: Mapping[str, Any]
    id: str | None = None
    property_dependencies: Mapping[str, frozenset[str]] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)


def records(deployment: Mapping[str, Any]) -> tuple[Record, ...]:
    """Decode the custom resources of an exported deployment; providers and what waits for deletion are left out.

    Secrets stay encrypted in the export and become unknown values here.
    """
    return tuple(
        Record(
            urn=entry["urn"],
            type=plain_type(entry["type"]),
            name=entry["urn"].rsplit("::", 1)[-1],
            props=_plain(entry.get("inputs") or {}),
            id=entry.get("id") or None,
            property_dependencies={
                key: frozenset(urns or ()) for key, urns in (entry.get("propertyDependencies") or {}).items()
            },
            outputs=_plain(entry.get("outputs") or {}),
        )
        for entry in deployment.get("resources") or ()
        if entry.get("custom") and not entry.get("delete") and not entry["type"].startswith("pulumi:")
    )


def plain_type(token: str) -> str:
    """``azure-native:network/v20240501:Subnet`` → ``network:Subnet``; tokens of other packages stay as they are."""
    if not token.startswith("azure-native:"):
        return token
    return _VERSION.sub(":", token.removeprefix("azure-native:"))


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        if SIGNATURE in value:
            return UNKNOWN
        return {key: _plain(inner) for key, inner in value.items() if not key.startswith("__")}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return UNKNOWN if isinstance(value, str) and value in UNKNOWNS else value
