"""Reading annotations: what a field of a model may hold, and an example of it."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, Tag
from pydantic.fields import FieldInfo

from settings.base import Model
from settings.problems import Path

Shape = Any
"""A type annotation."""

_LIMITS = ("ge", "le", "min_length", "max_length", "pattern")
_TYPES: dict[Any, str] = {str: "text", int: "a whole number", bool: "true or false", float: "a number"}


@dataclass(frozen=True)
class Spot:
    """A position in a model: its path in the file, its annotation, and the field that declares it."""

    path: Path
    shape: Shape
    field: FieldInfo | None
    owner: type[BaseModel] | None
    """Model that has the field."""

    def allowed(self) -> str:
        """Describe what is allowed here."""
        extra = self._extra()
        if "allowed" in extra:
            return str(extra["allowed"])
        shape = strip(self.shape)
        choices = extra.get("enum") or (get_args(shape) if get_origin(shape) is Literal else ())
        if choices:
            return ", ".join(map(str, choices))
        if isinstance(shape, type) and issubclass(shape, BaseModel):
            return f"a mapping with the keys {', '.join(keys_of(shape))}"
        if members_of(shape):
            return f"a mapping with mode: {modes_of(shape)}"
        containers = {dict: "a mapping", tuple: "a list"}
        return containers.get(get_origin(shape)) or _TYPES.get(shape, "") + self._bounds()

    def example(self) -> str:
        """Write a valid value with its key, as the file would have it."""
        value = self.value()
        last = self.path[-1] if self.path else 0
        return f"{last}: {value}" if value and isinstance(last, str) else value

    def value(self) -> str:
        """Write a valid value."""
        for info in self._infos():
            if info.examples:
                return _yaml(info.examples[0])
        return _any_value(strip(self.shape))

    def _infos(self) -> list[FieldInfo]:
        infos = [self.field] if self.field else []
        if get_origin(self.shape) is Annotated:
            infos += [arg for arg in get_args(self.shape)[1:] if isinstance(arg, FieldInfo)]
        return infos

    def _extra(self) -> Mapping[str, Any]:
        extras = (info.json_schema_extra for info in self._infos())
        return next((extra for extra in extras if isinstance(extra, dict)), {})

    def _bounds(self) -> str:
        metadata = [item for info in self._infos() for item in info.metadata]
        pairs = ((name, getattr(item, name, None)) for item in metadata for name in _LIMITS)
        limits = {name: limit for name, limit in pairs if limit is not None}
        bounds = ""
        if "ge" in limits and "le" in limits:
            bounds += f" from {limits['ge']} to {limits['le']}"
        if "max_length" in limits:
            bounds += f" of {limits.get('min_length', 0)}-{limits['max_length']} characters"
        if "pattern" in limits:
            bounds += f" that matches {limits['pattern']}"
        return bounds


def strip(shape: Shape) -> Shape:
    """Remove ``Annotated`` and ``| None``."""
    if get_origin(shape) is Annotated:
        return strip(get_args(shape)[0])
    if get_origin(shape) in {Union, types.UnionType} and types.NoneType in get_args(shape):
        return strip(next(arg for arg in get_args(shape) if arg is not types.NoneType))
    return shape


def members_of(shape: Shape) -> dict[str, type[Model]]:
    """Members of a union that ``mode`` tells apart, by mode; empty for anything else."""
    if get_origin(shape) not in {Union, types.UnionType}:
        return {}
    models = [arg for arg in get_args(shape) if isinstance(arg, type) and issubclass(arg, Model)]
    return {get_args(m.model_fields["mode"].annotation)[0]: m for m in models if "mode" in m.model_fields}


def tagged_of(shape: Shape) -> dict[str, Shape]:
    """Members of a union whose form tells them apart (one id or a mapping), by tag; empty for anything else."""
    if get_origin(shape) not in {Union, types.UnionType}:
        return {}
    tags = ((arg, note) for arg in get_args(shape) for note in getattr(arg, "__metadata__", ()))
    return {note.tag: arg for arg, note in tags if isinstance(note, Tag)}


def modes_of(shape: Shape) -> str:
    """Modes of a union, for messages."""
    return " or ".join(members_of(strip(shape)))


def element_of(shape: Shape, *, key: bool) -> Shape:
    """Annotation of the elements of a list, or of the values (or keys) of a mapping."""
    args = get_args(shape)
    return args[1] if get_origin(shape) is dict and not key else args[0] if args else None


def field_of(model: type[BaseModel], key: str) -> FieldInfo | None:
    """Field of a model by its key in files."""
    return next((field for field in model.model_fields.values() if field.alias == key), None)


def keys_of(model: type[BaseModel]) -> list[str]:
    """Keys of a model, as files write them."""
    return [field.alias or name for name, field in model.model_fields.items()]


def _any_value(shape: Shape) -> str:
    """Write a valid value for a field that has no example of its own."""
    if members := members_of(shape):
        return f"{{mode: {next(iter(members))}}}"
    if get_origin(shape) is Literal:
        return str(get_args(shape)[0])
    if isinstance(shape, type) and issubclass(shape, BaseModel):
        shown = [field for field in shape.model_fields.values() if field.examples]
        wanted = [field for field in shown if field.is_required()] or shown[:1]
        return f"{{{', '.join(f'{field.alias}: {_yaml((field.examples or [None])[0])}' for field in wanted)}}}"
    plain = {tuple: "[]", dict: "{}", str: "text", int: "1", bool: "true", float: "1.5"}
    return plain.get(get_origin(shape) or shape, "")


def _yaml(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
