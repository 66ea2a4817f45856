"""The fastest way back: swap in what the staging slots hold, if that is the previous release and it may come back."""

from __future__ import annotations

from promotion.deploy import Deployment
from promotion.locked_stack import LockedStack
from records import clock
from records.journal import SWAP, Journal, PromotionStep
from support.errors import Exit, OperationError


def prepare_swap(locked: LockedStack) -> Deployment:
    """Return the deployment that swaps, not begun yet, once every condition is met.

    Raises:
        OperationError: exit code 3, with every reason against it, and the other ways back.

    """
    locked.ledger.require_valid()  # what cannot be recorded is not done
    session, deployed = locked.session, locked.deployed
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
        reasons += [f"the staging slot of {each}" for each in deployed.wrong_images(standby.id, staging=True)]
    if not reasons:
        deployed.run_slots(start=True)
        unhealthy = [one for one in deployed.health(staging=True) if not one.ok]
        reasons += [f"{one.app} is unhealthy in its staging slot: {one.detail}" for one in unhealthy]
        if reasons:
            deployed.run_slots(start=False)
    if reasons:
        listed = "\n".join(f"  {reason}" for reason in reasons)
        raise OperationError(
            f"the slots of {stack} cannot be swapped back:\n{listed}\n"
            f"Other ways: `./fabrix rollback {stack} --to RELEASE` brings an earlier release through the gates; "
            f"`./fabrix rollback {stack} --restore-data TIME` restores the data to a new server.",
            Exit.REFUSED,
            {"reasons": reasons},
        )
    journal = Journal.start(
        stack=stack,
        kind="rollback",
        release=standby,
        running=running,
        before=settings.line,
        how=SWAP,
        step=PromotionStep.SWAPPING,
        actor=locked.actor,
        now=clock.now(session.target),
    )
    return Deployment(deployed, locked.journals, locked.ledger, journal, locked.lock.check)
