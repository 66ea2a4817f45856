"""Where objects live: ARM ids from inputs, parents and groups from ARM ids, and rows for types that the table lacks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from emulator.facts.row import Fact, Place
from emulator.shape import Shape, shape
from emulator.store import Store
from emulator.values import Value, plain
from emulator.world import arm_name

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_GROUP = re.compile(r"^(/subscriptions/[^/]+/resourcegroups/([^/]+))", re.IGNORECASE)
_ROOT = re.compile(r"^(/subscriptions/[^/]+|/providers/microsoft\.management/managementgroups/[^/]+|)$", re.IGNORECASE)
_IMPLICIT = re.compile(
    r"/providers/microsoft\.storage/storageaccounts/[^/]+/(blob|file|queue|table)services/default$"
    r"|^/subscriptions/[^/]+/resourcegroups/networkwatcherrg$"
    r"|/providers/microsoft\.network/networkwatchers/networkwatcher_[a-z0-9]+$",
    re.IGNORECASE,
)
"""Objects that Azure makes by itself: a storage account's services, the network watcher of a region and its group."""


def arm_id(fact: Fact, inputs: Mapping[str, Value], subscription_id: str, tenant_id: str) -> str | None:
    """Return the id that an object with these inputs has; None while a part of it is unknown or missing."""
    known = {**plain(dict(inputs)), "subscriptionId": subscription_id, "tenantId": tenant_id}
    if not all(isinstance(known.get(name), str) and known[name] for name in fact.placeholders):
        return None
    path = _PLACEHOLDER.sub(lambda match: known[match.group(1)].strip("/"), fact.path)
    return "/" + path.lstrip("/")


def parent_id(child: str) -> str:
    """Return the id of what contains ``child``: parent object, group, or the scope it extends; "" at the top."""
    head, _, _ = child.rpartition("/")
    head, _, kind = head.rpartition("/")
    before, marker, namespace = head.rpartition("/")
    if kind.lower() == "resourcegroups":
        return head
    if before.lower().endswith("/providers") and marker and "." in namespace:
        return before[: -len("/providers")]
    return head


def resource_group(child: str) -> str | None:
    """Return the name of the resource group in an id."""
    found = _GROUP.match(child)
    return found.group(2) if found else None


def group_id(child: str) -> str | None:
    """Return the id of the resource group in an id."""
    found = _GROUP.match(child)
    return found.group(1) if found else None


def missing_parent(store: Store, child: str) -> str | None:
    """Return the id of the nearest containing object that should exist and does not; None if all is well."""
    above = parent_id(child)
    while _IMPLICIT.search(above):
        above = parent_id(above)
    return None if _ROOT.match(above) or store.get(above) is not None else above


def place(store: Store, fact: Fact, arm: str, inputs: Mapping[str, Value], subscription: str, tenant: str) -> Place:
    """Return where the object ``arm`` stands; its location is its own, else its parent's, else its group's."""
    location = inputs.get("location")
    own = inputs.get(fact.name_input) if fact.name_input else None
    for above in (parent_id(arm), group_id(arm) or ""):
        if location is None and (item := store.get(above)) is not None:
            location = item.value("location")
    return Place(
        id=arm,
        name=own if isinstance(own, str) else arm_name(arm),
        subscription_id=subscription,
        tenant_id=tenant,
        resource_group=resource_group(arm),
        location=location if isinstance(location, str) else None,
        parent_id=parent_id(arm) or None,
        lives=store.lives,
    )


def shape_only(token: str) -> Fact:
    """Return a row for a type that the facts table lacks: an id that is unique, and nothing else that Azure knows."""
    found = shape(token)
    _, module, kind = token.split(":")
    own = _own_name(found, kind)
    containers = [name for name in found.inputs if name.endswith("Name") and name not in {own, "resourceGroupName"}]
    required = [name for name in containers if found.inputs[name][0]]
    root = "/subscriptions/{subscriptionId}"
    if "scope" in found.inputs or "resourceUri" in found.inputs:
        root = "{scope}" if "scope" in found.inputs else "{resourceUri}"
    elif "resourceGroupName" in found.inputs:
        root += "/resourceGroups/{resourceGroupName}"
    namespace, plural = f"Microsoft.{module.split('/')[0]}", kind[0].lower() + kind[1:] + "s"
    # One segment for all names: the types of the containers are not known, so neither are their ids.
    names = ".".join([*(f"{{{name}}}" for name in required), f"{{{own}}}" if own else "default"])
    return Fact(
        token=token,
        arm_type=f"{namespace}/{plural}",
        path=f"{root}/providers/{namespace}/{plural}/{names}",
        api_version=found.api_version,
    )


def _own_name(found: Shape, kind: str) -> str | None:
    """Find the input that names the object: ``serverName`` of a Server, else the only optional name, else any."""
    names: dict[str, Any] = {name: rule for name, rule in found.inputs.items() if name.lower().endswith("name")}
    names.pop("resourceGroupName", None)
    exact = [name for name in names if name.lower() == f"{kind}name".lower()]
    optional = [name for name, (required, _) in names.items() if not required]
    plainly = [name for name in ("resourceName", "name", *names) if name in names]
    return next(iter([*exact, *(optional if len(optional) == 1 else []), *plainly]), None)
