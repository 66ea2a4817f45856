"""Approvals: who approved which release for a stack, until when, and whether that counts.

They are entries of the stack's ledger. An approval counts if it is of this release with this very content, has not
expired, is by a person who did not make the release (where the stack requires another person), and was given after the
stack's last rollback. Somebody who approves twice is one person.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from promotion.release.draft import is_login
from records.clock import timestamp
from records.identity import Identity
from records.ledger import Entry, Ledger
from settings.promotion import Promotion
from settings.release import Release
from stacks.preflight.checks import CHECKS

_NO_MAIL = "@users.noreply.github.com"

NAME_A_LOGIN = "name one when the release is made (`--author LOGIN`), or approve with `./fabrix approve` elsewhere"

APPROVE_YOURSELF = (
    "sign in with `az login` as yourself, or approve the pipeline's protected environment (`--ci-approval`)"
)

KIND = "approval"
"""Kind of the ledger's entries."""

WAY_BACK = "way-back"
"""What an approval names to accept a migration after which the running release cannot come back."""
TARGET_HEALTH = "target-health"
"""What an approval names to let a release onto a stack that is unhealthy, such as the release that heals it."""
PREFLIGHT = "preflight-"
"""Before the id of a check, what an approval names to let a release pass although that check of the preflight fails."""


def is_data(name: str) -> bool:
    """Whether ``--allow-loss`` names data, and not something else that somebody may accept."""
    return name not in {WAY_BACK, TARGET_HEALTH} and not name.startswith(PREFLIGHT)


def unknown_checks(names: Iterable[str]) -> str:
    """Return why ``--allow-loss`` accepts a check of the preflight that does not exist; empty if it does not."""
    known = sorted(PREFLIGHT + check.id for check in CHECKS)
    unknown = [name for name in names if name.startswith(PREFLIGHT) and name not in known]
    if not unknown:
        return ""
    return f"--allow-loss {', '.join(unknown)}: the preflight has no such check; allowed: {', '.join(known)}"


@dataclass(frozen=True)
class Approval:
    """One approval."""

    release: str
    hash: str
    """Of the manifest that was approved."""
    who: Identity
    at: datetime
    expires: datetime
    plan: str | None = None
    """Digest of the one plan that it approves; None approves any plan."""
    allow_loss: tuple[str, ...] = ()
    """Stateful resources whose loss it accepts: names or URNs."""
    note: str = ""
    evidence: tuple[tuple[str, str], ...] = ()
    """Run and environment of the pipeline, where the approval comes from there."""
    sequence: int | None = None
    """Number of its entry in the ledger, if it has one."""

    def predicate(self) -> dict[str, Any]:
        """Return it as the ledger holds it."""
        return {
            "release": self.release,
            "hash": self.hash,
            "plan": self.plan,
            "allowLoss": list(self.allow_loss),
            "note": self.note,
            "expires": timestamp(self.expires),
            "approver": self.who.document(),
            **({"evidence": dict(self.evidence)} if self.evidence else {}),
        }

    @classmethod
    def from_entry(cls, entry: Entry) -> Approval:
        """Read it from an entry of the ledger."""
        predicate = entry.predicate
        return cls(
            release=predicate["release"],
            hash=predicate["hash"],
            who=Identity.from_document(predicate["approver"]),
            at=datetime.fromisoformat(entry.at),
            expires=datetime.fromisoformat(predicate["expires"]),
            plan=predicate.get("plan"),
            allow_loss=tuple(predicate.get("allowLoss") or ()),
            note=predicate.get("note") or "",
            evidence=tuple(sorted((predicate.get("evidence") or {}).items())),
            sequence=entry.sequence,
        )


@dataclass(frozen=True)
class CountedApprovals:
    """Approvals of a release, sorted into those that count and those that do not."""

    people: tuple[tuple[Approval, ...], ...]
    """Each person's approvals that count."""
    not_counted: tuple[tuple[Approval, str], ...]
    """The others, each with the reason."""

    @property
    def accepted_losses(self) -> frozenset[str]:
        """Names and URNs of resources whose loss an approval that counts accepts."""
        return frozenset(name for person in self.people for one in person for name in one.allow_loss)


def recorded(entries: Iterable[Entry]) -> tuple[Approval, ...]:
    """Return the approvals among a ledger's entries."""
    return tuple(Approval.from_entry(entry) for entry in entries if entry.kind == KIND)


def last_rollback(entries: Iterable[Entry]) -> int | None:
    """Return the number of the last rollback entry; earlier approvals were of another situation."""
    return max((entry.sequence for entry in entries if entry.kind == "rollback"), default=None)


def count(
    approvals: Iterable[Approval],
    release: Release,
    rules: Promotion,
    now: datetime,
    *,
    plan: str | None = None,
    since: int | None = None,
) -> CountedApprovals:
    """Sort the approvals of ``release`` into those that count and those that do not; others are left out.

    Args:
        approvals: from the ledger and the pipeline.
        release: what is to be promoted.
        rules: the stack's ``promotion`` settings.
        now: UTC.
        plan: digest of the plan that is to be applied.
        since: number of the last rollback entry.

    """
    people: list[list[Approval]] = []
    not_counted = []
    for one in approvals:
        if one.release != release.id:
            continue
        if why := reason_not_counted(one, release, rules, now, plan=plan, since=since):
            not_counted.append((one, why))
            continue
        same = [person for person in people if any(one.who.is_one_of(other.who.names) for other in person)]
        merged = [*(each for person in same for each in person), one]
        people = [person for person in people if person not in same] + [merged]
    return CountedApprovals(tuple(tuple(person) for person in people), tuple(not_counted))


def reason_not_counted(
    one: Approval,
    release: Release,
    rules: Promotion,
    now: datetime,
    *,
    plan: str | None = None,
    since: int | None = None,
) -> str | None:
    """Return why an approval does not count; None if it does. The arguments are those of :func:`count`."""
    expires = min(one.expires, one.at + timedelta(hours=rules.approval_hours))
    before_rollback = since is not None and one.sequence is not None and one.sequence < since
    objections = (
        (
            one.hash != release.hash,
            f"it is of another manifest of {release.id} ({_short(one.hash)}, this one is {_short(release.hash)})",
        ),
        (
            rules.another_person and one.who.source == "service",
            f"{one.who.name} is an application, and anybody may have started it: {APPROVE_YOURSELF}",
        ),
        (
            rules.another_person and one.who.is_one_of(release.authors),
            f"{one.who.name} is an author of {release.id}",
        ),
        (
            rules.another_person and not can_rule_out_author(one.who, release.authors),
            f"{release.id} names no GitHub login among its authors, so {one.who.name} may be one of them: "
            + NAME_A_LOGIN,
        ),
        (now >= expires, f"it expired on {timestamp(expires)}"),
        (one.at > now, f"it is from the future ({timestamp(one.at)})"),
        (before_rollback, "the stack was rolled back after it"),
        (one.plan not in (None, plan), f"it is for the plan {_short(one.plan or '')} and no other"),
    )
    return next((why for applies, why in objections if applies), None)


def record_new(ledger: Ledger, approvals: Iterable[Approval]) -> list[Approval]:
    """Append approvals and return those appended; the pipeline's only once, though its step may run twice.

    Raises:
        OperationError: the ledger does not verify, or a note looks like a secret.

    """
    new = unrecorded(recorded(ledger.entries(KIND)), approvals)
    for one in new:
        subjects = {f"release/{one.release}": one.hash, **({"plan": one.plan} if one.plan else {})}
        losses = f", and accepts: {', '.join(one.allow_loss)}" if one.allow_loss else ""
        words = f"{one.who} approves {one.release} until {timestamp(one.expires)}{losses}"
        ledger.append(KIND, {"words": words, **one.predicate()}, subjects)
    return new


def unrecorded(known: Iterable[Approval], approvals: Iterable[Approval]) -> list[Approval]:
    """Leave out what the pipeline reports again: its time counts from when the ledger first recorded it."""
    decisions = {_decision(one) for one in known if one.evidence}
    return [one for one in approvals if _decision(one) not in decisions]


def can_rule_out_author(who: Identity, authors: Iterable[str]) -> bool:
    """Whether somebody can be told from the authors: GitHub's reviews name a login and nothing else."""
    mails = [name for name in who.names if "@" in name and not name.endswith(_NO_MAIL)]
    return who.source != "github" or bool(mails) or any(map(is_login, authors))


def _decision(one: Approval) -> tuple[object, ...]:
    """Return what two records of the same decision in the same run of a pipeline share."""
    return (one.who.names, one.hash, one.evidence)


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12]
