"""What Azure Resource Manager checks on every request, whatever the type: names, containers, names still reserved."""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid

from emulator import ids
from emulator.errors import error_text
from emulator.facts.model import Fact, NameRule
from emulator.shape import Problem
from emulator.store import Store
from emulator.values import Unknown, Value, plain

_ROOT = re.compile(r"^(/subscriptions/[^/]+|/providers/microsoft\.management/managementgroups/[^/]+|)$", re.IGNORECASE)
_IMPLICIT = re.compile(
    r"/providers/microsoft\.storage/storageaccounts/[^/]+/(blob|file|queue|table)services/default$"
    r"|^/subscriptions/[^/]+/resourcegroups/networkwatcherrg$"
    r"|/providers/microsoft\.network/networkwatchers/networkwatcher_[a-z0-9]+$",
    re.IGNORECASE,
)
"""Objects that Azure makes by itself: a storage account's services, the network watcher of a region and its group."""


def autoname(logical: str, rule: NameRule | None, seed: bytes) -> str:
    """Return a name as azure-native generates one: the first of these that ``rule`` allows.

    Logical name + 8 hexadecimal digits, the same without hyphens, a GUID.

    Args:
        logical: name of the resource in the program.
        rule: None allows everything; if the rule allows no candidate, the first is returned, to be refused by name.
        seed: the engine's, so that a plan and the deployment after it agree; empty where the engine sent none.
    """
    digits = hashlib.sha256(seed + logical.encode()).hexdigest() if seed else secrets.token_hex(32)
    first = logical + digits[:8]
    candidates = (first, first.replace("-", "").lower(), str(uuid.UUID(digits[:32])))
    return next((name for name in candidates if rule is None or rule.allows(name)), first)


def name_problems(fact: Fact, inputs: dict[str, Value]) -> list[Problem]:
    """Apply the type's name rule; an unknown name is assumed to be valid."""
    name_input, rule = fact.name_input, fact.name
    name = plain(inputs.get(name_input)) if name_input else None
    if name_input is None or rule is None or not isinstance(name, str) or rule.allows(name):
        return []
    message = (
        f"found {name!r} ({len(name)} characters), allowed are {rule.min} to {rule.max} characters: {rule.description}"
    )
    return [Problem(name_input, message)]


def missing_parent(store: Store, arm_id: str) -> str | None:
    """Return the id of the nearest containing object if it should exist and does not; None if it exists."""
    above = ids.parent_id(arm_id)
    while _IMPLICIT.search(above):
        above = ids.parent_id(above)
    return None if _ROOT.match(above) or store.get(above) is not None else above


def parent_problems(store: Store, token: str, arm_id: str) -> list[str]:
    """Refuse an object whose containing object or resource group does not exist."""
    missing = missing_parent(store, arm_id)
    if missing is None:
        return []
    if missing == ids.group_id(arm_id):
        name = ids.arm_name(missing)
        hint = "create it first, or let the program create it (pass its `name` output so that Pulumi knows the order)"
        return [error_text("ResourceGroupNotFound", f"Resource group '{name}' could not be found; {hint}.")]
    hint = f"{token} {ids.arm_name(arm_id)} cannot be created before it; check the name, or add depends_on"
    return [error_text("ParentResourceNotFound", f"'{missing}' could not be found; {hint}.")]


def reserved_name_problems(store: Store, fact: Fact, arm_id: str, *, recover: bool) -> list[str]:
    """Refuse a name that a soft-deleted object reserves, unless the request recovers that very object."""
    if not fact.soft_delete:
        return []
    if fact.unique != "global":
        return _deleted_child_problems(store, fact, arm_id)
    name = ids.arm_name(arm_id)
    holder = store.tombstone(fact.arm_type, name)
    if recover and holder is None:
        text = f"there is no deleted {fact.arm_type} named '{name}' to recover; omit createMode to create a new one"
        return [error_text("ResourceNotFound", f"{text}.")]
    if recover and holder is not None and holder.key != arm_id.lower():
        return [error_text("BadRequest", f"'{name}' can be recovered only to where it was, {holder.id}.")]
    if holder is not None and not recover:
        text = (
            f"the name '{name}' belongs to a deleted {fact.arm_type} that can still be recovered ({holder.id}); "
            "recover it (createMode 'recover'), purge it, or choose another name"
        )
        return [error_text("ConflictError", f"{text}.")]
    return []


def _deleted_child_problems(store: Store, fact: Fact, arm_id: str) -> list[str]:
    """Refuse the name of a deleted secret or key, which its vault keeps (Microsoft Learn: "Key Vault soft-delete")."""
    if store.tombstone_of(arm_id) is None:
        return []
    kind, name = fact.arm_type.rsplit("/", 1)[-1].removesuffix("s"), ids.arm_name(arm_id)
    text = (
        f"{kind} '{name}' is deleted and can still be recovered, so its name cannot be used: recover it "
        f"(az keyvault {kind} recover), or purge it where the vault is not protected against that"
    )
    return [error_text("ObjectIsDeletedButRecoverable", f"{text}.")]


def is_recovery(inputs: dict[str, Value]) -> bool:
    """Return whether the request recovers a soft-deleted object (Key Vault's ``createMode``)."""
    properties = plain(inputs.get("properties"))
    mode = properties.get("createMode") if isinstance(properties, dict) else None
    return not isinstance(mode, Unknown) and mode == "recover"


def is_part_of(arm_id: str, holder: str) -> bool:
    """Return whether an object is a part of another, such as a secret of its vault; grants and locks on it are not.

    A soft-deleted object keeps its parts. The rest is deleted for good and must be created again after a recovery
    (Microsoft Learn: "Azure Key Vault soft-delete overview").
    """
    inner, outer = arm_id.lower(), holder.lower().rstrip("/") + "/"
    return inner.startswith(outer) and "/providers/" not in inner[len(outer) - 1 :]


def already_exists(arm_id: str) -> str:
    """Return the message for an id that is taken, with what to do."""
    return (
        f"A resource with the ID '{arm_id}' already exists; to manage it with Pulumi import it "
        "(pulumi import --generate-code=false, or import_ in the resource options), to start afresh delete it, or "
        "choose another name."
    )


def not_found(arm_id: str) -> str:
    """Return the message for an object that is gone, with what to do."""
    return f"The resource '{arm_id}' was not found: somebody deleted it; run refresh, then up creates it again."
