"""Reading the application catalogue: a file for each product application, and one for the platform's own secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Any

from settings import document
from settings.application import Application, SecretName, SharedSecret
from settings.explain import validate
from settings.problems import SettingsError
from settings.selection import PRODUCTS

FOLDER = FilePath(__file__).parent / "catalogue"
SHARED = "shared.yaml"


@dataclass(frozen=True)
class Catalogue:
    """The product applications and the platform's own secrets."""

    apps: Mapping[str, Application]
    shared: Mapping[str, SharedSecret]


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Read the catalogue once. Raises :class:`SettingsError` when one of its files is broken."""
    shared = _read(SHARED, dict[SecretName, SharedSecret])
    apps = {key: _read(f"{key}.yaml", Application) for key in PRODUCTS}
    return Catalogue(MappingProxyType(apps), MappingProxyType(shared))


def _read(name: str, shape: Any) -> Any:  # noqa: ANN401 - a model or a mapping
    file = document.read_yaml(FOLDER, name)
    value, issues = validate(shape, file.data)
    problems = [*file.problems, *map(file.problem, issues)]
    if problems:
        raise SettingsError(problems)
    return value
