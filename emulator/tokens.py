"""Type tokens of versioned packages, which the provider serves besides its own.

``azure-native_keyvault_v20260201:keyvault:Vault`` is ``azure-native:keyvault:Vault`` with another API version (Pulumi,
azure-native version guide, "Accessing any API version via local packages").
"""

from __future__ import annotations

import base64
import json
import re
from typing import NamedTuple

_PACKAGE = re.compile(r"azure-native_(?P<module>[a-z]+)_(?P<version>v\d{8}(?:\w*preview)?)")


class VersionedPackage(NamedTuple):
    """A package of one module at one API version."""

    module: str
    """``keyvault``"""
    version: str
    """``v20260201``"""

    @property
    def name(self) -> str:
        """``azure-native_keyvault_v20260201``."""
        return f"azure-native_{self.module}_{self.version}"

    @property
    def api_version(self) -> str:
        """``2026-02-01``."""
        digits = self.version.removeprefix("v")
        suffix = f"-{digits[8:]}" if digits[8:] else ""
        return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}{suffix}"

    @classmethod
    def from_parameter(cls, parameter: bytes) -> VersionedPackage:
        """Read the parameter that a generated SDK holds: base64 of JSON with ``module`` and ``version``.

        Raises:
            ValueError, KeyError: it is something else.

        """
        document = json.loads(base64.b64decode(parameter))
        return cls(document["module"], document["version"])


def sdk_token(token: str) -> str:
    """Return the SDK's own token of a type in a versioned package; any other token as it is."""
    package, separator, rest = token.partition(":")
    return f"azure-native:{rest}" if separator and _PACKAGE.fullmatch(package) else token
