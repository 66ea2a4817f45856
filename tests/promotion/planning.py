"""Makes a plan for a stack, or says what makes one stale: ``planning.py STACK RELEASE make|stale FILE``.

The program that is asked is the one of the folder in which it runs.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))

from promotion import plan
from promotion.candidate import Candidate
from settings import manifest
from stacks.session import Session
from support.checkout import ROOT
from support.console import Console
from targets.local import LocalTarget
from tests.promotion.cases import rehearsed


def main(stack: str, release: str, what: str, file: str) -> None:
    """Make it, or list why it is stale."""
    session = Session(stack, LocalTarget(), Console(as_json=True))
    candidate = Candidate.open(session, manifest.load(ROOT, release))
    candidate.known["rehearsal"] = rehearsed()  # rehearsals have tests of their own
    if what == "make":
        made = plan.make(candidate, hours=1)
        plan.record(candidate.ledger, made)
        plan.save(made, Path(file))
        losses = [loss.name for loss in made.losses]
        answer: object = {"summary": made.summary, "losses": losses, "digest": made.digest}
    else:
        answer = plan.reasons_against(plan.load(Path(file)), candidate)
    sys.stdout.write(json.dumps(answer))


main(*sys.argv[1:])
