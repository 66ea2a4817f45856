"""Gate ``ledger``: what the other gates read there can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promotion.model import GateVerdict

if TYPE_CHECKING:
    from promotion.candidate import Candidate


def judge(candidate: Candidate) -> GateVerdict:
    """Verify the chain and every signature of both ledgers."""
    ledgers = {candidate.target.stack: candidate.ledger}
    if candidate.source and candidate.source_ledger:
        ledgers[candidate.source.stack] = candidate.source_ledger
    faults = {stack: [str(fault) for fault in ledger.verify()] for stack, ledger in ledgers.items()}
    wrong = [f"ledger of {stack}: {'; '.join(found)}" for stack, found in faults.items() if found]
    if wrong:
        stacks = [stack for stack, found in faults.items() if found]
        return GateVerdict.failed(
            "; ".join(wrong),
            f"`./fabrix ledger verify {stacks[0]}` names each entry. Find out who changed it and bring the documents "
            "back from their versions; until then nothing that they say counts.",
            faults=faults,
        )
    heads = {stack: ledger.head() for stack, ledger in ledgers.items()}
    return GateVerdict.passed(
        f"the ledger of {' and that of '.join(sorted(ledgers))} verify{'s' if len(ledgers) == 1 else ''}", heads=heads
    )
