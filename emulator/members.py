"""Objects that their parent may list (a network's subnets): whichever side changes, the other one shows it.

Azure keeps one set of subnets. A network that is written with a list gets exactly those, one that is written without
leaves its subnets alone (Microsoft Learn: "Virtual Networks - Create Or Update"), and reading either shows all.

Here is only what has to change; the control plane changes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from emulator.errors import Refusal
from emulator.facts.model import Fact, Members
from emulator.stored_object import StoredObject
from emulator.values import Value, plain

_SET_BY_AZURE = frozenset(("id", "name", "type", "etag"))
"""Fields of a listed member that are not its own inputs."""


class MemberChange(NamedTuple):
    """A change of one member."""

    id: str
    """Of the member that is changed or deleted; empty for a new one."""
    inputs: dict[str, Value] | None
    """Inputs that the member gets; None deletes it."""


def member_changes(
    fact: Fact, parent: StoredObject, kind: Members, member_fact: Fact, existing: Sequence[StoredObject]
) -> list[MemberChange]:
    """Return what makes the existing members those that ``parent`` lists; deletions come first.

    Args:
        fact: of the parent's type.
        parent: has a list of members.
        kind: which input lists them.
        member_fact: of the members' type.
        existing: the existing members.

    Raises:
        Refusal: an entry of the list has no name.
    """
    listed = parent.inputs[kind.listed]
    if any(not plain(entry.get("name")) for entry in listed):
        text = f"an entry of {kind.listed} of {parent.id} has no name; Azure finds it by its name, so give it one"
        raise Refusal("InvalidRequestFormat", text, status="INVALID_ARGUMENT")
    wanted = {_folded(entry["name"]): _inputs_of(entry, fact, member_fact, parent) for entry in listed}
    present = {_folded(one.inputs[member_fact.name_input or ""]): one for one in existing}
    return [
        *(MemberChange(one.id, None) for name, one in present.items() if name not in wanted),
        *_writes(wanted, present),
    ]


def _writes(wanted: dict[str, dict[str, Value]], present: dict[str, StoredObject]) -> Iterator[MemberChange]:
    """Yield the creations and updates, in the order of the list."""
    for name, inputs in wanted.items():
        member = present.get(name)
        if member is None:
            yield MemberChange("", inputs)
        elif member.inputs != inputs:
            yield MemberChange(member.id, inputs)


def updated_list(
    listed: Sequence[dict[str, Value]], member_fact: Fact, member: StoredObject, *, deleted: bool
) -> list[dict[str, Value]]:
    """Return a parent's list with a member as it is now, or without one that was deleted."""
    name = plain(member.inputs[member_fact.name_input or ""])
    own = {key: value for key, value in member.inputs.items() if key not in {*member_fact.placeholders, *_SET_BY_AZURE}}
    updated, found = [], False
    for entry in listed:
        if _folded(entry.get("name")) != _folded(name):
            updated.append(entry)
        elif not deleted:
            found = True
            updated.append({"name": entry["name"], **own})
    return updated if deleted or found else [*updated, {"name": name, **own}]


def _folded(name: Value) -> str:
    """Return a name as Azure compares names."""
    return str(plain(name)).lower()


def _inputs_of(entry: dict[str, Value], fact: Fact, member_fact: Fact, parent: StoredObject) -> dict[str, Value]:
    """Return the inputs that a listed member would have if it were written by itself."""
    where = {name: parent.inputs[name] for name in fact.placeholders}
    fields = {key: value for key, value in entry.items() if key not in _SET_BY_AZURE}
    return {**where, str(member_fact.name_input): entry["name"], **fields}
