"""Gates about the release itself: its manifest, and the database levels it needs and leaves."""

from __future__ import annotations

from policies.digest import digest
from promotion.approval import WAY_BACK
from promotion.candidate import Candidate
from promotion.history import release_hashes
from promotion.model import GateVerdict
from settings.release import order
from stacks.release_compatibility import needs_newer_program
from targets.name import TargetName

# Manifest

_Problems = list[tuple[str, str]]
"""What is wrong, and the way forward."""


def manifest(candidate: Candidate) -> GateVerdict:
    """Require a release that is complete, real, unchanged and made for this program; report all that is wrong."""
    release = candidate.release
    facts = {"release": release.id, "manifestHash": release.hash, "policyPack": release.policy_pack}
    problems = [*_changed(candidate), *_incomplete(candidate), *_example(candidate), *_other_program(candidate)]
    if problems:
        reasons, ways = zip(*problems, strict=True)
        return GateVerdict.failed("; ".join(reasons), " ".join(dict.fromkeys(way for way in ways if way)), **facts)
    return GateVerdict.passed(
        f"{release.id} is complete, made for this program and rules, and no ledger has another content for this id",
        **facts,
    )


def _changed(candidate: Candidate) -> _Problems:
    """Compare with every content that a ledger has recorded for this id."""
    release, problems = candidate.release, []
    ledgers = {candidate.target.stack: candidate.entries}
    if candidate.source:
        ledgers[candidate.source.stack] = candidate.source_entries
    for stack, entries in ledgers.items():
        for other, number in release_hashes(entries, release.id).items():
            if other != release.hash:
                reason = f"entry {number} of the ledger of {stack} has {release.id} with the hash {other}, not this one"
                way = (
                    "A release never changes: restore its manifest, or make a new release of the new content "
                    "(`./fabrix release new`)."
                )
                problems.append((reason, way))
    return problems


def _incomplete(candidate: Candidate) -> _Problems:
    """Require an image with a digest for every application of the stack."""
    if not candidate.settings_problems:
        return []
    problems = " ".join(line.strip() for line in candidate.settings_problems.splitlines() if line.strip())
    return [(f"{candidate.target.stack} cannot run it: {problems}", "Add what is missing in a new release.")]


def _example(candidate: Candidate) -> _Problems:
    if candidate.release.example and candidate.target.target.name is TargetName.AZURE:
        reason = "it is marked `example: true`: its digests exist nowhere"
        return [(reason, "Promote a release that was published to your registry.")]
    return []


def _other_program(candidate: Candidate) -> _Problems:
    """Require a program new enough for the release, and the rules that the release was judged by."""
    release, rules = candidate.release, digest()
    problems = [
        (sentence.partition(": ")[0].removeprefix("names "), "Update this checkout.")
        for sentence in needs_newer_program(release)
    ]
    if release.policy_pack != rules:
        reason = f"it was made with other rules (policyPack {release.policy_pack}, those of this checkout are {rules})"
        way = (
            "Check out the revision that it was made from, or make a new release with these rules "
            "(`./fabrix release new`)."
        )
        problems.append((reason, way))
    return problems


# Migration


def migration(candidate: Candidate) -> GateVerdict:
    """Compare the database levels of the running release and of this one, forward and back."""
    running, release = candidate.running, candidate.release
    have, want = running.database, release.database
    facts: dict[str, object] = {
        name: {
            "release": one.id,
            "level": one.database.level,
            "readableFrom": one.database.readable_from,
            "wayBack": [*one.way_back],
        }
        for name, one in (("running", running), ("wanted", release))
    }
    if order(release.id) < order(running.id):
        return _to_older_release(candidate, facts)
    if want.level < have.level:
        return GateVerdict.failed(
            f"{release.id} knows database level {want.level}, and {running.id}, which is older, has brought it to "
            f"{have.level}",
            "Make a release with migrations up to that level.",
            **facts,
        )
    if have.level < want.readable_from:
        return _irreversible_migration(candidate, facts)
    return GateVerdict.passed(
        f"database level {have.level} → {want.level}; {running.id} can read it too, so there is a way back",
        **facts,
        leadsBack=True,
    )


def _irreversible_migration(candidate: Candidate, facts: dict[str, object]) -> GateVerdict:
    """Pass a migration that the running release cannot read only if somebody accepts it by name.

    Applications migrate when they start, in a staging slot too, where production uses the same databases meanwhile. So
    the running release would fail before the swap, and undoing the promotion would not bring it back.
    """
    running, release = candidate.running, candidate.release
    reason = (
        f"database level {running.database.level} → {release.database.level}: {running.id}, which serves users while "
        f"{release.id} is staged, cannot read what {release.id} makes of the databases (readableFrom "
        f"{release.database.readable_from}); no way back but to restore data"
    )
    if WAY_BACK in candidate.accepted_losses:
        return GateVerdict.passed(f"{reason}, which was accepted by name", **facts, leadsBack=False)
    return GateVerdict.failed(
        reason,
        "Promote a release in between whose databases both can read (expand first, contract in the release after). If "
        "there is none, keep users out meanwhile, and have somebody accept it: `./fabrix approve "
        f"{candidate.target.stack} {release.id} --allow-loss {WAY_BACK}`.",
        **facts,
        leadsBack=False,
    )


def _to_older_release(candidate: Candidate, facts: dict[str, object]) -> GateVerdict:
    """Pass an older release if it can read the newer data, and the newer release allows going back."""
    running, release, stack = candidate.running, candidate.release, candidate.target.stack
    restore = f"Restore earlier data: `./fabrix rollback {stack} --restore-data TIME`."
    if release.database.level < running.database.readable_from:
        return GateVerdict.failed(
            f"the database is at level {running.database.level}, which releases below level "
            f"{running.database.readable_from} cannot read, and {release.id} has level {release.database.level}",
            restore if "restore" in running.way_back else "Go forward: make a release that fixes what is wrong.",
            **facts,
        )
    if "release" not in running.way_back:
        allowed = ", ".join(running.way_back) or "none"
        return GateVerdict.failed(
            f"{running.id} does not allow going back to an earlier release (wayBack: {allowed})",
            f"Swap back while the slots hold the previous release (`./fabrix rollback {stack}`)."
            if "swap" in running.way_back
            else restore,
            **facts,
        )
    return GateVerdict.passed(
        f"{release.id} (level {release.database.level}) reads the database of {running.id} (level "
        f"{running.database.level}, readable from {running.database.readable_from}), and {running.id} allows going "
        "back to a release",
        **facts,
    )
