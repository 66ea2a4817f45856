"""Outputs of an object: its inputs, what Azure computes, and what a preview can know of both."""

from __future__ import annotations

from typing import Any

from emulator.facts.model import Fact, Placement
from emulator.ids import arm_name
from emulator.shape import Shape
from emulator.values import UNKNOWN, Secret, UndecidedError, Value, has_secret, plain, rebuild, secret_texts

_MIN_SECRET = 6  # characters; a shorter secret occurs in too many innocent strings to be looked for inside them


def outputs(fact: Fact, shape: Shape, inputs: dict[str, Value], placement: Placement) -> dict[str, Value]:
    """Return the outputs of an existing object; what is derived from a secret input is secret."""
    known = _echo(fact, shape, inputs, placement)
    if fact.outputs is not None:
        known.update(_with_secrets(fact.outputs(plain(inputs), placement), inputs))
    return _mark_secret(known, fact)


def forecast(
    fact: Fact,
    shape: Shape,
    inputs: dict[str, Value],
    placement: Placement | None,
    before: dict[str, Value] | None = None,
) -> dict[str, Value]:
    """Return the outputs that a preview knows; ``placement`` is None while the object's id is unknown.

    Outputs that Azure generates (``fact.late``) are what they were ``before``, and unknown for a new object. Where
    everything else could be computed, an output that will be absent is None, so that preview and deployment agree.
    """
    known = _echo(fact, shape, inputs, placement)
    if placement is not None:
        try:
            if fact.outputs is not None:
                known.update(_with_secrets(fact.outputs(plain(inputs), placement), inputs))
            known = {**dict.fromkeys(shape.outputs), **known}
        except UndecidedError:
            pass  # an input is unknown, and so is what would be computed from it
    return _mark_secret(_with_late(known, fact, before or {}), fact)


def _echo(fact: Fact, shape: Shape, inputs: dict[str, Value], placement: Placement | None) -> dict[str, Value]:
    """Return the inputs that are outputs too, and the outputs that every object has."""
    echoed = {name: value for name, value in inputs.items() if name in shape.outputs}
    if isinstance(identity := echoed.get("identity"), dict):
        echoed["identity"] = _identity(identity)
    common: dict[str, Any] = {"type": fact.arm_type, "azureApiVersion": fact.api_version}
    if placement is not None and placement.location is not None:
        common["location"] = inputs.get("location", placement.location)
    echoed.update({name: value for name, value in common.items() if name in shape.outputs and value is not None})
    if placement is not None:
        echoed["name"] = placement.name
    else:
        echoed["name"] = plain(inputs.get(fact.name_input, UNKNOWN)) if fact.name_input else arm_name(fact.path)
    return echoed


def _identity(identity: dict[str, Value]) -> dict[str, Value]:
    """Return an ``identity`` as Azure shows it: the list of user-assigned ids has become a map by id."""
    listed = identity.get("userAssignedIdentities")
    if not isinstance(listed, list) or any(not isinstance(one, str) for one in listed):
        return {name: value for name, value in identity.items() if name != "userAssignedIdentities"}
    return {**identity, "userAssignedIdentities": {str(one): {} for one in listed}}


def _with_late(known: dict[str, Value], fact: Fact, before: dict[str, Value]) -> dict[str, Value]:
    """Return ``known`` with each late output as it was ``before``, or unknown; dotted paths reach inside objects."""
    for path in fact.late:
        *outer, last = path.split(".")
        holder, was = known, before
        for step in outer:
            inner, was = holder.get(step), was.get(step) if isinstance(was, dict) else None
            if not isinstance(inner, dict):
                break
            holder[step] = holder = dict(inner)
        else:
            previous = was.get(last) if isinstance(was, dict) else None
            holder[last] = UNKNOWN if previous is None else previous
    return known


def _with_secrets(computed: dict[str, Any], inputs: dict[str, Value]) -> dict[str, Value]:
    """Return ``computed`` with everything that repeats a secret input marked secret: by its path, and by its text."""
    if not has_secret(inputs):
        return computed
    computed = {name: _like(value, inputs.get(name)) for name, value in computed.items()}
    secrets = {text for text in secret_texts(inputs) if text}

    def mark(leaf: Value) -> Value:
        repeats = isinstance(leaf, str) and any(
            text == leaf or (len(text) >= _MIN_SECRET and text in leaf) for text in secrets
        )
        return Secret(leaf) if repeats else leaf

    return rebuild(computed, mark)


def _like(value: Value, source: Value) -> Value:
    """Return ``value`` with a secret wherever ``source`` has one at the same path."""
    if isinstance(source, Secret):
        return Secret(plain(value))
    if isinstance(value, dict) and isinstance(source, dict):
        return {name: _like(inner, source.get(name)) for name, inner in value.items()}
    if isinstance(value, list) and isinstance(source, list) and len(value) == len(source):
        return [_like(inner, one) for inner, one in zip(value, source, strict=True)]
    return value


def _mark_secret(known: dict[str, Value], fact: Fact) -> dict[str, Value]:
    """Return ``known`` with the type's secret outputs marked."""
    for name in fact.secret:
        if known.get(name) is not None and not isinstance(known[name], Secret):
            known[name] = Secret(known[name])
    return known
