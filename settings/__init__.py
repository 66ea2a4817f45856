"""What can be configured. Pure: no Pulumi, no network, no clock; reading files is all it does.

:func:`settings.load.stack` turns a stack file into :class:`PlatformSettings`, or raises :class:`SettingsError` with
every problem at once.
"""

from settings import load
from settings.model import PlatformSettings
from settings.problems import Problem, SettingsError

__all__ = ["PlatformSettings", "Problem", "SettingsError", "load"]
