"""Gates that time or people open: the change window, approvals, and the hours a release ran on the source."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from promotion.candidate import Candidate
from promotion.history import DEPLOYING, is_abandoned
from promotion.model import GateVerdict
from promotion.order import NO_SOURCE
from records.clock import timestamp
from records.ledger import Entry


def window(candidate: Candidate) -> GateVerdict:
    """Require the change window, by the clock of the window's own time zone."""
    hours = candidate.settings.promotion.window
    if hours is None:
        return GateVerdict.not_applicable(f"{candidate.target.stack} has no change window")
    description = f"{', '.join(hours.days)} {hours.start}-{hours.end} {hours.zone}"
    try:
        local = candidate.now.astimezone(zoneinfo.ZoneInfo(hours.zone))
        facts = {"window": description, "now": timestamp(candidate.now), "there": f"{local:%a %H:%M}"}
        if hours.contains(candidate.now):
            return GateVerdict.passed(f"it is {local:%a %H:%M} there, in the window {description}", **facts)
        opens = hours.next_opening(candidate.now)
    except zoneinfo.ZoneInfoNotFoundError:
        return GateVerdict.failed(
            f"this machine has no time zone database, so the time in {hours.zone} is unknown",
            "Install the system's tzdata, or the Python package tzdata.",
            window=description,
        )
    return GateVerdict.failed(
        f"it is {local:%a %H:%M} there, outside the window {description}",
        f"It opens next on {opens:%a %Y-%m-%d %H:%M} ({timestamp(opens)}).",
        **facts,
        opensAt=timestamp(opens),
    )


def approval(candidate: Candidate) -> GateVerdict:
    """Require that enough people, not its authors, approved exactly this."""
    stack, rules, approvals = candidate.target.stack, candidate.settings.promotion, candidate.approvals
    people = [max(person, key=lambda one: one.at) for person in approvals.people]
    facts = {
        "asked": rules.approvals,
        "approvals": [{"by": one.who.document(), "at": timestamp(one.at), "hash": one.hash} for one in people],
        "notCounted": [
            {"by": one.who.document(), "at": timestamp(one.at), "why": why} for one, why in approvals.not_counted
        ],
    }
    named = ", ".join(f"{one.who} on {timestamp(one.at)}" for one in people)
    if rules.approvals == 0:
        return GateVerdict.not_applicable(
            f"{stack} requires no approval{f' (there is one by {named})' if named else ''}", **facts
        )
    if len(people) >= rules.approvals:
        return GateVerdict.passed(f"approved by {named}", **facts)
    have = f"{len(people)} of {rules.approvals} approvals{f' ({named})' if named else ''}"
    rest = "; ".join(f"that of {one.who.name} does not count: {why}" for one, why in approvals.not_counted)
    plan = " --plan FILE" if candidate.reviewed_plan else ""
    return GateVerdict.failed(
        f"{have}{f'; {rest}' if rest else ''}",
        f"{'Somebody who did not make it' if rules.another_person else 'Somebody'} runs `./fabrix approve {stack} "
        f"{candidate.release.id}{plan}`, or approves the pipeline's environment {stack}.",
        **facts,
    )


def soak(candidate: Candidate) -> GateVerdict:
    """Require the hours that the release has to run on the source without interruption, by the source's ledger."""
    source, hours = candidate.source, candidate.settings.promotion.soak_hours
    if source is None:
        return GateVerdict.not_applicable(NO_SOURCE)
    if hours == 0:
        return GateVerdict.not_applicable(f"{candidate.target.stack} requires no soak time")
    release = candidate.release
    since = running_since(candidate.source_entries, release.hash)
    if since is None:
        return GateVerdict.failed(
            f"by its ledger {source.stack} does not run {release.id} ({release.hash})",
            f"Deploy it there; {hours:g} hours later it can go on to {candidate.target.stack}.",
            hours=hours,
        )
    over = since.at + timedelta(hours=hours)
    ran = (candidate.now - since.at) / timedelta(hours=1)
    facts = {
        "hours": hours,
        "since": timestamp(since.at),
        "entry": since.entry,
        "ran": round(ran, 2),
        "overAt": timestamp(over),
    }
    where = f"on {source.stack} since {timestamp(since.at)}, entry {since.entry}: {since.why}"
    if candidate.now < over:
        return GateVerdict.failed(
            f"it has run {max(ran, 0):.1f} of {hours:g} hours {where}", f"Wait until {timestamp(over)}.", **facts
        )
    return GateVerdict.passed(f"it has run {ran:.1f} hours, {hours:g} are required, {where}", **facts)


@dataclass(frozen=True)
class RunningSince:
    """Since when a release has been running without interruption."""

    at: datetime
    entry: int
    """Number of the ledger entry from which the time counts."""
    why: str
    """What that entry is about."""


def running_since(entries: Iterable[Entry], release_hash: str) -> RunningSince | None:
    """Return since when the release with that hash has been running; None if, by the ledger, it does not run.

    Deploying the same release again does not restart the clock. A rollback, another release and a failed verification
    do: after a failed attempt to deploy another release the old one is unchanged, but its run was disturbed.
    """
    since: RunningSince | None = None
    for entry in entries:
        if entry.kind not in DEPLOYING:
            continue
        predicate, at = entry.predicate, datetime.fromisoformat(entry.at)
        phase, same = predicate.get("phase"), predicate.get("hash") == release_hash
        if phase == "undone":
            disturbed = RunningSince(at, entry.sequence, "another release was undone then")
            since = None if same or since is None else disturbed
        elif is_abandoned(entry):
            since = None
        elif phase in (None, "finished"):
            # A rollback entry has a `why` if production was unhealthy after it.
            if not same or (entry.kind == "rollback" and predicate.get("why")):
                since = None
            elif since is None or entry.kind == "rollback":
                since = RunningSince(at, entry.sequence, f"it was deployed there by {entry.kind}")
    return since
