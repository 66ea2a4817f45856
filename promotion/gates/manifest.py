"""Gate ``manifest``: the release is complete, real, what it has always been, and made for this program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promotion import history
from promotion.model import GateVerdict
from support.errors import OperationError
from targets.name import TargetName

if TYPE_CHECKING:
    from promotion.candidate import Candidate


def judge(candidate: Candidate) -> GateVerdict:
    """Look at the manifest and at everything that it must agree with; say all that is wrong."""
    release = candidate.release
    facts = {"release": release.id, "manifestHash": release.hash, "policyPack": release.policy_pack}
    wrong = [*_changed(candidate), *_incomplete(candidate), *_unreal(candidate), *_unfit(candidate)]
    if wrong:
        reasons, ways = zip(*wrong, strict=True)
        return GateVerdict.failed("; ".join(reasons), " ".join(dict.fromkeys(way for way in ways if way)), **facts)
    return GateVerdict.passed(
        f"{release.id} is complete, made for this program and rules, and no ledger knows another content of that id",
        **facts,
    )


_Wrong = list[tuple[str, str]]
"""What is wrong, and the way forward."""


def _changed(candidate: Candidate) -> _Wrong:
    """Compare with every content that a ledger has recorded for this id."""
    release, wrong = candidate.release, []
    ledgers = {candidate.target.stack: candidate.entries}
    if candidate.source:
        ledgers[candidate.source.stack] = candidate.source_entries
    for stack, entries in ledgers.items():
        for other, number in history.release_hashes(entries, release.id).items():
            if other != release.hash:
                reason = f"entry {number} of the ledger of {stack} has {release.id} with the hash {other}, not this one"
                way = (
                    "A release never changes: bring its manifest back to what it was, or make a new release of the "
                    "new content (`./fabrix release new`)."
                )
                wrong.append((reason, way))
    return wrong


def _incomplete(candidate: Candidate) -> _Wrong:
    """Every application of the stack has its image, with a digest, in the release."""
    try:
        _ = candidate.settings_after
    except OperationError as error:
        return [
            (f"{candidate.target.stack} cannot run it: {_flat(str(error))}", "Add what is missing in a new release.")
        ]
    return []


def _unreal(candidate: Candidate) -> _Wrong:
    if candidate.release.example and candidate.target.target.name is TargetName.AZURE:
        reason = "it is marked `example: true`: its digests exist nowhere"
        return [(reason, "Promote a release that was published to your registry.")]
    return []


def _unfit(candidate: Candidate) -> _Wrong:
    """Be new enough for it, and judge by the rules that it was judged by."""
    from policies.digest import digest
    from stacks.fitness import too_new

    release, rules = candidate.release, digest()
    wrong = [
        (sentence.partition(": ")[0].removeprefix("names "), "Update this checkout.") for sentence in too_new(release)
    ]
    if release.policy_pack != rules:
        reason = f"it was made with other rules (policyPack {release.policy_pack}, those of this checkout are {rules})"
        way = (
            "Check out the revision that it was made from, or make a new release with these rules "
            "(`./fabrix release new`)."
        )
        wrong.append((reason, way))
    return wrong


def _flat(text: str) -> str:
    return " ".join(line.strip() for line in text.splitlines() if line.strip())
