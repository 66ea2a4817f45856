"""Short ways to write a row of the facts table: ARM paths from types and names, and computed outputs from parts."""

from __future__ import annotations

from typing import Any

from emulator.facts.row import Fact, NameRule, Outputs, Place

GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
SUBSCRIPTION = "/subscriptions/{subscriptionId}"
SETTLED = {"provisioningState": "Succeeded"}


def _below(root: str, arm_type: str, names: tuple[str, ...]) -> str:
    """ARM path of ``arm_type`` under ``root``; a name that starts with ``=`` is fixed, any other is an input."""
    namespace, *types = arm_type.split("/")
    if len(types) != len(names):
        raise ValueError(f"{arm_type} needs {len(types)} names, got {names}")
    shown = [name[1:] if name.startswith("=") else f"{{{name}}}" for name in names]
    segments = [f"{kind}/{name}" for kind, name in zip(types, shown, strict=True)]
    return f"{root}/providers/{namespace}/{'/'.join(segments)}"


def fact(
    token: str,
    arm_type: str,
    *names: str,
    api: str,
    name: NameRule | None = None,
    root: str = GROUP,
    unique: str = "group",
    **rest: Any,  # noqa: ANN401 - the other fields of Fact, checked there
) -> Fact:
    """Row of ``azure-native:<token>`` whose ids are ``root``/providers/``arm_type`` with ``names`` in between.

    ``names`` has one entry for each type segment: an input name, or ``=default`` for a name that Azure fixes.
    A child (two or more names) is unique in its parent unless ``unique`` says otherwise.
    """
    scope = "parent" if unique == "group" and len(names) > 1 else unique
    return Fact(
        token=f"azure-native:{token}",
        arm_type=arm_type,
        path=_below(root, arm_type, names),
        name=name,
        unique=scope,
        api_version=api,
        **rest,
    )


def outputs(*parts: Outputs | dict[str, Any]) -> Outputs:
    """Put outputs together from an identity, where there is one, and parts: functions, or constant dicts."""

    def compute(inputs: dict[str, Any], place: Place) -> dict[str, Any]:
        found = identity(inputs, place)
        for part in parts:
            found.update(part if isinstance(part, dict) else part(inputs, place))
        return found

    return compute


def identity(inputs: dict[str, Any], place: Place) -> dict[str, Any]:
    """Build the output ``identity``: user-assigned ids go in as a list and come back as a map by id."""
    given = inputs.get("identity")
    if not isinstance(given, dict):
        return {}
    found: dict[str, Any] = {"type": given.get("type")}
    if "SystemAssigned" in str(given.get("type")):
        found["principalId"] = place.guid("system", "principal")
        found["tenantId"] = place.tenant_id
    users = given.get("userAssignedIdentities") or []
    if users:
        found["userAssignedIdentities"] = {user: identity_guids(user, place) for user in users}
    return {"identity": found}


def identity_guids(arm_id: str, place: Place) -> dict[str, str]:
    """Principal and client id of the user-assigned identity ``arm_id``, the same wherever it is looked at."""
    where = {"subscription_id": place.subscription_id, "tenant_id": place.tenant_id}
    at = Place(id=arm_id, name="", lives=place.lives, **where)
    return {"principalId": at.guid("principal"), "clientId": at.guid("client")}
