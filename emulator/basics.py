"""What Azure Resource Manager itself asks of every request, whatever the type: names, containers, names still held."""

from __future__ import annotations

from emulator import places
from emulator.facts.row import Fact
from emulator.refusal import said
from emulator.shape import Problem
from emulator.store import Store
from emulator.values import Unknown, Value, plain
from emulator.world import arm_name


def name_problems(fact: Fact, inputs: dict[str, Value]) -> list[Problem]:
    """Apply the name rule; a name that is unknown is taken to be right."""
    own = fact.name_input
    name = plain(inputs.get(own)) if own else None
    if own is None or fact.name is None or not isinstance(name, str) or fact.name.allows(name):
        return []
    rule = fact.name
    message = f"found {name!r} ({len(name)} characters), allowed are {rule.min} to {rule.max} characters: {rule.words}"
    return [Problem(own, message)]


def missing_container(store: Store, token: str, arm: str) -> list[str]:
    """Apply the law of every type: what contains an object exists before it."""
    missing = places.missing_parent(store, arm)
    if missing is None:
        return []
    if missing == places.group_id(arm):
        name = arm_name(missing)
        hint = "create it first, or let the program create it (pass its `name` output so that Pulumi knows the order)"
        return [said("ResourceGroupNotFound", f"Resource group '{name}' could not be found; {hint}.")]
    hint = f"{token} {arm_name(arm)} cannot be made before it; check the name, or add depends_on"
    return [said("ParentResourceNotFound", f"'{missing}' could not be found; {hint}.")]


def held_name(store: Store, fact: Fact, arm: str, *, recovered: bool) -> list[str]:
    """Apply the law of soft delete: a deleted object holds its name until it is purged or recovered."""
    if not fact.soft_delete or fact.unique != "global":
        return []
    name = arm_name(arm)
    held = store.tombstone(fact.arm_type, name)
    if recovered and held is None:
        text = f"there is no deleted {fact.arm_type} named '{name}' to recover; leave createMode out to make a new one"
        return [said("ResourceNotFound", f"{text}.")]
    if recovered and held is not None and held.key != arm.lower():
        return [said("BadRequest", f"'{name}' can be recovered only to where it was, {held.id}.")]
    if held is not None and not recovered:
        text = (
            f"the name '{name}' belongs to a deleted {fact.arm_type} that can still be recovered ({held.id}); "
            "recover it (createMode 'recover'), purge it, or choose another name"
        )
        return [said("ConflictError", f"{text}.")]
    return []


def recovers(inputs: dict[str, Value]) -> bool:
    """Whether the request is to bring a deleted object back (Key Vault's ``createMode``)."""
    properties = plain(inputs.get("properties"))
    mode = properties.get("createMode") if isinstance(properties, dict) else None
    return not isinstance(mode, Unknown) and mode == "recover"


def part_of(arm: str, holder: str) -> bool:
    """Whether an object is a part of another, such as a secret of its vault; rights and locks on it are none.

    What is soft-deleted keeps its parts. The rest is gone for good and has to be made again after a recovery (Microsoft
    Learn: "Azure Key Vault soft-delete overview").
    """
    inside, above = arm.lower(), holder.lower().rstrip("/") + "/"
    return inside.startswith(above) and "/providers/" not in inside[len(above) - 1 :]


def exists(arm: str) -> str:
    """Say that an id is taken, and what to do."""
    return (
        f"A resource with the ID '{arm}' already exists; to manage it with Pulumi import it "
        f"(pulumi import, or import_ in the resource options), to start afresh delete it, or choose another name."
    )


def vanished(arm: str) -> str:
    """Say that an object is gone, and what to do."""
    return f"The resource '{arm}' was not found: somebody deleted it; run refresh, then up makes it again."
