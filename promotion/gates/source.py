"""Gates about where the release comes from: it runs there, exactly it, it is well, and nobody changed anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promotion.gates.drifting import drifting
from promotion.model import GateVerdict

if TYPE_CHECKING:
    from promotion.candidate import Candidate

NOWHERE = "it comes from no other stack"


def same_release(candidate: Candidate) -> GateVerdict:
    """Gate ``same-release``: what is proven there is what is brought here, to the digest."""
    source, release = candidate.source, candidate.release
    if source is None:
        return GateVerdict.not_applicable(NOWHERE)
    there = candidate.source_running
    facts = {"stack": source.stack, "id": there.id, "runningHash": there.hash, "wanted": release.hash}
    if there.id != release.id:
        return GateVerdict.failed(
            f"{source.stack} runs {there.id or 'no release'}, not {release.id}",
            f"Deploy {release.id} to {source.stack} first.",
            **facts,
        )
    if there.hash != release.hash:
        return GateVerdict.failed(
            f"{source.stack} runs {there.id} with the hash {there.hash}, and releases/{release.id}.yaml has "
            f"{release.hash}: the manifest was changed after it was deployed",
            "A release never changes: bring the manifest back, or make a new release (`./fabrix release new`).",
            **facts,
        )
    if there.problems:
        return GateVerdict.failed(
            f"{source.stack} does not really run {release.id}: {'; '.join(there.problems)}",
            f"`./fabrix up {source.stack} --refresh` deploys what its stack file says.",
            **facts,
        )
    return GateVerdict.passed(f"{source.stack} runs exactly {release.id} ({release.hash})", **facts)


def health(candidate: Candidate) -> GateVerdict:
    """Gate ``source-health``: every application there answers that it is well."""
    if candidate.source is None:
        return GateVerdict.not_applicable(NOWHERE)
    stack, found = candidate.source.stack, candidate.source_health
    bad = [one for one in found if not one.ok]
    facts = {"stack": stack, "apps": {one.app: one.ok for one in found}}
    if not found:
        return GateVerdict.failed(
            f"{stack} has no application that could be asked", f"`./fabrix up {stack}` deploys it.", **facts
        )
    if bad:
        return GateVerdict.failed(
            f"{stack} is not well: {'; '.join(f'{one.app}: {one.detail}' for one in bad)}",
            f"Mend it on {stack}; what is not well there will not be better on {candidate.target.stack}.",
            **facts,
        )
    return GateVerdict.passed(f"all {len(found)} applications of {stack} are well", **facts)


def drift(candidate: Candidate) -> GateVerdict:
    """Gate ``source-drift``: what was tried there is what the program describes."""
    if candidate.source is None:
        return GateVerdict.not_applicable(NOWHERE)
    return drifting(candidate.source.stack, candidate.source_drift)
