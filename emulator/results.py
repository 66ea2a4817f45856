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


def forecast(fact: Fact, shape: Shape, inputs: dict[str, Value], place: Place | None) -> dict[str, Value]:
    """Return the outputs that a preview knows of a new object; ``place`` is None while its id is unknown.

    Whatever Azure makes up (``fact.late``) is unknown. Where everything else could be computed, an output that will be
    absent is given as None, so that a preview and the deployment after it agree.
    """
    found = _echo(fact, shape, inputs, place)
    try:
        if place is None:
            return _sealed(_late(found, fact), fact)
        if fact.outputs is not None:
            found.update(_shaded(fact.outputs(plain(inputs), place), inputs))
    except UndecidedError:
        return _sealed(_late(found, fact), fact)
    return _sealed(_late({**dict.fromkeys(shape.outputs), **found}, fact), fact)


def settled(found: dict[str, Value], before: dict[str, Value], fact: Fact) -> dict[str, Value]:
    """Return ``found``, a forecast, with the late outputs that the object has had since its creation."""
    known = {path.split(".")[0] for path in fact.late}
    return {name: before.get(name, value) if name in known else value for name, value in found.items()}


def _echo(fact: Fact, shape: Shape, inputs: dict[str, Value], place: Place | None) -> dict[str, Value]:
    """Return the inputs that are outputs too, and what every object has."""
    found = {name: value for name, value in inputs.items() if name in shape.outputs}
    common: dict[str, Any] = {"type": fact.arm_type, "azureApiVersion": fact.api_version}
    if place is not None and place.location is not None:
        common["location"] = inputs.get("location", place.location)
    found.update({name: value for name, value in common.items() if name in shape.outputs and value is not None})
    if place is not None:
        found["name"] = place.name
    else:
        found["name"] = plain(inputs.get(fact.name_input, UNKNOWN)) if fact.name_input else arm_name(fact.path)
    return found


def _late(found: dict[str, Value], fact: Fact) -> dict[str, Value]:
    """``found`` with an unknown at each of the fact's late outputs (dotted paths reach inside an output)."""
    for path in fact.late:
        *outer, last = path.split(".")
        holder = found
        for step in outer:
            inner = holder.get(step)
            if not isinstance(inner, dict):
                break
            holder[step] = holder = dict(inner)
        else:
            holder[last] = UNKNOWN
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
