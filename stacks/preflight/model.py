"""A check of the preflight, what it finds, and what it may ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol

from settings import PlatformSettings


class Level(IntEnum):
    """How much a finding matters; the highest one is that of its check."""

    PASS = 0
    WARN = 1
    """It could not be asked, or will matter later."""
    FAIL = 2
    """The deployment would stop there."""


@dataclass(frozen=True)
class Finding:
    """One thing that a check found."""

    level: Level
    found: str
    fix: str = ""
    """What to do, where it is not the fix of the whole check."""


class Questions(Protocol):
    """What Azure answers, by paths of its REST reference; nothing is changed by asking."""

    def get(self, path: str, version: str, **query: str) -> dict[str, Any] | None:
        """Return the object at an ARM path; None if there is none.

        Raises:
            OperationError: Azure refuses, or does not answer.
        """
        ...

    def rows(self, path: str, version: str, **query: str) -> list[dict[str, Any]]:
        """Return the entries of a list, of all its pages; raises as :meth:`get`."""
        ...

    def ask(self, path: str, version: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Post a question and return the answer; raises as :meth:`get`."""
        ...

    def graph(self, path: str, **query: str) -> dict[str, Any] | None:
        """Return what Microsoft Graph has at a path; None if nothing; raises as :meth:`get`."""
        ...


@dataclass(frozen=True)
class Scene:
    """The stack that is checked, and who answers."""

    stack: str
    settings: PlatformSettings
    questions: Questions

    @property
    def subscription(self) -> str:
        """ARM path of the stack's subscription."""
        return f"/subscriptions/{self.settings.installation.subscription_id}"

    @property
    def region(self) -> str:
        """The stack's region, as ARM writes it."""
        return self.settings.installation.region

    def provider(self, namespace: str) -> str:
        """Return the path of a resource provider in the subscription."""
        return f"{self.subscription}/providers/{namespace}"

    def located(self, namespace: str) -> str:
        """Return the path of a resource provider in the stack's region."""
        return f"{self.provider(namespace)}/locations/{self.region}"

    def own_id(self, part: str, arm_type: str, name: str) -> str:
        """Return the id of a resource of this stack, in the resource group of ``part``."""
        group = self.settings.names.of("resource_group", part)
        return f"{self.subscription}/resourceGroups/{group}/providers/{arm_type}/{name}"


@dataclass(frozen=True)
class Check:
    """One row of the table of checks."""

    id: str
    title: str
    asks: str
    """What is asked of whom."""
    fix: str
    """What to do about a finding that names no fix of its own."""
    run: Callable[[Scene], Iterable[Finding]]
    """Yields findings, none where the check does not apply to the stack.

    An OperationError is the answer that it cannot be asked.
    """


def region_key(text: str) -> str:
    """Return a region as ARM writes it: ``Sweden Central`` is ``swedencentral``."""
    return text.replace(" ", "").lower()
