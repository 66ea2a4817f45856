"""What a deployment replaced or deleted, and which apps lacked a dependency meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from judging.needs import AppNeeds
from policies.rules.governance.facts import STATEFUL
from resources.tokens import normalise, split_urn
from stacks.events import ResourceStep, Run
from support.console import shortened

DELETES = frozenset({"delete", "delete-replaced"})
CREATES = frozenset({"create", "create-replacement"})
REPLACES = frozenset({"replace", "create-replacement", "delete-replaced"})
STATEFUL_TYPES = frozenset(STATEFUL) | {
    "keyvault:Secret",
    "random:index/randomPassword:RandomPassword",
    "random:index/randomBytes:RandomBytes",
}
"""Types that hold what another deployment does not bring back: those of the rules, and secrets that others know."""


@dataclass(frozen=True)
class Loss:
    """A resource that was replaced or deleted."""

    urn: str
    type: str
    name: str
    operation: str
    """``replace`` or ``delete``."""
    properties: tuple[str, ...]
    """What caused the replacement, where the engine reports it."""
    stateful: bool
    """Whether it held what another deployment does not bring back."""


@dataclass(frozen=True)
class Gap:
    """A time in which an app lacks something that it uses."""

    app: str
    dependency: str
    type: str
    until: str


def losses(run: Run) -> tuple[Loss, ...]:
    """Return what the run replaced or deleted, stateful resources first."""
    steps: dict[str, list[ResourceStep]] = {}
    for step in run.finished:
        if step.real and step.operation in REPLACES | DELETES:
            steps.setdefault(step.urn, []).append(step)
    each_loss = (_loss(urn, group) for urn, group in steps.items())
    return tuple(sorted(each_loss, key=lambda loss: (not loss.stateful, loss.operation, loss.urn)))


def operations(run: Run) -> dict[str, str]:
    """Return URN → what the run did with it: ``same``, ``update``, ``create``, ``replace``, ``delete``."""
    return {step.urn: step.operation for step in run.finished} | {loss.urn: loss.operation for loss in losses(run)}


def _loss(urn: str, steps: list[ResourceStep]) -> Loss:
    replaced = any(step.operation in REPLACES for step in steps)
    causes = {path for step in steps for path, kind in step.detailed.items() if kind.endswith("replace")}
    kind = steps[0].type
    return Loss(
        urn,
        kind,
        steps[0].name,
        "replace" if replaced else "delete",
        tuple(sorted(causes)),
        normalise(kind) in STATEFUL_TYPES,
    )


def gaps(before: Mapping[str, Any], run: Run) -> tuple[Gap, ...]:
    """Return which apps of the state ``before`` lacked something that they use during the run, and until when.

    A gap lasts from the deletion until the replacement exists and the app uses it. A replacement that is created first
    and taken over by the app before the old resource is deleted leaves no gap.
    """
    order, needs = _Order(run), AppNeeds(before)
    return tuple(
        Gap(split_urn(app)[1], split_urn(urn)[1], order.types[urn], until)
        for app in needs.apps
        for urn in sorted(needs.used_by(app) & order.deleted.keys())
        if (until := order.gap(app, urn))
    )


class _Order:
    """Positions of the steps that matter, in the order in which they ended."""

    def __init__(self, run: Run) -> None:
        self.types: dict[str, str] = {}
        self.deleted: dict[str, int] = {}
        self.created: dict[str, int] = {}
        self.changed: dict[str, int] = {}
        for position, step in enumerate(run.finished):
            if not step.real:
                continue
            self.types[step.urn] = step.type
            if step.operation in DELETES:
                self.deleted.setdefault(step.urn, position)
            if step.operation in CREATES:
                self.created[step.urn] = position
            if step.operation in DELETES | CREATES | {"update"}:
                self.changed.setdefault(step.urn, position)

    def gap(self, app: str, urn: str) -> str:
        """Return until when ``app`` lacked ``urn``; empty if it never did."""
        gone, back, changed = self.deleted[urn], self.created.get(urn), self.changed.get(app)
        if changed is not None and changed < gone:
            return ""  # the app used the new one, or was deleted itself, before the old one was deleted
        if back is not None and back > gone:
            return "until the new one exists" if changed is None or changed < back else "until the app uses the new one"
        if changed is not None:
            return "until the app is changed"
        return "" if back is not None else "from then on"


def grouped_gaps(gaps: Iterable[Gap]) -> list[tuple[str, str, list[str]]]:
    """Return app, until when, and everything that the app lacks until then."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for gap in gaps:
        grouped.setdefault((gap.app, gap.until), []).append(gap.dependency)
    return [(app, until, dependencies) for (app, until), dependencies in grouped.items()]


def describe(losses: Iterable[Loss], gaps: Iterable[Gap]) -> Iterator[str]:
    """Yield a line for each loss, and for each app and time for its gaps."""
    for loss in losses:
        cause = f" because of {', '.join(loss.properties)}" if loss.properties else ""
        data = "; IT HOLDS DATA" if loss.stateful else ""
        verb = "replaced" if loss.operation == "replace" else "deleted"
        yield f"{loss.name} ({loss.type.removeprefix('azure-native:')}) is {verb}{cause}{data}"
    for app, until, dependencies in grouped_gaps(gaps):
        yield f"{app} is without {shortened(dependencies, 6)} {until}"
