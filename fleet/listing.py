"""The file that lists installations: strict, with the line of every problem, and without secrets.

::

    installations:
      - name: contoso-sdc              # its name in the report
        path: ../contoso/infra         # its checkout, relative to this file
        target: azure                  # or local; azure if left out
        stacks: [dev, test, prod]
        environment:                   # what differs by installation; the rest is that of the caller
          AZURE_SUBSCRIPTION_ID: 11111111-2222-3333-4444-555555555555
          FABRIX_STATE_URL: azblob://state-{stack}?storage_account=stcontosostate

It holds no logins: each command runs with the caller's (``az login``, a federated token), which has to be allowed to
read every installation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from settings import document
from settings.base import Key, Model, Text
from settings.explain import validate
from settings.literal_secrets import literal_secret
from settings.problems import Issue, nearest
from support.errors import Exit, OperationError

LOCATIONS = ("FABRIX_LOCAL_HOME", "FABRIX_STATE_URL", "FABRIX_LEDGER_KEY", "PULUMI_BACKEND_URL")
"""Variables that say where the state and records of one installation are. Never taken from the caller: with them every
installation would answer for the caller's."""

_ALLOWED = f"{', '.join(LOCATIONS)}, AZURE_*"


class Installation(Model):
    """One checkout, and those of its stacks that are asked about."""

    name: Key
    """Name of the installation in the report; unique."""
    path: Text = Field(examples=["../contoso/infra"])
    """Folder of its checkout, relative to the file."""
    target: Literal["azure", "local"] = "azure"
    """Target that its stacks are deployed to."""
    stacks: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$", examples=["prod"])], ...] = Field(
        min_length=1, examples=[["prod"]]
    )
    """Stacks that have to be deployed and healthy."""
    environment: dict[str, str] = Field(
        default={}, examples=[{"AZURE_SUBSCRIPTION_ID": "11111111-2222-3333-4444-555555555555"}]
    )
    """Variables of this installation; no secrets."""


class Listing(Model):
    """The whole file."""

    installations: tuple[Installation, ...] = Field(min_length=1)
    """At least one."""


def read_installations(file: Path, only: Sequence[str] = ()) -> list[Installation]:
    """Return the installations of ``file``, or those with the names ``only``, in the file's order.

    Raises:
        OperationError: exit code 2, with every problem of the file and its line; or a name that is not in it.

    """
    text = document.read_yaml(file.parent, file.name)
    problems = list(text.problems)
    listing: Listing | None = None
    if text.data is None and not problems:
        problems.append(text.problem(Issue((), "the file is empty", "nothing", "installations:", "installations: […]")))
    elif text.data is not None:
        listing, issues = validate(Listing, text.data)
        issues += [*_names(text.data), *_variables(text.data)]
        problems += [text.problem(issue) for issue in issues]
    if problems or listing is None:
        lines = [f"{len(problems)} problem{'s' if len(problems) > 1 else ''} in the list of installations"]
        raise OperationError(
            "\n\n".join([*lines, *map(str, problems)]),
            Exit.BAD_INPUT,
            {"problems": [asdict(problem) for problem in problems]},
        )
    return _chosen(listing.installations, only, file)


def _chosen(installations: Sequence[Installation], only: Sequence[str], file: Path) -> list[Installation]:
    names = [one.name for one in installations]
    for name in only:
        if name not in names:
            near = nearest(name, names)
            hint = f" Did you mean {near}?" if near else ""
            raise OperationError(
                f"--only {name}: {file} lists no such installation.{hint} It lists {', '.join(names)}.", Exit.BAD_INPUT
            )
    return [one for one in installations if not only or one.name in only]


def _entries(data: object) -> list[tuple[int, dict[str, Any]]]:
    listed = data.get("installations") if isinstance(data, dict) else None
    return [(n, one) for n, one in enumerate(listed) if isinstance(one, dict)] if isinstance(listed, list) else []


def _names(data: object) -> list[Issue]:
    """Report names that are used twice: one would hide the other in the report."""
    issues, seen = [], set()
    for number, one in _entries(data):
        name = one.get("name")
        if isinstance(name, str) and name in seen:
            issues.append(Issue(("installations", number, "name"), "the name is taken", name, "each name once"))
        seen.add(name if isinstance(name, str) else None)
    return issues


def _variables(data: object) -> list[Issue]:
    """Report variables that may not be set, and those whose name or value looks secret; the value is not shown."""
    issues = []
    for number, one in _entries(data):
        variables = one.get("environment")
        for name, value in variables.items() if isinstance(variables, dict) else ():
            path = ("installations", number, "environment", name)
            if name not in LOCATIONS and not re.fullmatch(r"AZURE_[A-Z0-9_]+", name):
                issues.append(Issue(path, "not a variable that an installation may set", name, _ALLOWED))
            if isinstance(value, str) and (why := literal_secret(name, value)):
                allowed = "no secrets: set it in the environment of whoever runs the command, or use a federated login"
                issues.append(Issue(path, why, "a value that looks secret (not shown)", allowed))
    return issues
