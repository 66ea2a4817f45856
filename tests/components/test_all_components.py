"""What holds for every component class of the program, whoever wrote it."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest

import components
from components.base import FabrixComponent


def _component_classes() -> Iterator[type[FabrixComponent[Any]]]:
    for module in pkgutil.walk_packages(components.__path__, prefix="components."):
        loaded = importlib.import_module(module.name)
        for _, member in inspect.getmembers(loaded, inspect.isclass):
            if (
                issubclass(member, FabrixComponent)
                and member.__module__ == module.name
                and member is not FabrixComponent
            ):
                yield member


CLASSES = tuple(_component_classes())


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_component_has_the_type_token_of_its_folder(cls: type[FabrixComponent[Any]]) -> None:
    folders = cls.__module__.split(".")[1:-1]
    assert cls.module == (folders[0] if folders else "platform"), (
        "aifabrix:<folder>:<Class> is what state holds for ever"
    )


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_component_says_what_it_is_and_builds_itself(cls: type[FabrixComponent[Any]]) -> None:
    assert (cls.__doc__ or "").strip(), "a component without a docstring explains nothing"
    assert "build" in vars(cls), "a component that builds nothing is none"
    assert "__init__" not in vars(cls), "outputs are registered by the base class's constructor"


def test_there_are_components_to_check() -> None:
    assert {"Network", "PrivateDns", "KeyVault"} <= {cls.__name__ for cls in CLASSES}
