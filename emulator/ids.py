"""ARM ids: composed from a type's facts and inputs, and taken apart again."""

from __future__ import annotations

import re
from collections.abc import Mapping

from emulator.facts.model import Fact
from emulator.values import Value, plain

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_GROUP = re.compile(r"^(/subscriptions/[^/]+/resourcegroups/([^/]+))", re.IGNORECASE)


def arm_id(fact: Fact, inputs: Mapping[str, Value], subscription_id: str, tenant_id: str) -> str | None:
    """Return the id of an object with these inputs; None while a part of it is unknown or missing."""
    known = {**plain(dict(inputs)), "subscriptionId": subscription_id, "tenantId": tenant_id}
    if not all(isinstance(known.get(name), str) and known[name] for name in fact.placeholders):
        return None
    path = _PLACEHOLDER.sub(lambda match: known[match.group(1)].strip("/"), fact.path)
    return "/" + path.lstrip("/")


def arm_name(arm_id: str) -> str:
    """Return the last segment of an id."""
    return arm_id.rstrip("/").rsplit("/", 1)[-1]


def parent_id(arm_id: str) -> str:
    """Return the id of what contains an object: parent object, group, or the scope it extends; "" at the top."""
    head, _, _ = arm_id.rstrip("/").rpartition("/")
    head, _, kind = head.rpartition("/")
    before, marker, namespace = head.rpartition("/")
    if kind.lower() == "resourcegroups":
        return head
    if before.lower().endswith("/providers") and marker and "." in namespace:
        return before[: -len("/providers")]
    return head


def scope_of(arm_id: str) -> str:
    """Return the scope of an extension resource: everything before its last provider."""
    return arm_id.rpartition("/providers/")[0]


def type_of(arm_id: str) -> str:
    """Return the ARM type in an id, spelt as the id spells it; empty for a scope that is not a resource."""
    _, separator, tail = arm_id.rstrip("/").rpartition("/providers/")
    if not separator:
        parts = arm_id.strip("/").split("/")
        return "Microsoft.Resources/resourceGroups" if len(parts) == 4 else ""  # noqa: PLR2004 - subscription and group
    namespace, *segments = tail.split("/")
    return "/".join((namespace, *segments[::2]))


def resource_group(arm_id: str) -> str | None:
    """Return the name of the resource group in an id; None where there is none."""
    match = _GROUP.match(arm_id)
    return match.group(2) if match else None


def group_id(arm_id: str) -> str:
    """Return the id of the resource group in an id; empty where there is none."""
    match = _GROUP.match(arm_id)
    return match.group(1) if match else ""
