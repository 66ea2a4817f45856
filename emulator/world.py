"""What a law may ask: the request in front of it, and the world that the request would change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, Protocol, TypeAlias

from emulator.facts.row import Fact
from emulator.values import UndecidedError, plain

Operation = Literal["create", "update", "delete"]


def arm_name(arm_id: str) -> str:
    """Last segment of an ARM id."""
    return arm_id.rstrip("/").rsplit("/", 1)[-1]


def dig(value: Any, path: str) -> Any:  # noqa: ANN401 - inputs are JSON
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
            bool(value)  # an unknown says so
            return None
    return value


@dataclass(frozen=True, kw_only=True)
class Item:
    """An object of the local Azure, as laws and look-ups see it. Secrets are opened: never print a value from here."""

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

    def value(self, path: str) -> Any:  # noqa: ANN401 - outputs are JSON
        """Output at a dotted path, else the input there, else None."""
        found = dig(self.outputs, path)
        return dig(self.inputs, path) if found is None else found


@dataclass(frozen=True, kw_only=True)
class Request:
    """A change that somebody asks for."""

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

    def get(self, path: str) -> Any:  # noqa: ANN401 - inputs are JSON
        """Input at a dotted path, or None."""
        return dig(self.inputs, path)


class World(Protocol):
    """Read access to everything that exists. Ids and names are compared without regard to case."""

    def get(self, arm_id: str) -> Item | None:
        """Return the object with this ARM id."""
        ...

    def children(self, arm_id: str) -> Sequence[Item]:
        """Return everything below ``arm_id`` at any depth, extension resources on it included."""
        ...

    def list(self, arm_type: str) -> Sequence[Item]:
        """Return all objects of an ARM type, in every subscription and group."""
        ...

    def by_global_name(self, arm_type: str, name: str) -> Item | None:
        """Return the object of that type with that name, wherever it is."""
        ...

    def soft_deleted(self, arm_type: str, name: str) -> Item | None:
        """Return the deleted object that still holds that name."""
        ...


class NoWorld:
    """The world during Check: nothing can be asked, so a law that needs it stays undecided until the change is made."""

    def _undecided(self) -> NoReturn:
        raise UndecidedError("the state of Azure is looked at when the change is made, not in a preview")

    def get(self, arm_id: str) -> Item | None:  # noqa: ARG002 - the protocol's signature
        """Stay undecided."""
        self._undecided()

    def children(self, arm_id: str) -> Sequence[Item]:  # noqa: ARG002 - the protocol's signature
        """Stay undecided."""
        self._undecided()

    def list(self, arm_type: str) -> Sequence[Item]:  # noqa: ARG002 - the protocol's signature
        """Stay undecided."""
        self._undecided()

    def by_global_name(self, arm_type: str, name: str) -> Item | None:  # noqa: ARG002 - the protocol's signature
        """Stay undecided."""
        self._undecided()

    def soft_deleted(self, arm_type: str, name: str) -> Item | None:  # noqa: ARG002 - the protocol's signature
        """Stay undecided."""
        self._undecided()


Law: TypeAlias = Callable[[Request, World], Iterable[str]]
"""Yields one text for each violation: Azure's error code, what was found, what is allowed, how to fix it.

The same laws run in Check with :class:`NoWorld`, where those that need the world or an unknown value stay undecided,
and again when the change is made. So a law yields what it can tell from inputs before it asks the world.
"""


def violations(laws: Iterable[Law], request: Request, world: World) -> list[str]:
    """Return what all ``laws`` say, in order; one that meets something undecided says what it could until then."""
    found: list[str] = []
    opened = Request(**{**vars(request), "inputs": plain(request.inputs), "olds": plain(request.olds)})
    for law in laws:
        try:
            found.extend(_each(law(opened, world)))
        except UndecidedError:
            continue
    return found


def _each(texts: Iterable[str]) -> Iterable[str]:
    """Yield ``texts`` one by one, so that those before an unknown are kept."""
    yield from texts
