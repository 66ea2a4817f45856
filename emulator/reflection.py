"""Reads the shape of a resource type from the classes of the installed SDK; :mod:`emulator.shape` caches the result.

The ``<Type>Args`` class of the SDK holds input names, required flags, types and enumerations; the resource class holds
output names. Both are generated from Azure's own API definitions, so they are exact for the pinned version.
"""

from __future__ import annotations

import collections.abc
import enum
import importlib
import inspect
import re
import sys
import types
import typing
from typing import Any

import pulumi

from emulator.errors import UnknownTypeError

PACKAGES = {"azure-native": "pulumi_azure_native", "azuread": "pulumi_azuread", "random": "pulumi_random"}
_API_VERSION = re.compile(r"Uses Azure REST API version ([\w-]+)")
_SCALARS = {str: "string", bool: "boolean", int: "integer", float: "number"}


def reflect(token: str) -> dict[str, Any]:
    """Return the JSON-ready shape of a resource type (``azure-native:keyvault:Vault``, ``random:index/x:X``).

    Raises:
        UnknownTypeError: the SDK has no such type.
    """
    resource, args = _classes(token)
    objects: dict[str, Any] = {}
    _object(args, objects)
    return {
        "token": token,
        "inputs": args.__name__,
        "outputs": sorted(_getters(resource).values()),
        "objects": objects,
        "apiVersion": _api_version(resource),
    }


def _classes(token: str) -> tuple[type, type]:
    """Return the resource class and args class of a type token."""
    package, module, name = token.split(":")
    folder = module.split("/")[0].lower()
    path = PACKAGES[package] + ("" if folder == "index" else f".{folder}")
    try:
        holder = importlib.import_module(path)
    except ModuleNotFoundError as error:
        raise UnknownTypeError(f"{token}: {path} is not in the installed SDK") from error
    # The generator names the args class InitArgs where an input type has taken the shorter name.
    args = getattr(holder, f"{name}InitArgs", None) or getattr(holder, f"{name}Args", None)
    resource = getattr(holder, name, None)
    if resource is None or args is None:
        raise UnknownTypeError(f"{token}: {path} has no resource {name}")
    return resource, args


def _getters(cls: type) -> dict[str, str]:
    """Return the wire name by Python name of every property that ``cls`` declares."""
    names = {}
    for name, member in vars(cls).items():
        if isinstance(member, property) and member.fget is not None:
            names[name] = getattr(member.fget, "_pulumi_name", name)
    return names


def _object(cls: type, objects: dict[str, Any]) -> str:
    """Add the shape of an input class, and of the classes inside it, to ``objects``; return its name there."""
    name = cls.__name__
    if name in objects:
        return name
    fields: dict[str, Any] = {}
    objects[name] = fields  # before its fields, for types that contain themselves
    local = {"Output": pulumi.Output, "T": Any}
    constructor = inspect.unwrap(vars(cls)["__init__"])
    hints = typing.get_type_hints(constructor, vars(sys.modules[cls.__module__]), local)
    wire_names = _getters(cls)
    for parameter in inspect.signature(constructor).parameters.values():
        if parameter.name in wire_names:
            required = parameter.default is inspect.Parameter.empty
            fields[wire_names[parameter.name]] = [required, _type(hints[parameter.name], objects)]
    return name


def _type(hint: Any, objects: dict[str, Any]) -> Any:
    """Return the JSON-ready form of a type hint."""
    options = _options(hint)
    if len(options) > 1:
        return _union(options, objects)
    hint = options[0] if options else Any
    origin = typing.get_origin(hint)
    if origin is collections.abc.Sequence or origin is list:
        return {"array": _type(typing.get_args(hint)[0], objects)}
    if origin is collections.abc.Mapping or origin is dict:
        return {"map": _type(typing.get_args(hint)[1], objects)}
    return _single(hint, objects)


def _single(hint: Any, objects: dict[str, Any]) -> Any:
    """Return the JSON-ready form of a hint that is one class."""
    if hint in _SCALARS:
        return _SCALARS[hint]
    if not inspect.isclass(hint):
        return "any"
    if issubclass(hint, enum.Enum):
        return {"enum": [member.value for member in hint]}
    if hint.__name__ in {"Asset", "Archive"} and hint.__module__.startswith("pulumi."):
        return "asset"
    return {"object": _object(hint, objects)} if _getters(hint) else "any"


def _options(hint: Any) -> list[Any]:
    """Return the alternatives of a hint, without None and without the Output and Awaitable forms of the same type."""
    if typing.get_origin(hint) not in {typing.Union, types.UnionType}:
        return [hint]
    options: list[Any] = []
    for argument in typing.get_args(hint):
        origin = typing.get_origin(argument)
        lifted = origin is collections.abc.Awaitable or getattr(origin, "__name__", "") == "Output"
        if argument is not type(None) and not lifted:
            options.extend(alternative for alternative in _options(argument) if alternative not in options)
    return options


def _union(options: list[Any], objects: dict[str, Any]) -> Any:
    """Return the JSON-ready form of alternatives; a string beside an enumeration adds nothing: Azure refuses others."""
    enums = [option for option in options if inspect.isclass(option) and issubclass(option, enum.Enum)]
    if enums:
        options = [option for option in options if option not in _SCALARS]
    forms: list[Any] = []
    for option in options:
        form = _type(option, objects)
        if form not in forms:
            forms.append(form)
    return forms[0] if len(forms) == 1 else {"union": forms}


def _api_version(resource: type) -> str | None:
    """Return the API version that the docstrings of the class's constructors name."""
    match = _API_VERSION.search(inspect.getsource(resource))
    return match.group(1) if match else None
