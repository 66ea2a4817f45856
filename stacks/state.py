"""The state of a stack, and its resources as the rules judge them: every value known, secrets never read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from resources.model import Graph, Options, Provider, Resource
from resources.tokens import normalise
from resources.values import SECRET
from stacks.session import Session
from support.errors import Exit, OperationError

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""Key that marks a special value in a state and in the engine's events (Pulumi SDK, ``runtime/rpc.py``)."""
SECRET_MARK = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the mark, not a secret
"""Value of that key for a secret, whose text is in a sibling key: ``ciphertext``, or ``plaintext`` with its JSON."""


def resource_graph(deployment: Mapping[str, Any]) -> Graph:
    """Decode an exported deployment; resources that are pending deletion are left out."""
    entries = [entry for entry in deployment.get("resources") or () if not entry.get("delete")]
    by_urn = {entry["urn"]: entry for entry in entries}
    return Graph(tuple(_resource(entry, by_urn) for entry in entries))


def _resource(entry: Mapping[str, Any], by_urn: Mapping[str, Mapping[str, Any]]) -> Resource:
    return Resource(
        urn=entry["urn"],
        type=normalise(entry["type"]),
        name=entry["urn"].rsplit("::", 1)[-1],
        props=_plain(entry.get("inputs") or {}),
        outputs=_plain(entry.get("outputs") or {}),
        id=entry.get("id") or None,
        options=Options(
            protect=bool(entry.get("protect")),
            ignore_changes=tuple(entry.get("ignoreChanges") or ()),
            parent=entry.get("parent"),
            provider=_provider(entry.get("provider"), by_urn),
            aliases=tuple(entry.get("aliases") or ()),
            retain_on_delete=bool(entry.get("retainOnDelete")),
        ),
        dependencies=frozenset(entry.get("dependencies") or ()),
        property_dependencies={
            name: frozenset(urns or ()) for name, urns in (entry.get("propertyDependencies") or {}).items()
        },
        token=entry["type"],
    )


def _provider(reference: str | None, by_urn: Mapping[str, Mapping[str, Any]]) -> Provider | None:
    """Find the provider that a reference ``<urn>::<id>`` names."""
    if not reference:
        return None
    urn = reference.rsplit("::", 1)[0]
    entry = by_urn.get(urn, {})
    return Provider(entry.get("type", ""), urn.rsplit("::", 1)[-1], _plain(entry.get("inputs") or {}))


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever the state holds
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET_MARK:
            return SECRET
        return {key: _plain(inner) for key, inner in value.items() if key != SIGNATURE}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def deployed_state(session: Session) -> dict[str, Any] | None:
    """Export the state of a stack without creating the stack; None if nothing is deployed."""
    if not session.target.has_stack(session.stack):
        return None
    state = session.pulumi.export()
    return state if any(entry.get("custom") for entry in state["deployment"].get("resources") or ()) else None


def require_state(session: Session, consequence: str, code: Exit = Exit.FAILED) -> dict[str, Any]:
    """Export the state of a stack without creating the stack.

    ``consequence`` completes the message of the error: "so there is nothing to restore".

    Raises:
        OperationError: exit code ``code``, nothing is deployed.

    """
    state = deployed_state(session)
    if state is None:
        raise OperationError(
            f"{session.stack} is not deployed on the {session.target.name.value} target, {consequence}. "
            f"`./fabrix up {session.stack}` deploys it.",
            code,
        )
    return state
