"""Ways to build facts: by hand from ARM type and names, and from the SDK's shape for types that the table lacks."""

from __future__ import annotations

import functools
from typing import Any

from emulator.facts.model import Fact, NameRule, Outputs, Placement
from emulator.shape import Shape, shape

GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
SUBSCRIPTION = "/subscriptions/{subscriptionId}"
SUCCEEDED = {"provisioningState": "Succeeded"}


def fact(
    token: str,
    arm_type: str,
    *names: str,
    api: str,
    name: NameRule | None = None,
    root: str = GROUP,
    unique: str = "group",
    **rest: Any,
) -> Fact:
    """Return facts of ``azure-native:<token>``, whose ids are ``root``/providers/``arm_type`` with ``names`` inserted.

    ``names`` has one entry for each type segment: an input name, or ``=default`` for a name that Azure fixes.
    A child (two or more names) is unique in its parent unless ``unique`` says otherwise.
    """
    return Fact(
        token=f"azure-native:{token}",
        arm_type=arm_type,
        path=_path(root, arm_type, names),
        name=name,
        unique="parent" if unique == "group" and len(names) > 1 else unique,
        api_version=api,
        **rest,
    )


def _path(root: str, arm_type: str, names: tuple[str, ...]) -> str:
    """Return the ARM path of ``arm_type`` under ``root``; see :func:`fact`."""
    namespace, *types = arm_type.split("/")
    if len(types) != len(names):
        raise ValueError(f"{arm_type} needs {len(types)} names, got {names}")
    shown = [name[1:] if name.startswith("=") else f"{{{name}}}" for name in names]
    segments = [f"{kind}/{name}" for kind, name in zip(types, shown, strict=True)]
    return f"{root}/providers/{namespace}/{'/'.join(segments)}"


def outputs(*parts: Outputs | dict[str, Any]) -> Outputs:
    """Return a function that computes outputs: an identity, where there is one, and ``parts``.

    A part is a function of the same kind, or a dict of constants.
    """

    def compute(inputs: dict[str, Any], placement: Placement) -> dict[str, Any]:
        computed = identity(inputs, placement)
        for part in parts:
            computed.update(part if isinstance(part, dict) else part(inputs, placement))
        return computed

    return compute


def identity(inputs: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return the output ``identity``: user-assigned ids go in as a list and come back as a map by id."""
    wanted = inputs.get("identity")
    if not isinstance(wanted, dict):
        return {}
    output: dict[str, Any] = {"type": wanted.get("type")}
    if "SystemAssigned" in str(wanted.get("type")):
        output["principalId"] = placement.guid("system", "principal")
        output["tenantId"] = placement.tenant_id
    users = wanted.get("userAssignedIdentities") or []
    if users:
        output["userAssignedIdentities"] = {user: identity_guids(user, placement) for user in users}
    return {"identity": output}


def identity_guids(arm_id: str, placement: Placement) -> dict[str, str]:
    """Return principal and client id of the user-assigned identity ``arm_id``, the same for every object that shows it.

    Args:
        arm_id: of the identity.
        placement: of the object that shows them.
    """
    at = Placement(
        id=arm_id,
        name="",
        subscription_id=placement.subscription_id,
        tenant_id=placement.tenant_id,
        lives=placement.lives,
    )
    return {"principalId": at.guid("principal"), "clientId": at.guid("client")}


@functools.cache
def fact_from_shape(token: str) -> Fact:
    """Return facts of a type that the table lacks: an id that is unique, and nothing else that Azure knows.

    Raises:
        UnknownTypeError: the SDK has no such type.
    """
    type_shape = shape(token)
    inputs = type_shape.inputs
    _, module, kind = token.split(":")
    own = _name_input(type_shape, kind)
    containers = [name for name in inputs if name.endswith("Name") and name not in {own, "resourceGroupName"}]
    root = SUBSCRIPTION
    if "scope" in inputs or "resourceUri" in inputs:
        root = "{scope}" if "scope" in inputs else "{resourceUri}"
    elif "resourceGroupName" in inputs:
        root = GROUP
    namespace, plural = f"Microsoft.{module.split('/')[0]}", kind[0].lower() + kind[1:] + "s"
    # One segment for all names: the types of the containers are not known, so neither are their ids.
    required = (f"{{{name}}}" for name in containers if inputs[name][0])
    names = ".".join([*required, f"{{{own}}}" if own else "default"])
    return Fact(
        token=token,
        arm_type=f"{namespace}/{plural}",
        path=f"{root}/providers/{namespace}/{plural}/{names}",
        api_version=type_shape.api_version,
    )


def _name_input(type_shape: Shape, kind: str) -> str | None:
    """Return the input that names the object: ``serverName`` of a Server, else the only optional name, else any."""
    names = {name: rule for name, rule in type_shape.inputs.items() if name.lower().endswith("name")}
    names.pop("resourceGroupName", None)
    exact = [name for name in names if name.lower() == f"{kind}name".lower()]
    optional = [name for name, (required, _) in names.items() if not required]
    usual = [name for name in ("resourceName", "name", *names) if name in names]
    return next(iter([*exact, *(optional if len(optional) == 1 else []), *usual]), None)
