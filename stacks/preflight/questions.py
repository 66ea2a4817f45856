"""Who answers the questions of the preflight: Azure and Microsoft Graph over REST, or the local Azure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from emulator import answers
from emulator.errors import Refusal
from settings import PlatformSettings
from stacks.cloud.arm import Arm, UnreachableError
from stacks.preflight.model import Questions
from support.errors import OperationError
from targets.local import LocalTarget
from targets.target import Target

GRAPH = "https://graph.microsoft.com"
_T = TypeVar("_T")


@dataclass(frozen=True)
class AzureQuestions:
    """Real Azure. Never run against it: in tests a local server plays it, after Microsoft's REST reference."""

    arm: Arm
    directory: Arm
    lost: dict[str, UnreachableError] = field(default_factory=dict)
    """Whom no request reached: nobody is asked twice, since signing in can take long to fail."""

    @classmethod
    def of(cls, settings: PlatformSettings) -> AzureQuestions:
        """Sign in to the tenant of ``settings``.

        Raises:
            OperationError: exit code 4, a package is missing.
        """
        tenant = settings.installation.tenant_id
        return cls(Arm.signed_in(tenant), Arm.signed_in(tenant, endpoint=GRAPH, audience=GRAPH))

    def get(self, path: str, version: str, **query: str) -> dict[str, Any] | None:
        """Return the object at an ARM path."""
        return self._once("arm", lambda: self.arm.get(path, version, **query))

    def rows(self, path: str, version: str, **query: str) -> list[dict[str, Any]]:
        """Return the entries of a list."""
        return self._once("arm", lambda: list(self.arm.pages(path, version, **query)))

    def ask(self, path: str, version: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Post a question."""
        return self._once("arm", lambda: self.arm.ask(path, version, body))

    def graph(self, path: str, **query: str) -> dict[str, Any] | None:
        """Return what Microsoft Graph has at a path."""
        return self._once("graph", lambda: self.directory.get(path, "", **query))

    def _once(self, whom: str, question: Callable[[], _T]) -> _T:
        if whom in self.lost:
            raise self.lost[whom]
        try:
            return question()
        except UnreachableError as error:
            self.lost[whom] = error
            raise


@dataclass(frozen=True)
class LocalQuestions:
    """The local Azure, which answers in the forms of the real one."""

    target: LocalTarget

    def get(self, path: str, version: str, **query: str) -> dict[str, Any] | None:  # noqa: ARG002 - the protocol's
        """Return the object at an ARM path."""
        with self.target.store() as store:
            return answers.get(store, path, query)

    def rows(self, path: str, version: str, **query: str) -> list[dict[str, Any]]:
        """Return the entries of a list."""
        return (self.get(path, version, **query) or {}).get("value") or []

    def ask(self, path: str, version: str, body: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the protocol's
        """Post a question."""
        with self.target.store() as store:
            try:
                return answers.post(store, path, body)
            except Refusal as error:
                raise OperationError(str(error)) from None

    def graph(self, path: str, **query: str) -> dict[str, Any] | None:
        """Return what the local directory has at a path."""
        with self.target.store() as store:
            try:
                return answers.graph(store, path, query)
            except Refusal as error:
                raise OperationError(str(error)) from None


def questions_for(target: Target, settings: PlatformSettings) -> Questions:
    """Return who answers for a target; no request is sent yet.

    Raises:
        OperationError: exit code 4, a package that only real Azure needs is missing.
    """
    return LocalQuestions(target) if isinstance(target, LocalTarget) else AzureQuestions.of(settings)
