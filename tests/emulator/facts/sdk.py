"""Reads names and API versions off the installed azure-native classes, so that rows can be compared with them."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from functools import cache
from typing import Any

from pulumi import _types as types


@cache
def classes(token: str) -> tuple[type, type]:
    """Resource class and input class of ``azure-native:module:Class``."""
    _, module, name = token.split(":")
    package = importlib.import_module(f"pulumi_azure_native.{module}")
    resource = getattr(package, name)
    own = sys.modules[resource.__module__]
    return resource, getattr(own, f"{name}InitArgs", None) or getattr(own, f"{name}Args")


@cache
def inputs(token: str) -> dict[str, Any]:
    """Input names of the SDK class, with their types."""
    cls = classes(token)[1]
    names = types.input_type_py_to_pulumi_names(cls)
    return {names.get(key, key): value for key, value in types.input_type_types(cls).items()}


@cache
def outputs(token: str) -> dict[str, Any]:
    """Output names of the SDK class, with their types."""
    cls = classes(token)[0]
    names = types.resource_py_to_pulumi_names(cls)
    return {names.get(key, key): value for key, value in types.resource_types(cls).items()}


def api_version(token: str) -> str:
    """Default API version that the SDK class names in its docstrings."""
    match = re.search(r"Uses Azure REST API version ([\w-]+)", inspect.getsource(classes(token)[0]))
    assert match, f"{token}: the SDK class names no API version"
    return match.group(1)


def nested(hint: Any, path: list[str]) -> bool:
    """Whether ``path`` leads somewhere inside the input type ``hint``."""
    if not path:
        return True
    for option in _options(hint):
        if inspect.isclass(option) and types.is_input_type(option):
            names = types.input_type_py_to_pulumi_names(option)
            fields = {names.get(key, key): value for key, value in types.input_type_types(option).items()}
            if path[0] in fields and nested(fields[path[0]], path[1:]):
                return True
    return False


def _options(hint: Any) -> list[Any]:
    """Every class that a type hint allows."""
    arguments = getattr(hint, "__args__", ())
    return [hint] if not arguments else [option for item in arguments for option in _options(item)]
