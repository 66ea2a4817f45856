"""What a law may ask: the request in front of it, and the world that the request would change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, Protocol, TypeAlias

from emulator.facts.model import Fact
from emulator.ids import arm_name
from emulator.values import UndecidedError

Operation = Literal["create", "update", "delete"]


def dig(value: Any, path: str) -> Any:
    """Return the value at the dotted ``path`` (``properties.sku.name``, ``subnets.0.name``), or None.

    Raises:
        UndecidedError: a value on the way is unknown in this preview.
    """
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif value is None or isinstance(value, (str, int, float, list)):
            return None
        else:
            bool(value)  # an unknown raises here
            return None
    return value


@dataclass(frozen=True, kw_only=True)
class ObjectView:
    """An object as laws and look-ups see it: a stored object, secrets in clear text. Never print a value of it."""

    id: str
    """ARM id as it was spelt at creation; compare ids without regard to case."""
    token: str
    arm_type: str
    inputs: dict[str, Any]
    """SDK input names, no secrets, no unknowns."""
    outputs: dict[str, Any]
    """SDK output names; the inputs echoed plus what Azure computed."""

    @property
    def name(self) -> str:
        """Last segment of the id."""
        return arm_name(self.id)

    def value(self, path: str) -> Any:
        """Return the output at a dotted path, else the input there, else None."""
        output = dig(self.outputs, path)
        return dig(self.inputs, path) if output is None else output


@dataclass(frozen=True, kw_only=True)
class Request:
    """A requested change."""

    token: str
    fact: Fact
    id: str
    """ARM id that the object has or would have. In Check it may be empty: part of it is still unknown."""
    inputs: dict[str, Any]
    """Plain values; in Check some may be unknown and raise ``UndecidedError`` when looked at."""
    olds: dict[str, Any] | None = None
    """Inputs before the change; None when the object is new."""
    operation: Operation = "create"
    subscription_id: str = ""
    tenant_id: str = ""
    api_version: str = ""
    """API version that the client sends; empty where it is not known."""

    def get(self, path: str) -> Any:
        """Return the input at a dotted path, or None."""
        return dig(self.inputs, path)


class World(Protocol):
    """Read access to everything that exists. Ids and names are compared without regard to case."""

    def get(self, arm_id: str) -> ObjectView | None:
        """Return the object with this ARM id."""
        ...

    def children(self, arm_id: str) -> Sequence[ObjectView]:
        """Return everything below ``arm_id`` at any depth, extension resources on it included."""
        ...

    def list(self, arm_type: str) -> Sequence[ObjectView]:
        """Return all objects of an ARM type, in every subscription and group."""
        ...

    def by_global_name(self, arm_type: str, name: str) -> ObjectView | None:
        """Return the object of that type with that name, in any subscription."""
        ...


class NoWorld:
    """The world during Check: it cannot be asked, so a law that needs it stays undecided until the change is made."""

    def _undecided(self) -> NoReturn:
        raise UndecidedError("a preview does not look at what exists in Azure")

    def get(self, arm_id: str) -> ObjectView | None:  # noqa: ARG002 - the protocol's signature
        """Stay undecided."""
        self._undecided()

    def children(self, arm_id: str) -> Sequence[ObjectView]:  # noqa: ARG002 - the protocol's signature
        """Stay undecided."""
        self._undecided()

    def list(self, arm_type: str) -> Sequence[ObjectView]:  # noqa: ARG002 - the protocol's signature
        """Stay undecided."""
        self._undecided()

    def by_global_name(self, arm_type: str, name: str) -> ObjectView | None:  # noqa: ARG002 - the protocol's signature
        """Stay undecided."""
        self._undecided()


Law: TypeAlias = Callable[[Request, World], Iterable[str]]
"""Yields one text for each violation: Azure's error code, what was found, what is allowed, how to fix it.

The same laws run in Check with :class:`NoWorld`, where those that need the world or an unknown value stay undecided,
and again when the change is made. So a law yields what it knows from inputs before it asks the world.
"""

ANY_TYPE = "*"
"""Key of the laws that hold for every type."""


def violations(laws: Iterable[Law], request: Request, world: World) -> list[str]:
    """Return the texts of all violated ``laws``, in order; a law that meets an unknown counts up to that point."""
    texts: list[str] = []
    for law in laws:
        try:
            for text in law(request, world):
                texts.append(text)  # noqa: PERF402 - one by one: what came before an unknown is kept
        except UndecidedError:
            continue
    return texts
