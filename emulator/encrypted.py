"""Inputs as exported states and event logs hold them: their secrets encrypted by the engine, what they are not said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.shape import Shape, shape
from emulator.values import UNKNOWNS, Secret, Unknown, Value
from emulator.wire import load

_KINDS = {"object": "object", "map": "object", "array": "array"}


def decoded(token: str, inputs: Mapping[str, Value]) -> dict[str, Value]:
    """Return inputs with secrets and unknowns marked; an encrypted secret is an unknown of the kind that the SDK says.

    Raises:
        WireError: an object has a signature that the protocol does not know.
        UnknownTypeError: the SDK has no such type.
    """
    type_shape = shape(token)
    return _fields(type_shape, type_shape.inputs, load(dict(inputs)))


def _fields(type_shape: Shape, fields: Mapping[str, Any], value: dict[str, Value]) -> dict[str, Value]:
    return {key: _typed(type_shape, fields.get(key, (False, "any"))[1], inner) for key, inner in value.items()}


def _typed(type_shape: Shape, kind: Any, value: Value) -> Value:
    """Return one value, with what is encrypted in it typed."""
    form, of = next(iter(kind.items())) if isinstance(kind, dict) else (str(kind), "")
    if isinstance(value, Secret):
        unknown = isinstance(value.value, Unknown)
        return Secret(UNKNOWNS[_KINDS.get(form, "string")] if unknown else _typed(type_shape, kind, value.value))
    if isinstance(value, dict):
        if form == "object":
            return _fields(type_shape, type_shape.objects[of], value)
        return {key: _typed(type_shape, of if form == "map" else "any", inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_typed(type_shape, of if form == "array" else "any", inner) for inner in value]
    return value
