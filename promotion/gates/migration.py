"""Gate ``migration``: the databases allow it, forward and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promotion.approval import WAY_BACK
from promotion.gates.losses import accepted
from promotion.model import GateVerdict

if TYPE_CHECKING:
    from promotion.candidate import Candidate


def judge(candidate: Candidate) -> GateVerdict:
    """Compare the database levels of the release that runs and the one that wants in."""
    from settings.release import order

    now, new = candidate.running, candidate.release
    have, want = now.database, new.database
    facts = {
        "running": {
            "release": now.id,
            "level": have.level,
            "readableFrom": have.readable_from,
            "wayBack": [*now.way_back],
        },
        "wanted": {
            "release": new.id,
            "level": want.level,
            "readableFrom": want.readable_from,
            "wayBack": [*new.way_back],
        },
    }
    if order(new.id) < order(now.id):
        return _back(candidate, facts)
    if want.level < have.level:
        return GateVerdict.failed(
            f"{new.id} knows database level {want.level}, and {now.id}, which is older, has brought it to {have.level}",
            "Make a release with migrations up to that level.",
            **facts,
        )
    if have.level < want.readable_from:
        return _one_way(candidate, facts)
    return GateVerdict.passed(
        f"database level {have.level} → {want.level}; {now.id} can read it too, so there is a way back",
        **facts,
        leadsBack=True,
    )


def _one_way(candidate: Candidate, facts: dict[str, object]) -> GateVerdict:
    """Let a migration that the running release cannot read happen only if somebody answers for it by name.

    Applications migrate when they start, in a staging slot too, where production uses the same databases meanwhile. So
    the release that runs would fail before the swap, and undoing the promotion would not bring it back.
    """
    now, new = candidate.running, candidate.release
    said = (
        f"database level {now.database.level} → {new.database.level}: {now.id}, which serves users while {new.id} is "
        f"staged, cannot read what {new.id} makes of the databases (readableFrom {new.database.readable_from}); no way "
        "back but to restore data"
    )
    if WAY_BACK in accepted(candidate):
        return GateVerdict.passed(f"{said}, which was accepted by name", **facts, leadsBack=False)
    return GateVerdict.failed(
        said,
        "Bring a release in between whose databases both can read (expand first, contract in the release after). If "
        "there is none, keep users out meanwhile, and have somebody answer for it: `./fabrix approve "
        f"{candidate.target.stack} {new.id} --allow-loss {WAY_BACK}`.",
        **facts,
        leadsBack=False,
    )


def _back(candidate: Candidate, facts: dict[str, object]) -> GateVerdict:
    """Let it go back if the older release can read the newer data, and the newer one allows it."""
    now, new = candidate.running, candidate.release
    restore = f"Restore data of before: `./fabrix rollback {candidate.target.stack} --restore-data TIME`."
    if new.database.level < now.database.readable_from:
        return GateVerdict.failed(
            f"the database is at level {now.database.level}, which releases below level {now.database.readable_from} "
            f"cannot read, and {new.id} has level {new.database.level}",
            restore if "restore" in now.way_back else "Go forward: make a release that mends what is wrong.",
            **facts,
        )
    if "release" not in now.way_back:
        allowed = ", ".join(now.way_back) or "none"
        return GateVerdict.failed(
            f"{now.id} does not allow going back to an earlier release (wayBack: {allowed})",
            f"Swap back while the slots hold the release of before (`./fabrix rollback {candidate.target.stack}`)."
            if "swap" in now.way_back
            else restore,
            **facts,
        )
    return GateVerdict.passed(
        f"{new.id} (level {new.database.level}) reads the database of {now.id} (level {now.database.level}, readable "
        f"from {now.database.readable_from}), and {now.id} allows going back to a release",
        **facts,
    )
