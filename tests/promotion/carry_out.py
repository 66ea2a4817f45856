"""Run in a checkout: carries out a reviewed plan without asking the gates again, so that a drill has only the steps.

With a second argument, a folder, it keeps there what a kill at each crash point would leave: one run for all of them.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))

from promotion import deploy, plan
from promotion.candidate import Candidate
from promotion.locked_stack import LockedStack
from promotion.run import PromoteOptions, PromotionRun
from stacks.session import Session
from support.errors import OperationError
from targets.name import TargetName
from tests.conftest import Checkout
from tests.promotion.scene import Scene


def keep(point: str, _: TargetName) -> None:
    """Copy the checkout's state and stack files; nothing is at work at a crash point but this process."""
    folder = Path(sys.argv[2]) / point
    if not folder.exists():
        Scene(Checkout(Path.cwd())).snapshot(folder)


if len(sys.argv) > 2:
    vars(deploy)["crash_point"] = keep

ahead = Session.open("dev", TargetName.LOCAL, as_json=False)
session = Session("test", ahead.target, ahead.console)
with LockedStack.on(session, "drill") as locked:
    candidate = Candidate.open(session, ahead.settings.release, ahead)
    try:
        PromotionRun(locked, candidate, PromoteOptions(yes=True), "promotion").deploy(plan.load(Path(sys.argv[1])))
    except OperationError as error:
        sys.exit(str(error))
