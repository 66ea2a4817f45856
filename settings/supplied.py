"""Secrets that an operator has to put into the vault: no application refers to one before the stack file declares it.

App Service hands an application the text of a vault reference that does not resolve, as if it were the value, and a
right on a secret that does not exist is a right on whatever is put there later. So a supplied secret is used only once
it is declared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from settings.applications import App, PlatformSecret
from settings.problems import Issue, nearest

PATH = ("security", "suppliedSecrets")


def withhold(
    apps: Sequence[App], secrets: Sequence[PlatformSecret], supplied: Sequence[str]
) -> tuple[tuple[App, ...], tuple[PlatformSecret, ...]]:
    """Remove settings and rights that refer to secrets which are not in the vault yet."""
    missing = {s.name for s in secrets if s.generator == "supplied" and s.name not in supplied}
    return (
        tuple(
            replace(
                app,
                settings=tuple(s for s in app.settings if not (s.kind == "secret" and s.value in missing)),
                secrets=tuple(s for s in app.secrets if s.name not in missing),
            )
            for app in apps
        ),
        tuple(replace(s, readers=()) if s.name in missing else s for s in secrets),
    )


def unknown(secrets: Sequence[PlatformSecret], supplied: Sequence[str]) -> list[Issue]:
    """Names that no supplied secret of the plan has."""
    known = [s.name for s in secrets if s.generator == "supplied"]
    return [
        Issue(
            (*PATH, index),
            "no application of this stack reads a supplied secret of that name",
            name,
            ", ".join(known) or "none: nothing has to be supplied",
            f"- {nearest(name, known) or (known[0] if known else '')}",
        )
        for index, name in enumerate(supplied)
        if name not in known
    ]
