"""The quickest way back: what the staging slots hold, if it is the release that ran before and may come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promotion.deploy import Deployment
from records import clock
from records.journal import SWAP, Journal, PromotionStep, begun, new_id
from support.errors import Exit, OperationError

if TYPE_CHECKING:
    from promotion.locked_stack import LockedStack


def prepare_swap(start: LockedStack) -> Deployment:
    """Return the swap, not begun yet, once everything says that it can be done.

    Raises:
        OperationError: exit code 3, with every reason why not, and the other ways.

    """
    start.ledger.require_valid()  # what cannot be recorded is not done
    session, place = start.session, start.deployed
    settings, stack = session.settings, session.stack
    running, standby = settings.release, settings.standby
    reasons = []
    if not settings.sizing.plan.slots:
        reasons.append("its plan has no staging slots")
    elif running.id == standby.id:
        reasons.append(f"the staging slots hold {standby.id}, which is what runs")
    if "swap" not in running.way_back:
        reasons.append(f"{running.id} does not allow it: its wayBack is {', '.join(running.way_back)}")
    if standby.database.level < running.database.readable_from:
        reasons.append(
            f"{standby.id} needs a database of level {standby.database.level}, and {running.id} left it at "
            f"{running.database.level}, readable from {running.database.readable_from} on"
        )
    if not reasons:
        reasons += [f"the staging slot of {each}" for each in place.not_running(standby.id, slot=True)]
    if not reasons:
        unwell = [one for one in place.health(slots=True) if not one.ok]
        reasons += [f"{one.app} is not well in its staging slot: {one.detail}" for one in unwell]
    if reasons:
        listed = "\n".join(f"  {reason}" for reason in reasons)
        raise OperationError(
            f"the slots of {stack} cannot be swapped back:\n{listed}\n"
            f"Other ways: `./fabrix rollback {stack} --to RELEASE` brings an earlier release through the gates; "
            f"`./fabrix rollback {stack} --restore-data TIME` restores the data to a new server.",
            Exit.REFUSED,
            {"reasons": reasons},
        )
    journal = Journal(
        id=new_id(),
        stack=stack,
        kind="rollback",
        source=None,
        release=standby.id,
        release_hash=standby.hash,
        running=running.id,
        running_hash=running.hash,
        before=settings.line,
        how=SWAP,
        step=PromotionStep.SWAPPING,
        **begun(clock.now(session.target), start.actor),
    )
    return Deployment(place, start.journals, start.ledger, journal, start.lock.check)
