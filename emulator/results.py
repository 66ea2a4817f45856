"""What an object gives back: its inputs, what Azure computes, and what a preview can know of that."""

from __future__ import annotations

from typing import Any

from emulator.facts.row import Fact, Place
from emulator.shape import Shape
from emulator.values import UNKNOWN, Secret, UndecidedError, Value, has_secret, plain, rebuild, secret_texts
from emulator.world import arm_name

_TELLING = 6  # a shorter secret is found in too many innocent strings to be looked for inside them


def outputs(fact: Fact, shape: Shape, inputs: dict[str, Value], place: Place) -> dict[str, Value]:
    """Return the outputs of an object that exists; what is derived from a secret input is secret."""
    found = _echo(fact, shape, inputs, place)
    if fact.outputs is not None:
        found.update(_shaded(fact.outputs(plain(inputs), place), inputs))
    return _sealed(found, fact)


def forecast(
    fact: Fact,
    shape: Shape,
    inputs: dict[str, Value],
    place: Place | None,
    before: dict[str, Value] | None = None,
) -> dict[str, Value]:
    """Return the outputs that a preview knows; ``place`` is None while the object's id is unknown.

    Whatever Azure makes up (``fact.late``) is what it was ``before``, and unknown of a new object. Where everything
    else could be computed, an output that will be absent is None, so that a preview and the deployment agree.
    """
    found = _echo(fact, shape, inputs, place)
    try:
        if place is None:
            return _sealed(_late(found, fact, before or {}), fact)
        if fact.outputs is not None:
            found.update(_shaded(fact.outputs(plain(inputs), place), inputs))
    except UndecidedError:
        return _sealed(_late(found, fact, before or {}), fact)
    return _sealed(_late({**dict.fromkeys(shape.outputs), **found}, fact, before or {}), fact)


def _echo(fact: Fact, shape: Shape, inputs: dict[str, Value], place: Place | None) -> dict[str, Value]:
    """Return the inputs that are outputs too, and what every object has."""
    found = {name: value for name, value in inputs.items() if name in shape.outputs}
    if isinstance(identity := found.get("identity"), dict):
        found["identity"] = _assigned(identity)
    common: dict[str, Any] = {"type": fact.arm_type, "azureApiVersion": fact.api_version}
    if place is not None and place.location is not None:
        common["location"] = inputs.get("location", place.location)
    found.update({name: value for name, value in common.items() if name in shape.outputs and value is not None})
    if place is not None:
        found["name"] = place.name
    else:
        found["name"] = plain(inputs.get(fact.name_input, UNKNOWN)) if fact.name_input else arm_name(fact.path)
    return found


def _assigned(identity: dict[str, Value]) -> dict[str, Value]:
    """Return an ``identity`` as Azure gives it back: the list of user-assigned ids has become a map by id."""
    listed = identity.get("userAssignedIdentities")
    if not isinstance(listed, list) or any(not isinstance(one, str) for one in listed):
        return {name: value for name, value in identity.items() if name != "userAssignedIdentities"}
    return {**identity, "userAssignedIdentities": {str(one): {} for one in listed}}


def _late(found: dict[str, Value], fact: Fact, before: dict[str, Value]) -> dict[str, Value]:
    """Return ``found`` with each of the fact's late outputs as it was, or unknown; dotted paths reach inside."""
    for path in fact.late:
        *outer, last = path.split(".")
        holder, was = found, before
        for step in outer:
            inner, was = holder.get(step), was.get(step) if isinstance(was, dict) else None
            if not isinstance(inner, dict):
                break
            holder[step] = holder = dict(inner)
        else:
            known = was.get(last) if isinstance(was, dict) else None
            holder[last] = UNKNOWN if known is None else known
    return found


def _shaded(computed: dict[str, Any], inputs: dict[str, Value]) -> dict[str, Value]:
    """Return ``computed`` with what repeats a secret input made secret: by its place, and by its text."""
    if not has_secret(inputs):
        return computed
    computed = {name: _veiled(value, inputs.get(name)) for name, value in computed.items()}
    secrets = {text for text in secret_texts(inputs) if text}

    def shade(leaf: Value) -> Value:
        repeats = isinstance(leaf, str) and any(
            text == leaf or (len(text) >= _TELLING and text in leaf) for text in secrets
        )
        return Secret(leaf) if repeats else leaf

    return rebuild(computed, shade)


def _veiled(value: Value, given: Value) -> Value:
    """Return ``value`` with a secret wherever the input at the same place is one."""
    if isinstance(given, Secret):
        return Secret(plain(value))
    if isinstance(value, dict) and isinstance(given, dict):
        return {name: _veiled(inner, given.get(name)) for name, inner in value.items()}
    if isinstance(value, list) and isinstance(given, list) and len(value) == len(given):
        return [_veiled(inner, one) for inner, one in zip(value, given, strict=True)]
    return value


def _sealed(found: dict[str, Value], fact: Fact) -> dict[str, Value]:
    """``found`` with the fact's secret outputs made secret."""
    for name in fact.secret:
        if found.get(name) is not None and not isinstance(found[name], Secret):
            found[name] = Secret(found[name])
    return found
