"""Finds drift by a refresh in preview, which changes nothing, and describes each difference for operators.

Azure is compared with the state: what the last deployment declared. Objects created outside Pulumi are in no state and
are not searched for. A refresh of real Azure does not read an application's settings ("Web Apps - Get" leaves
``appSettings`` out), so a setting changed by hand is not detected there; the local Azure shows it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from settings.azure_moves import Moved
from stacks.cloud.model import STAGING, Activity
from stacks.cloud.open import open_cloud
from stacks.drift.compare import PropertyChange, changes, compare
from stacks.drift.known import autoscale_bounds, id_of, inputs_after_swap, moved_by_azure
from stacks.events import ResourceStep, Run
from stacks.progress import Progress
from stacks.session import Session
from stacks.slots import DeployedApp, deployed_apps
from stacks.state import require_state
from support.errors import Exit, OperationError

GONE = "gone"
SWAPPED = "slots"
"""``path`` of a difference that is a swap of an application's slots."""
BY_HAND = "by hand"
"""Caller in the local Azure's log for ``./fabrix azure``."""
OURS = "pulumi"
"""Caller in the local Azure's log for the engine. Azure's log names whoever runs it."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One difference between Azure and the state."""

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
    """Caller of the last change by the activity log; None where the log has none."""
    at: str | None
    """Time of that change, ISO 8601 in UTC."""
    moved_by: str = ""
    """What of Azure's own changed it, by :data:`settings.azure_moves.AZURE_MOVES`; empty for drift."""
    setting: str = ""
    """Setting that the new value should be written to; empty for none."""

    def describe(self) -> str:
        """Return it as one line of text."""
        by = f" ({'' if self.who == BY_HAND else 'by '}{self.who}, {self.at})" if self.who else ""
        if self.path == SWAPPED:
            return f"the slots of {self.name} were swapped{by}"
        if self.found == GONE and not self.path:
            return f"{self.name} is gone{by}"
        if self.expected == self.found:  # both are hidden
            return f"{self.name}: {self.path} was changed{by}; a secret, so its values are not shown"
        expected = "nothing, since no value was declared" if self.expected in (None, "") else _value(self.expected)
        text = f"{self.name}: {self.path} is {_value(self.found)}, expected {expected}"
        if not self.moved_by:
            return text + by
        advice = f"; write {self.setting}: {_value(self.found)} into the stack file" if self.setting else ""
        return f"{text}: Azure moved it ({self.moved_by}), which is no drift{advice}"


@dataclass(frozen=True, kw_only=True)
class Drift:
    """The differences between Azure and a stack's state."""

    differences: tuple[Difference, ...]
    seconds: float
    moved: tuple[Difference, ...] = ()
    """What Azure changed by itself; nobody has to revert it, and no gate waits for it."""

    def document(self) -> dict[str, list[dict[str, Any]]]:
        """JSON form: ``drift`` and ``moved``."""
        return {"drift": [_document(one) for one in self.differences], "moved": [_document(one) for one in self.moved]}


def _document(one: Difference) -> dict[str, Any]:
    own = asdict(one)
    moved_by, setting = own.pop("moved_by"), own.pop("setting")
    return {**own, **({"movedBy": moved_by, "setting": setting} if moved_by else {}), "words": one.describe()}


def find_drift(session: Session) -> Drift:
    """Compare Azure with the state; neither is changed.

    Raises:
        OperationError: exit code 2 if the stack is not deployed, 3 if an interrupted run left operations unfinished, 1
            if Azure could not be read.

    """
    started = time.monotonic()
    deployment = _deployed(session)
    with Progress(session.console, f"{session.stack}: comparing with Azure") as progress:
        run, code = session.pulumi.run("refresh", "--preview-only", log=session.log("drift"), on_event=progress.update)
    if code != 0:
        message = "\n".join(message for _, message in run.errors) or f"the engine ended with {code}"
        raise OperationError(f"{session.stack} could not be compared with Azure: {message}")
    found = _differences(session, deployment, run)
    return Drift(
        differences=tuple(one for one in found if not one.moved_by),
        moved=tuple(one for one in found if one.moved_by),
        seconds=time.monotonic() - started,
    )


def _deployed(session: Session) -> dict[str, Any]:
    """Return the stack's state; raises if it cannot be compared."""
    stack = session.stack
    deployment = require_state(session, "so there is nothing that could have drifted", Exit.BAD_INPUT)["deployment"]
    if pending := deployment.get("pending_operations"):
        names = ", ".join(sorted(entry["resource"]["urn"].rsplit("::", 1)[-1] for entry in pending))
        raise OperationError(
            f"an interrupted run of {stack} left unfinished: {names}. The state does not say what they should be; "
            f"`./fabrix up {stack}` resolves this. Check for drift afterwards.",
            Exit.REFUSED,
        )
    return deployment


def _differences(session: Session, deployment: Mapping[str, Any], run: Run) -> list[Difference]:
    """Return the differences that a refresh found, each with who may have made it."""
    steps = {step.urn: step for step in run.finished if step.real}
    swapped, raw = _swaps(deployed_apps(deployment, session.settings), steps)
    bounds = autoscale_bounds(steps.values())
    for step in steps.values():
        if step.new is None:
            raw.append((step, PropertyChange(path="", expected="exists", found=GONE)))
            continue
        expected = swapped.get(step.urn)
        listed = changes(step) if expected is None else compare(expected, step.new.get("inputs") or {})
        raw += [(step, change) for change in listed]
    if not raw:
        return []
    log = _log(session, {arm_id for step, change in raw for arm_id in _logged_at(step, change)})
    return [
        _difference(
            step,
            change,
            [entry for arm_id in _logged_at(step, change) for entry in log.get(arm_id, ())],
            moved_by_azure(step.type, change, bounds.get(step.urn)),
        )
        for step, change in raw
    ]


def _logged_at(step: ResourceStep, change: PropertyChange) -> tuple[str, ...]:
    """Return the ids whose log has a change: Azure logs a swap at the slot that it was requested of."""
    own = id_of(step)
    return (own, f"{own}/slots/{STAGING}") if change.path == SWAPPED else (own,)


def _swaps(
    apps: Iterable[DeployedApp], steps: Mapping[str, ResourceStep]
) -> tuple[dict[str, dict[str, Any]], list[tuple[ResourceStep, PropertyChange]]]:
    """Return the expected inputs of swapped sites and slots, by URN, and the swaps themselves."""
    expected: dict[str, dict[str, Any]] = {}
    swaps: list[tuple[ResourceStep, PropertyChange]] = []
    for app in apps:
        after = inputs_after_swap(app, steps)
        if after is None or app.slot_urn is None:
            continue
        expected[app.site_urn], expected[app.slot_urn] = after
        image = (after[0].get("siteConfig") or {}).get("linuxFxVersion")
        swaps.append((steps[app.site_urn], PropertyChange(path=SWAPPED, expected=app.image, found=image)))
    return expected, swaps


def _log(session: Session, ids: Iterable[str]) -> Mapping[str, Sequence[Activity]]:
    """Return the activity log of these objects; if it cannot be read, drift is reported without."""
    try:
        return open_cloud(session.target, session.settings).activity(sorted(ids))
    except OperationError as error:
        session.console.info(f"who changed what is unknown: {error}", style="yellow")
        return {}


def _difference(step: ResourceStep, change: PropertyChange, log: Sequence[Activity], moved: Moved | None) -> Difference:
    entry = _last_entry(change, log)
    arm_id = id_of(step)
    return Difference(
        urn=step.urn,
        type=step.type,
        name=_name(arm_id) or step.name,
        path=change.path,
        expected=change.expected,
        found=change.found,
        who=entry.who if entry else None,
        at=entry.at.isoformat(timespec="seconds") if entry else None,
        moved_by=moved.mover if moved else "",
        setting=moved.setting if moved else "",
    )


def _name(arm_id: str) -> str:
    """Return the name of an object, a slot's with its site's."""
    *_, kind, last = ["", "", *arm_id.split("/")]
    if kind == "slots":
        return f"{arm_id.split('/')[-3]}/{last}"
    return last if arm_id.startswith("/") else ""


def _last_entry(change: PropertyChange, log: Sequence[Activity]) -> Activity | None:
    """Return the last matching entry that is not the engine's, of the property if the log has properties."""
    matching = [entry for entry in log if entry.who != OURS and _matches(change, entry)]
    return max(matching, key=lambda entry: entry.at, default=None)


def _matches(change: PropertyChange, entry: Activity) -> bool:
    if change.path == SWAPPED:
        return "swap" in entry.what.lower()
    if not change.path:
        return entry.what.lower().endswith("delete")
    if not entry.paths:
        return "swap" not in entry.what.lower() and not entry.what.lower().endswith("delete")
    stem = _stem(change.path)
    return any(_stem(path).startswith(stem) or stem.startswith(_stem(path)) for path in entry.paths)


def _stem(path: str) -> str:
    """Return a path up to its first list, since list entries are named differently in the log."""
    return path.split("[", 1)[0]


def _value(value: Any) -> str:  # noqa: ANN401 - whatever inputs hold
    if value in (None, ""):
        return "nothing"
    return value if isinstance(value, str) else repr(value)
