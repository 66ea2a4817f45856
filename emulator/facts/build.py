"""Ways to build facts: by hand from ARM type and names, and from the SDK's shape for types that the table lacks."""

from __future__ import annotations

import functools
import itertools
import re
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
    root = SUBSCRIPTION
    if "scope" in inputs or "resourceUri" in inputs:
        root = "{scope}" if "scope" in inputs else "{resourceUri}"
    elif "resourceGroupName" in inputs:
        root = GROUP
    namespace, plural = f"Microsoft.{module.split('/')[0]}", kind[0].lower() + kind[1:] + "s"
    # One segment for all names: the types of the containers are not known, so neither are their ids.
    containers = [name for name, (required, _) in inputs.items() if required and name != own and _names(name, kind)]
    names = ".".join([*(f"{{{name}}}" for name in containers), f"{{{own}}}" if own else "default"])
    return Fact(
        token=token,
        arm_type=f"{namespace}/{plural}",
        path=f"{root}/providers/{namespace}/{plural}/{names}",
        api_version=type_shape.api_version,
        from_shape=True,
    )


_SUFFIX = re.compile(r"(?:^n|N)ame$|Id$")
_DESCRIBING = {"resourceGroupName", "displayName"}
"""Inputs that end like a name and name neither an object nor what contains it."""


def _names(name: str, kind: str) -> bool:
    """Return whether an input names an object of type ``kind`` or one that contains it.

    An id counts where it is named after a part of the type, as ``apiId`` of an ApiOperation: others are ARM ids.
    """
    if name in {"slot", "version"}:
        return True
    if _SUFFIX.search(name) is None or name in _DESCRIBING:
        return False
    return name.lower().endswith("name") or _likeness(name, kind) >= 1


def _likeness(name: str, kind: str) -> float:
    """Return how much an input's name is like a type's, 0 to 2.

    At least 1 where it is a part of it, as ``originName`` of an AFDOrigin; less where only the ends are alike, as
    ``vmssExtensionName`` of a VirtualMachineScaleSetExtension.
    """
    stem, whole = _SUFFIX.sub("", name).lower(), kind.lower()
    if stem and stem in whole:
        return 1 + len(stem) / len(whole)
    alike = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(reversed(stem), reversed(whole), strict=False))
    return len(list(alike)) / (len(whole) + 1)


def _name_input(type_shape: Shape, kind: str) -> str | None:
    """Return the input that names the object itself: ``serverName`` of a Server; None where Azure fixes the name.

    The SDK makes it optional, since Pulumi can generate it; names of containers are required. Of several the one most
    like the type is meant.
    """
    names = {name: required for name, (required, _) in type_shape.inputs.items() if _names(name, kind)}
    exact = [name for name in names if name.lower() == f"{kind}name".lower()]
    optional = sorted((name for name, required in names.items() if not required), key=lambda n: -_likeness(n, kind))
    likely = [name for name in optional if len(optional) == 1 or name == "name" or _likeness(name, kind)]
    usual = [name for name in ("resourceName", "name", *names) if name in names]
    return next(iter([*exact, *likely, *optional, *usual]), None)
