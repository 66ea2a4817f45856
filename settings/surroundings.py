"""What a setting can take from its application and environment without asking Azure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from settings.application import Application, SettingSource, SharedSecret, role_of
from settings.applications import AppSetting
from settings.release import Release
from settings.sizes import PlanSize
from settings.vocabulary import database_reference


@dataclass(frozen=True, kw_only=True)
class AppEnvironment:
    """What resolving an application needs to know about its environment."""

    environment: str
    service_name: str
    plan: PlanSize
    release: Release
    """Of production."""
    standby: Release
    """Of the staging slots."""
    shared: Mapping[str, SharedSecret]
    """Secrets of the platform itself, by name."""
    controller: str = "miso-controller"
    """Key of the controller; first part of OAuth client ids."""


_LITERAL: dict[str, Callable[[Application, AppEnvironment], str]] = {
    "own.key": lambda app, _: app.key,
    "own.port": lambda app, _: str(app.port),
    "own.clientId": lambda app, around: f"{around.controller}-{around.environment}-{app.key}",
    "own.filesPath": lambda app, _: app.files.mount_path if app.files else "",
}


def expand(name: str, around: AppEnvironment) -> str:
    """Put the service name for ``{prefix}`` in the name of a secret."""
    return name.replace("{prefix}", around.service_name)


def setting_of(name: str, source: SettingSource, app: Application, around: AppEnvironment) -> AppSetting:
    """Resolve one setting as far as settings know: the rest is a key for components to fill in."""
    if source.secret is not None:
        return AppSetting(name=name, kind="secret", value=expand(source.secret, around))
    kind, value = ("literal", source.value or "") if source.from_ is None else _reference(source.from_, app, around)
    return AppSetting(name=name, kind=kind, value=value)


def _reference(key: str, app: Application, around: AppEnvironment) -> tuple[Literal["literal", "resource"], str]:
    if key in _LITERAL:
        return "literal", _LITERAL[key](app, around)
    if reference := database_reference(key):
        index, field = reference
        database = app.databases[index].name
        return "literal", role_of(database) if field == "role" else database
    if key.startswith("own."):
        return "resource", f"app.{app.key}.{key.removeprefix('own.')}"
    return "resource", key
