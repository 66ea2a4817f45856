"""What the SDK accepts for a resource type, and what is wrong with inputs.

Shapes are reflected from the SDK once per package version and cached as JSON in the user's cache folder, so that a
plugin with a warm cache never imports an SDK.
"""

from __future__ import annotations

import difflib
import functools
import importlib.metadata
import json
import os
import re
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

from emulator.values import Archive, Asset, Secret, Unknown, Value

DISTRIBUTIONS = {"azure-native": "pulumi-azure-native", "azuread": "pulumi-azuread", "random": "pulumi-random"}
_FORMAT = 2  # of the cached files; increase it when reflection changes
_SHOWN = 12  # names listed in a message
_reflecting = threading.Lock()


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a resource's inputs."""

    path: str
    """Property path as Pulumi writes it: ``properties.networkAcls.ipRules[0].value``."""
    message: str
    """What is wrong, what is allowed, how to fix it; never a secret's value."""


@dataclass(frozen=True)
class Shape:
    """Inputs and outputs of a resource type, by wire name."""

    token: str
    outputs: frozenset[str]
    api_version: str | None
    root: str
    objects: dict[str, dict[str, Any]] = field(repr=False)
    """Object name → property → [required, type]; a type is a string or an object with one key."""

    @property
    def inputs(self) -> dict[str, Any]:
        """Property → [required, type] at the top level."""
        return self.objects[self.root]


@functools.cache
def version(package: str) -> str:
    """Return the version of a provider package's installed SDK, ``3.29.0``."""
    return importlib.metadata.version(DISTRIBUTIONS[package])


CORRECTED: dict[tuple[str, str], tuple[str, ...]] = {
    # Version 3.29.0 annotates it with the enumeration of another service that has a type of the same name.
    # Microsoft's published types of Microsoft.DBforPostgreSQL 2025-08-01 say User, Group, ServicePrincipal, Unknown.
    ("azure-native:dbforpostgresql:AdministratorsMicrosoftEntra", "principalType"): (
        "User",
        "Group",
        "ServicePrincipal",
    ),
}
"""(Type token, input) → values that Azure accepts although the SDK's enumeration lacks them."""


@functools.cache
def shape(token: str) -> Shape:
    """Return the shape of a resource type.

    Raises:
        UnknownTypeError: the installed SDK has no such type.
    """
    data = _cached(token)
    return Shape(token, frozenset(data["outputs"]), data["apiVersion"], data["inputs"], data["objects"])


def _cached(token: str) -> dict[str, Any]:
    """Return the shape's JSON, from the cache, else from reflection."""
    package = token.split(":", 1)[0]
    folder = Path(platformdirs.user_cache_dir("aifabrix")) / "shapes" / f"{package}-{version(package)}-{_FORMAT}"
    file = folder / (re.sub(r"\W+", "_", token) + ".json")
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError):
        from emulator import reflection  # heavy: it imports the SDK

        with _reflecting:
            data = reflection.reflect(token)
        _write(file, data)
        return data


def _write(file: Path, data: dict[str, Any]) -> None:
    """Write a cache file atomically; a cache that cannot be written costs time, nothing else."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(data, stream, separators=(",", ":"))
        Path(name).replace(file)
    except OSError:
        return


def check(token: str, inputs: dict[str, Value]) -> list[Problem]:
    """Return everything in ``inputs`` that the SDK's types do not allow; unknown values are assumed to be valid."""
    type_shape = shape(token)
    problems = _check_object(type_shape, type_shape.root, inputs, "")
    return [one for one in problems if inputs.get(one.path) not in CORRECTED.get((token, one.path), ())]


def _check_object(type_shape: Shape, name: str, value: dict[str, Value], path: str) -> Iterator[Problem]:
    """Yield the problems of one object: keys that do not exist, keys that are missing, and those of its values."""
    fields = type_shape.objects[name]
    dot = f"{path}." if path else ""
    for key, inner in value.items():
        if key not in fields:
            yield Problem(dot + key, _misspelt(key, fields, path or type_shape.token))
        elif inner is not None:
            yield from _check(type_shape, fields[key][1], inner, dot + key)
    for key, (required, kind) in fields.items():
        if required and value.get(key) is None:
            yield Problem(dot + key, f"required and missing; set {key!r} to {_described(kind)}")


def _check(type_shape: Shape, kind: Any, value: Value, path: str, *, hidden: bool = False) -> Iterator[Problem]:
    """Yield the problems of one value."""
    if isinstance(value, Secret):
        yield from _check(type_shape, kind, value.value, path, hidden=True)
    elif value is None or isinstance(value, Unknown) or kind == "any":
        return
    elif isinstance(kind, dict):
        yield from _check_compound(type_shape, kind, value, path, hidden=hidden)
    elif not _is_scalar(kind, value):
        yield Problem(path, f"found {_kind_of(value)}, expected {_described(kind)}")


def _check_compound(
    type_shape: Shape, kind: dict[str, Any], value: Value, path: str, *, hidden: bool
) -> Iterator[Problem]:
    """Yield the problems of a list, map, object, enumeration or alternative."""
    (form, of), *_ = kind.items()
    if form == "enum":
        if value not in of:
            yield Problem(path, _not_in(value, of, hidden=hidden))
    elif form == "union":
        attempts = [list(_check(type_shape, option, value, path, hidden=hidden)) for option in of]
        yield from min(attempts, key=len)
    elif form == "array" and isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _check(type_shape, of, inner, f"{path}[{index}]", hidden=hidden)
    elif form == "map" and isinstance(value, dict):
        for key, inner in value.items():
            yield from _check(type_shape, of, inner, step(path, key), hidden=hidden)
    elif form == "object" and isinstance(value, dict):
        yield from _check_object(type_shape, of, value, path)
    else:
        yield Problem(path, f"found {_kind_of(value)}, expected {_described(kind)}")


def step(path: str, key: str) -> str:
    """Return the property path of ``key`` inside ``path``; keys that are not plain words are quoted as by Pulumi."""
    if re.fullmatch(r"\w+", key) is None:
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key


def _is_scalar(kind: str, value: Value) -> bool:
    """Return whether ``value`` is of the plain type ``kind``."""
    if kind == "string":
        return isinstance(value, str)
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "asset":
        return isinstance(value, (Asset, Archive))
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and (kind == "number" or value == int(value))


def _misspelt(key: str, fields: dict[str, Any], where: str) -> str:
    """Return the message that ``key`` does not exist, with the nearest key that does."""
    near = nearest(key, list(fields))
    hint = f"did you mean {near!r}?" if near else f"it has {_listed(sorted(fields))}"
    return f"{where} has no property {key!r}; {hint}"


def _not_in(value: Value, allowed: list[Any], *, hidden: bool) -> str:
    """Return the message that ``value`` is not in an enumeration, with the nearest value that is."""
    shown = "[secret]" if hidden else repr(value)
    near = None if hidden else nearest(str(value), [str(one) for one in allowed])
    return f"found {shown}, allowed are {_listed(allowed)}" + (f"; did you mean {near!r}?" if near else "")


def nearest(word: str, known: list[str]) -> str | None:
    """Return the known word most like ``word``, ignoring case and underscores; None if none is similar."""
    folded = {one.replace("_", "").lower(): one for one in known}
    close = difflib.get_close_matches(word.replace("_", "").lower(), list(folded), n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def _listed(names: list[Any]) -> str:
    """Return names for a message, shortened where there are many."""
    shown = ", ".join(str(name) for name in names[:_SHOWN])
    return shown + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _kind_of(value: Value) -> str:
    """Return the kind of a value for a message; never the value."""
    names = {str: "a string", bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), f"a {type(value).__name__.lower()}")


def _described(kind: Any) -> str:
    """Return a type for a message."""
    if isinstance(kind, str):
        return {"integer": "an integer", "asset": "an asset or archive", "any": "a value"}.get(kind, f"a {kind}")
    (form, of), *_ = kind.items()
    if form == "enum":
        return f"one of {_listed(of)}"
    if form == "union":
        return " or ".join(_described(option) for option in of)
    return {"array": "a list", "map": "an object with keys of your choice", "object": "an object"}[form]
