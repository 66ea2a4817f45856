"""Gate ``soak``: the release has run where it comes from for as long as the stack asks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from promotion import history
from promotion.model import GateVerdict
from records.clock import timestamp

if TYPE_CHECKING:
    from promotion.candidate import Candidate


def judge(candidate: Candidate) -> GateVerdict:
    """Count the hours since which the ledger there has it running without a break."""
    source, hours = candidate.source, candidate.settings.promotion.soak_hours
    if source is None:
        return GateVerdict.not_applicable("it comes from no other stack")
    if hours == 0:
        return GateVerdict.not_applicable(f"{candidate.target.stack} asks for no time")
    release = candidate.release
    since = history.running_since(candidate.source_entries, release.hash)
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
            f"it has run {max(ran, 0):.1f} of {hours:g} hours {where}",
            f"Wait until {timestamp(over)}.",
            **facts,
        )
    return GateVerdict.passed(f"it has run {ran:.1f} hours, {hours:g} are asked for, {where}", **facts)
