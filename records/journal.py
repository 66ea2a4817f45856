"""What is being done to a stack, written down before each step, so that whoever comes next can finish or undo it.

One document a stack, ``journal/<stack>.json`` beside the state. It exists exactly while a promotion or rollback is
under way; what it says about Azure is checked against Azure before it is acted upon.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from records.clock import timestamp
from records.documents import Documents
from records.identity import Identity
from settings.release import Release
from settings.release_line import ReleaseLine, promoted, staged
from support.errors import OperationError

VERSION = 1

STAGED, IN_PLACE, SWAP = "staged", "in place", "swap"
"""How a release is deployed."""


class PromotionStep(StrEnum):
    """What is being done; written before it begins."""

    STAGING = "staging"
    """The engine deploys the new release into the staging slots."""
    VERIFYING = "verifying"
    """The slots are asked for their health; users still get the old release."""
    DEPLOYING = "deploying"
    """The engine deploys in place, where the plan has no slots."""
    SWAPPING = "swapping"
    """Slots and production are exchanged, app by app. From here on the way is forward."""
    RECORDING = "recording"
    """The swap is written into state and stack file."""
    CONFIRMING = "confirming"
    """Production is asked for its health."""
    RETURNING = "returning"
    """Undoing: what was swapped is swapped back."""
    RESTORING = "restoring"
    """Undoing: the engine deploys what the stack file said before."""


DESCRIPTIONS: dict[PromotionStep, str] = {
    PromotionStep.STAGING: "the new release was being deployed into the staging slots",
    PromotionStep.VERIFYING: "the staging slots were being verified",
    PromotionStep.DEPLOYING: "the new release was being deployed in place",
    PromotionStep.SWAPPING: "slots and production were being swapped",
    PromotionStep.RECORDING: "the swap was being written into state and stack file",
    PromotionStep.CONFIRMING: "production was being verified after the swap",
    PromotionStep.RETURNING: "the swap was being reverted",
    PromotionStep.RESTORING: "the stack was being restored to what it was",
}

UNDONE = frozenset(
    {
        PromotionStep.STAGING,
        PromotionStep.VERIFYING,
        PromotionStep.DEPLOYING,
        PromotionStep.RETURNING,
        PromotionStep.RESTORING,
    }
)
"""Interrupted here, it is undone: no user has seen the new release, or undoing has begun. Otherwise it is finished."""


@dataclass(frozen=True)
class Journal:
    """One promotion or rollback under way; the field names are those of the document."""

    id: str
    stack: str
    kind: str
    """``promotion`` or ``rollback``."""
    source: str | None
    """Stack that the release was promoted from."""
    release: str
    """Id of the release that is to run."""
    release_hash: str
    running: str
    """Id of the release that ran before."""
    running_hash: str
    before: ReleaseLine
    """Value of the stack file's ``release`` before."""
    how: str
    """``staged`` through the slots and swapped, ``in place`` where there are none, or ``swap`` of what they hold."""
    step: PromotionStep
    by: dict[str, Any]
    since: str
    """UTC, ISO 8601."""
    plan: str | None = None
    """Digest of the reviewed plan that is applied."""

    @classmethod
    def start(
        cls,
        *,
        stack: str,
        kind: str,
        release: Release,
        running: Release,
        before: ReleaseLine,
        how: str,
        step: PromotionStep,
        actor: Identity,
        now: datetime,
        source: str | None = None,
    ) -> Journal:
        """Return the journal of a promotion or rollback that begins now, with an id that its ledger entries carry."""
        return cls(
            id=uuid.uuid4().hex,
            stack=stack,
            kind=kind,
            source=source,
            release=release.id,
            release_hash=release.hash,
            running=running.id,
            running_hash=running.hash,
            before=before,
            how=how,
            step=step,
            by=actor.document(),
            since=timestamp(now),
        )

    @property
    def slots(self) -> bool:
        """Whether slots and production are swapped."""
        return self.how != IN_PLACE

    @property
    def after(self) -> ReleaseLine:
        """Value of the stack file's ``release`` once it has succeeded."""
        return promoted(self.running, self.release, slots=self.slots)

    @property
    def staged(self) -> ReleaseLine:
        """Value of the stack file's ``release`` while the slots hold the new release."""
        return staged(self.running, self.release, slots=self.slots)

    @property
    def description(self) -> str:
        """Who is doing what since when, and how far it got, in a sentence."""
        operation = f"{self.kind} of {self.release} onto {self.stack}"
        return f"{operation} by {self.by.get('name', 'somebody')}, begun {self.since}: {DESCRIPTIONS[self.step]}"


class Journals:
    """The journal documents beside the state."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def read(self, stack: str) -> Journal | None:
        """Return what is under way on ``stack``.

        Raises:
            OperationError: exit code 1, the document cannot be understood; it is left alone.

        """
        document = self._documents.read(_name(stack))
        if document is None:
            return None
        try:
            content = json.loads(document.content)
            if content.pop("version") != VERSION:
                raise ValueError(f"version is not {VERSION}")
            step = PromotionStep(content.pop("step"))
            return Journal(step=step, **content)
        except (ValueError, KeyError, TypeError) as error:
            raise OperationError(
                f"{_name(stack)} beside the state says that something is under way on {stack}, but cannot be read "
                f"({error}). Another version of this program may have written it: run that version once."
            ) from None

    def write(self, journal: Journal) -> Journal:
        """Write the journal, whole or not at all."""
        content = json.dumps({"version": VERSION, **asdict(journal)}, indent=2).encode()
        document = self._documents.read(_name(journal.stack))
        if document is None:
            self._documents.create(_name(journal.stack), content)
        else:
            self._documents.replace(_name(journal.stack), content, document.etag)
        return journal

    def begin_step(self, journal: Journal, step: PromotionStep) -> Journal:
        """Write that ``step`` begins now."""
        return self.write(replace(journal, step=step))

    def close(self, journal: Journal) -> None:
        """Delete the journal: nothing is under way any more."""
        self._documents.delete(_name(journal.stack))


def _name(stack: str) -> str:
    return f"journal/{stack}.json"
