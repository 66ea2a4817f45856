"""Approvals: who let which release onto a stack, until when, and whether that counts.

They are entries of the stack's ledger. One counts if it is of this release with this very content, has not expired, is
of a person who did not make the release (where the stack asks for another one), and was given after the stack was last
rolled back. Somebody who approves twice is one person.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from promotion.release.author import is_login
from records.clock import timestamp
from records.identity import Identity

if TYPE_CHECKING:
    from records.ledger import Entry, Ledger
    from settings.promotion import Promotion
    from settings.release import Release

_NO_MAIL = "@users.noreply.github.com"

NAME_A_LOGIN = "name one when the release is made (`--author LOGIN`), or approve with `./fabrix approve` elsewhere"

KIND = "approval"
"""Kind of the ledger's entries."""

WAY_BACK = "way-back"
"""What an approval names to accept a migration after which the running release cannot come back."""


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
    """Digest of the one plan that it is about; of any plan if there is none."""
    allow_loss: tuple[str, ...] = ()
    """Resources with data whose loss it accepts: names or URNs."""
    note: str = ""
    evidence: tuple[tuple[str, str], ...] = ()
    """Where it comes from if the pipeline brought it: run, environment."""
    sequence: int | None = None
    """Of its entry in the ledger, if it has one."""

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
    def of(cls, entry: Entry) -> Approval:
        """Read an entry of the ledger."""
        said = entry.predicate
        return cls(
            release=said["release"],
            hash=said["hash"],
            who=Identity.from_document(said["approver"]),
            at=datetime.fromisoformat(entry.at),
            expires=datetime.fromisoformat(said["expires"]),
            plan=said.get("plan"),
            allow_loss=tuple(said.get("allowLoss") or ()),
            note=said.get("note") or "",
            evidence=tuple(sorted((said.get("evidence") or {}).items())),
            sequence=entry.sequence,
        )

    @property
    def words(self) -> str:
        """Say it for people."""
        return f"{self.who} on {timestamp(self.at)}"


@dataclass(frozen=True)
class CountedApprovals:
    """Approvals of a release, sorted into those that count and those that do not."""

    people: tuple[tuple[Approval, ...], ...]
    """Each person's approvals that count."""
    refused: tuple[tuple[Approval, str], ...]
    """Those that do not, and why."""

    @property
    def valid(self) -> tuple[Approval, ...]:
        """All that count."""
        return tuple(one for person in self.people for one in person)

    def losses(self) -> frozenset[str]:
        """Names and URNs of resources whose loss somebody accepted."""
        return frozenset(name for one in self.valid for name in one.allow_loss)


def recorded(entries: Iterable[Entry]) -> tuple[Approval, ...]:
    """Read the approvals among a ledger's entries."""
    return tuple(Approval.of(entry) for entry in entries if entry.kind == KIND)


def last_rollback(entries: Iterable[Entry]) -> int | None:
    """Return the number of the last entry about a rollback: what was approved before, was of another situation."""
    return max((entry.sequence for entry in entries if entry.kind == "rollback"), default=None)


def count(
    approvals: Iterable[Approval],
    release: Release,
    asked: Promotion,
    now: datetime,
    *,
    plan: str | None = None,
    since: int | None = None,
) -> CountedApprovals:
    """Sort approvals into those that count for ``release`` and those that do not; those of other releases are left out.

    ``plan`` is the digest of the plan that is to be applied; ``since`` the number of the last entry about a rollback.
    """
    people: list[list[Approval]] = []
    refused = []
    for one in approvals:
        if one.release != release.id:
            continue
        if why := objection(one, release, asked, now, plan=plan, since=since):
            refused.append((one, why))
            continue
        same = [person for person in people if any(one.who.is_one_of(other.who.names) for other in person)]
        merged = [*(each for person in same for each in person), one]
        people = [person for person in people if person not in same] + [merged]
    return CountedApprovals(tuple(tuple(person) for person in people), tuple(refused))


def objection(
    one: Approval,
    release: Release,
    asked: Promotion,
    now: datetime,
    *,
    plan: str | None = None,
    since: int | None = None,
) -> str | None:
    """Say why an approval does not count; nothing if it does."""
    expires = min(one.expires, one.at + timedelta(hours=asked.approval_hours))
    before = since is not None and one.sequence is not None and one.sequence < since
    rules = (
        (
            one.hash != release.hash,
            f"it is of another manifest of {release.id} ({_short(one.hash)}, this one is {_short(release.hash)})",
        ),
        (
            asked.another_person and one.who.is_one_of(release.authors),
            f"{one.who.name} is an author of {release.id}",
        ),
        (
            asked.another_person and not distinguishable(one.who, release.authors),
            f"{release.id} names no GitHub login among its authors, so it cannot be told that {one.who.name} is none: "
            + NAME_A_LOGIN,
        ),
        (now >= expires, f"it expired on {timestamp(expires)}"),
        (one.at > now, f"it is from the future ({timestamp(one.at)})"),
        (before, "the stack was rolled back after it"),
        (one.plan not in (None, plan), f"it is about the plan {_short(one.plan or '')} and no other"),
    )
    return next((why for broken, why in rules if broken), None)


def record_new(ledger: Ledger, approvals: Iterable[Approval]) -> list[Approval]:
    """Append approvals; those that the pipeline brings along only once, though its step may run twice.

    Return what was appended.

    Raises:
        OperationError: the ledger does not verify, or a note looks like a secret.

    """
    fresh = unrecorded(recorded(ledger.entries(KIND)), approvals)
    for one in fresh:
        subjects = {f"release/{one.release}": one.hash, **({"plan": one.plan} if one.plan else {})}
        losses = f", and answers for the loss of {', '.join(one.allow_loss)}" if one.allow_loss else ""
        words = f"{one.who} lets {one.release} in until {timestamp(one.expires)}{losses}"
        ledger.append(KIND, {"words": words, **one.predicate()}, subjects)
    return fresh


def unrecorded(held: Iterable[Approval], brought: Iterable[Approval]) -> list[Approval]:
    """Leave out what the pipeline tells again: the ledger knows when it was said first, and that is what counts."""
    known = {_decision(one) for one in held if one.evidence}
    return [one for one in brought if _decision(one) not in known]


def distinguishable(who: Identity, authors: Iterable[str]) -> bool:
    """Whether it can be told that somebody is none of the authors: GitHub's reviews name a login and nothing else."""
    mails = [name for name in who.names if "@" in name and not name.endswith(_NO_MAIL)]
    return who.source != "github" or bool(mails) or any(map(is_login, authors))


def _decision(one: Approval) -> tuple[object, ...]:
    """Return what two records of the same decision in the same run of a pipeline share."""
    return (one.who.names, one.hash, one.evidence)


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12]
