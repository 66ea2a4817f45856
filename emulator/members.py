"""Objects that their parent may list (a network's subnets): whichever side changes, the other one shows it.

Azure keeps one set of subnets. A network that is written with a list gets exactly those, one that is written without
leaves its subnets alone (Microsoft Learn: "Virtual Networks - Create Or Update"), and reading either shows all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator import places
from emulator.facts.row import Fact, Members
from emulator.record import Record
from emulator.refusal import Refusal
from emulator.values import Value, plain

if TYPE_CHECKING:
    from emulator.control import ControlPlane

_OF_AZURE = frozenset(("id", "name", "type", "etag"))
"""Fields of a listed member that are not its own inputs."""


def follow(plane: ControlPlane, parent: Record, *, who: str) -> None:
    """Make, change and delete members until they are those that ``parent`` lists; what it does not list at all stays.

    Raises:
        Refusal: a law of a member is broken.
    """
    fact = plane.fact(parent.token)
    for kind in fact.members:
        listed = parent.inputs.get(kind.listed)
        if not isinstance(listed, list):
            continue
        own = plane.fact(kind.token)
        if any(not plain(one.get("name")) for one in listed):
            text = f"an entry of {kind.listed} of {parent.id} has no name; Azure finds it by its name, so give it one"
            raise Refusal("InvalidRequestFormat", text, status="INVALID_ARGUMENT")
        wanted = {str(plain(one["name"])).lower(): _as_object(fact, own, parent, one) for one in listed}
        there = {str(plain(one.inputs[own.name_input or ""])).lower(): one for one in _members(plane, parent, kind)}
        for name, record in there.items():
            if name not in wanted:
                plane.delete(record.id, who=who)
        for name, inputs in wanted.items():
            if name not in there:
                plane.create(kind.token, inputs, who=who)
            elif there[name].inputs != inputs:
                plane.update(kind.token, there[name].id, inputs, who=who)


def note(plane: ControlPlane, member: Record, *, who: str) -> None:
    """Show a member that was made or changed in its parent's list, if the parent has one."""
    _rewrite(plane, member, who, keep=True)


def forget(plane: ControlPlane, member: Record, *, who: str) -> None:
    """Take a member that was deleted off its parent's list."""
    _rewrite(plane, member, who, keep=False)


def _rewrite(plane: ControlPlane, member: Record, who: str, *, keep: bool) -> None:
    parent = plane.store.record(places.parent_id(member.id))
    kinds = plane.fact(parent.token).members if parent else ()
    kind = next((one for one in kinds if one.token == member.token), None)
    if parent is None or kind is None or not isinstance(parent.inputs.get(kind.listed), list):
        return
    fact = plane.fact(member.token)
    name = plain(member.inputs[fact.name_input or ""])
    entry = {key: value for key, value in member.inputs.items() if key not in {*fact.placeholders, *_OF_AZURE}}
    listed, found = [], False
    for one in parent.inputs[kind.listed]:
        if str(plain(one.get("name"))).lower() != str(name).lower():
            listed.append(one)
        elif keep:
            found = True
            listed.append({"name": one["name"], **entry})
    if keep and not found:
        listed.append({"name": name, **entry})
    plane.amend(parent, {**parent.inputs, kind.listed: listed}, who=who)


def _members(plane: ControlPlane, parent: Record, kind: Members) -> list[Record]:
    return [one for one in plane.store.below(parent.id) if one.token == kind.token]


def _as_object(fact: Fact, own: Fact, parent: Record, listed: dict[str, Value]) -> dict[str, Value]:
    """Return the inputs that the member would have if it were written by itself."""
    where = {name: parent.inputs[name] for name in fact.placeholders}
    fields = {key: value for key, value in listed.items() if key not in _OF_AZURE}
    return {**where, str(own.name_input): listed["name"], **fields}
