"""Finds drift by a refresh that only looks, and names each difference in words of the stack file's reader.

Compared is with the state: what the last deployment declared. Objects that somebody made beside the program are in no
state and are not looked for. Of an application's settings real Azure tells a refresh nothing ("Web Apps - Get" leaves
``appSettings`` out), so that a setting changed by hand there is not seen; the local Azure shows it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from stacks.cloud.model import STAGING
from stacks.cloud.open import open_cloud
from stacks.drift.compare import PropertyChange, changes, compare
from stacks.drift.known import id_of, scaled, swapped
from stacks.progress import Progress
from support.errors import Exit, OperationError

if TYPE_CHECKING:
    from stacks.cloud.model import Activity
    from stacks.events import ResourceStep, Run
    from stacks.session import Session
    from stacks.slots import DeployedApp

GONE = "gone"
SWAPPED = "slots"
"""``path`` of a difference that is a swap of an application's slots."""
BY_HAND = "by hand"
"""How the local Azure's log calls whoever used ``./fabrix azure``."""
OURS = "pulumi"
"""How the local Azure's log names the engine. Azure's log knows the engine only by who runs it."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that is not as it was declared."""

    urn: str
    type: str
    """Type token, ``azure-native:web:WebApp``."""
    name: str
    """Name of the object in Azure."""
    path: str
    """Property path; empty where the whole object is gone, ``slots`` where an application's slots were swapped."""
    expected: Any
    found: Any
    who: str | None
    """Who the activity log says did it last; None where it says nothing."""
    at: str | None
    """When, ISO 8601 in UTC."""

    def words(self) -> str:
        """Say it in one line."""
        by = f" ({'' if self.who == BY_HAND else 'by '}{self.who}, {self.at})" if self.who else ""
        if self.path == SWAPPED:
            return f"the slots of {self.name} were swapped{by}"
        if self.found == GONE and not self.path:
            return f"{self.name} is gone{by}"
        if self.expected == self.found:  # both are veiled
            return f"{self.name}: {self.path} was changed{by}; a secret, so its values are not shown"
        return f"{self.name}: {self.path} is {_value(self.found)}, expected {_value(self.expected)}{by}"


@dataclass(frozen=True, kw_only=True)
class Drift:
    """What was found."""

    differences: tuple[Difference, ...]
    seconds: float

    def document(self) -> list[dict[str, Any]]:
        """JSON form."""
        return [{**asdict(one), "words": one.words()} for one in self.differences]


def find_drift(session: Session) -> Drift:
    """Compare Azure with the state; nothing is changed, neither there nor in the state.

    Raises:
        OperationError: exit code 2 if the stack is not deployed, 3 if an interrupted run left operations unfinished, 1
            if Azure could not be read.

    """
    started = time.monotonic()
    deployment = _deployed(session)
    with Progress(session.console, f"{session.stack}: comparing with Azure") as progress:
        run, code = session.pulumi.run("refresh", "--preview-only", log=session.log("drift"), on_event=progress.update)
    if code != 0:
        said = "\n".join(message for _, message in run.errors) or f"the engine ended with {code}"
        raise OperationError(f"{session.stack} could not be compared with Azure: {said}")
    found = _differences(session, deployment, run)
    return Drift(differences=tuple(found), seconds=time.monotonic() - started)


def _deployed(session: Session) -> dict[str, Any]:
    """Return the stack's state, if it can be compared with anything."""
    from stacks.state import deployed_state

    stack, state = session.stack, deployed_state(session)
    if state is None:
        raise OperationError(
            f"{stack} is not deployed, so there is nothing that could have drifted; `./fabrix up {stack}` deploys it.",
            Exit.BAD_INPUT,
        )
    deployment = state["deployment"]
    if pending := deployment.get("pending_operations"):
        names = ", ".join(sorted(entry["resource"]["urn"].rsplit("::", 1)[-1] for entry in pending))
        raise OperationError(
            f"an interrupted run of {stack} left unfinished: {names}. The state does not say what should be there; "
            f"`./fabrix up {stack}` settles it. Ask for drift afterwards.",
            Exit.REFUSED,
        )
    return deployment


def _differences(session: Session, deployment: Mapping[str, Any], run: Run) -> list[Difference]:
    """Turn the steps of a refresh into differences, each with who may have done it."""
    from stacks import slots

    steps = {step.urn: step for step in run.finished if step.real}
    told, raw = _swaps(slots.deployed_apps(deployment, session.settings), steps)
    bounds = scaled(steps.values())
    for step in steps.values():
        if step.new is None:
            raw.append((step, PropertyChange(path="", expected="exists", found=GONE)))
            continue
        listed = compare(told[step.urn], step.new.get("inputs") or {}) if step.urn in told else changes(step)
        raw += [(step, change) for change in listed if not _by_autoscale(change, bounds.get(step.urn))]
    if not raw:
        return []
    log = _log(session, {place for step, change in raw for place in _places(step, change)})
    return [
        _difference(step, change, [line for place in _places(step, change) for line in log.get(place, ())])
        for step, change in raw
    ]


def _places(step: ResourceStep, change: PropertyChange) -> tuple[str, ...]:
    """Return the ids whose log tells of a change: of a swap, Azure writes it down at the slot that it was asked of."""
    own = id_of(step)
    return (own, f"{own}/slots/{STAGING}") if change.path == SWAPPED else (own,)


def _swaps(
    apps: Iterable[DeployedApp], steps: Mapping[str, ResourceStep]
) -> tuple[dict[str, dict[str, Any]], list[tuple[ResourceStep, PropertyChange]]]:
    """Return what is expected of sites and slots that were swapped, by URN, and the swaps themselves."""
    told: dict[str, dict[str, Any]] = {}
    found: list[tuple[ResourceStep, PropertyChange]] = []
    for app in apps:
        after = swapped(app, steps)
        if after is None or app.slot_urn is None:
            continue
        told[app.site_urn], told[app.slot_urn] = after
        image = (after[0].get("siteConfig") or {}).get("linuxFxVersion")
        found.append((steps[app.site_urn], PropertyChange(path=SWAPPED, expected=app.image, found=image)))
    return told, found


def _by_autoscale(change: PropertyChange, bounds: range | None) -> bool:
    """Whether a plan has a number of instances that autoscale may give it."""
    return bounds is not None and change.path == "sku.capacity" and change.found in bounds


def _log(session: Session, ids: Iterable[str]) -> Mapping[str, Sequence[Activity]]:
    """Ask who changed these objects; where the log cannot be read, the drift is told without."""
    try:
        return open_cloud(session.target, session.settings).activity(sorted(ids))
    except OperationError as error:
        session.console.info(f"who changed what is not known: {error}", style="yellow")
        return {}


def _difference(step: ResourceStep, change: PropertyChange, log: Sequence[Activity]) -> Difference:
    line = _line(change, log)
    identity = id_of(step)
    return Difference(
        urn=step.urn,
        type=step.type,
        name=_name(identity) or step.name,
        path=change.path,
        expected=change.expected,
        found=change.found,
        who=line.who if line else None,
        at=line.at.isoformat(timespec="seconds") if line else None,
    )


def _name(identity: str) -> str:
    """Return how people call an object: by its name, a slot with its site's."""
    *_, kind, last = ["", "", *identity.split("/")]
    if kind == "slots":
        return f"{identity.split('/')[-3]}/{last}"
    return last if identity.startswith("/") else ""


def _line(change: PropertyChange, log: Sequence[Activity]) -> Activity | None:
    """Return the last line of somebody else's that fits: the property's where the log knows properties, else any."""
    fitting = [line for line in log if line.who != OURS and _fits(change, line)]
    return max(fitting, key=lambda line: line.at, default=None)


def _fits(change: PropertyChange, line: Activity) -> bool:
    if change.path == SWAPPED:
        return "swap" in line.what.lower()
    if not change.path:
        return line.what.lower().endswith("delete")
    if not line.paths:
        return "swap" not in line.what.lower() and not line.what.lower().endswith("delete")
    wanted = _stem(change.path)
    return any(_stem(path).startswith(wanted) or wanted.startswith(_stem(path)) for path in line.paths)


def _stem(path: str) -> str:
    """Return a path up to its first list, whose entries are named differently here and there."""
    return path.split("[", 1)[0]


def _value(value: Any) -> str:  # noqa: ANN401 - whatever inputs hold
    if value is None:
        return "nothing"
    return value if isinstance(value, str) else repr(value)
