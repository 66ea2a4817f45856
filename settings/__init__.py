"""What can be configured. Pure: no Pulumi, no network, no clock; reading files is all it does.

:func:`settings.load.stack` turns a stack file into :class:`PlatformSettings` or raises :class:`SettingsError`.
Names are imported on first use, so that a command that only needs the strict YAML reader does not build every model.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from settings import load
    from settings.model import PlatformSettings
    from settings.problems import Problem, SettingsError

__all__ = ["PlatformSettings", "Problem", "SettingsError", "load"]

_MODULES = {"PlatformSettings": "settings.model", "Problem": "settings.problems", "SettingsError": "settings.problems"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any attribute of the module
    if name == "load":
        return importlib.import_module("settings.load")
    if name in _MODULES:
        return getattr(importlib.import_module(_MODULES[name]), name)
    raise AttributeError(f"module 'settings' has no attribute {name!r}")
