"""Run in a checkout: carries out a reviewed plan without asking the gates again, so that a drill has only the steps."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))

from promotion import plan
from promotion.candidate import Candidate
from promotion.locked_stack import LockedStack
from promotion.run import PromoteOptions, PromotionRun
from stacks.session import Session
from support.errors import OperationError
from targets.name import TargetName

ahead = Session.open("dev", TargetName.LOCAL, as_json=False)
session = Session("test", ahead.target, ahead.console)
with LockedStack.on(session, "drill") as locked:
    candidate = Candidate.open(session, ahead.settings.release, ahead)
    try:
        PromotionRun(locked, candidate, PromoteOptions(yes=True), "promotion").deploy(plan.load(Path(sys.argv[1])))
    except OperationError as error:
        sys.exit(str(error))
