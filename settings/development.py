"""Values for a developer's machine only, refused in tst and pro (docs/reference/product.md, "Settings")."""

from __future__ import annotations

import re

DEVELOPMENT_ONLY: dict[str, tuple[tuple[str, ...], str]] = {
    "AUTO_CREATE_TABLES": (("true",), 'value: "false"'),
    "DISABLE_RATE_LIMIT": (("true",), 'value: "false"'),
    "ENABLE_API_DOCS": (("true",), 'value: "false"'),
    "DEPLOYMENT": (("local", "azure-mock"), "from: controller.deployment"),
    "LICENSE_JWT": (("DEVELOPMENT",), "secret: miso-controller-license-jwtKeyVault"),
    "NODE_ENV": (("dev", "development"), "value: production"),
    "LOCAL_MODE": (("true",), 'value: "false"'),
    "DEBUG": (("true",), 'value: "false"'),
}
"""Setting, of any application → refused values, and what to write instead."""

STARTUP = re.compile(r"\bstart-dev\b")
"""Keycloak's development mode."""

_MACHINE = re.compile(r"\b(?:localhost|127\.0\.0\.1|host\.docker\.internal)\b", re.IGNORECASE)
_CONTAINER = re.compile(r"(?://|@)[a-z0-9-]+(?::\d+|/|$)|^[a-z0-9-]+:\d+$")
"""A host name without a dot, which only a developer's Docker network resolves."""

_UNRESOLVED = re.compile(r"\b(?:kv|url)://")
"""References of the product's own templates, which nothing resolves here."""


def development_value(name: str, value: str, more: tuple[str, ...] = ()) -> tuple[str, str, str] | None:
    """Return why ``value`` is refused outside dev, what is allowed, and an example; None when it is allowed.

    ``more`` are values that the application itself refuses outside dev.
    """
    values, instead = DEVELOPMENT_ONLY.get(name, ((), "leave it to the catalogue"))
    if value in values or value in more:
        return "a development-only value", f"anything but {', '.join((*values, *more))}", instead
    bare_host = name.endswith("_HOST") and "." not in value
    if bare_host or _MACHINE.search(value) or _CONTAINER.search(value):
        return "a host name of a developer's machine", "a reference, or a full host name", "from: postgres.host"
    return None


def unresolved(value: str) -> bool:
    """Whether a literal still holds a ``kv://`` or ``url://`` reference."""
    return bool(_UNRESOLVED.search(value))
