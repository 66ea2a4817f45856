"""Candidates on real settings, manifests and ledgers; facts that take an engine are given."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from judging.transition import Loss
from promotion.approval import Approval, record_new
from promotion.candidate import Candidate
from records.file_documents import FileDocuments
from records.identity import Identity
from records.ledger import Ledger, keys
from rehearsal.rehearsal import RehearsedDeployment
from rehearsal.release_rehearsal import RehearsalResult
from settings import load
from settings.promotion import Promotion
from settings.release import Release
from stacks.events import Run
from stacks.session import Session
from support.console import Console
from targets.local import LocalTarget
from tests.conftest import ROOT
from tests.judging import sample

NOW = dt.datetime(2026, 11, 24, 10, tzinfo=dt.UTC)
"""A Tuesday, noon in Helsinki."""
AUTHOR = Identity("release-team@aifabrix.example", "git")
ANNA, BO = Identity("anna@contoso.example", "git"), Identity("bo@contoso.example", "git")

SERVER = Loss(
    urn="urn:pulumi:prod::aifabrix::aifabrix:data:Data$azure-native:dbforpostgresql:Server::postgres-sdc",
    type="azure-native:dbforpostgresql:Server",
    name="postgres-sdc",
    operation="replace",
    properties=("network",),
    stateful=True,
)
RULE = dataclasses.replace(
    SERVER,
    urn="urn:pulumi:prod::aifabrix::azure-native:network:SecurityRule::rule",
    type="azure-native:network:SecurityRule",
    name="rule",
    operation="delete",
    stateful=False,
)


def hours(number: float) -> dt.timedelta:
    return dt.timedelta(hours=number)


def release(identifier: str = "2026.12.0", **changes: Any) -> Release:
    """The shipped release under another id, with changes by alias."""
    shipped = load.stack(ROOT, "prod").release
    content = shipped.model_dump(mode="json", by_alias=True)
    for key in ("authors", "wayBack", "changelog"):
        content[key] = tuple(content[key])
    return Release.model_validate({**content, "id": identifier, **changes})


OLD = load.stack(ROOT, "prod").release
NEW = release()


@dataclass
class Case:
    """Two stacks of one installation, each with a ledger, and a clock that tests move."""

    folder: Path
    now: dt.datetime = NOW
    by: Identity = field(default_factory=lambda: Identity("pipeline", "os"))

    def __post_init__(self) -> None:
        self.target = LocalTarget(self.folder / "local")
        self.ledgers = {stack: self._ledger(stack) for stack in ("test", "prod")}

    def _ledger(self, stack: str) -> Ledger:
        found = keys.signing_keys(self.target, stack)
        documents = FileDocuments(self.target.base / "records")
        return Ledger(
            documents, stack, found.signer, trusted=found.trusted, identity=lambda: self.by, clock=lambda: self.now
        )

    def session(self, stack: str, promotion: Mapping[str, Any] | None = None, **replaced: Any) -> Session:
        """A session whose settings are the shipped ones with another ``promotion``, or other parts replaced."""
        session = Session(stack, self.target, Console(as_json=False))
        settings = load.stack(ROOT, stack)
        if promotion is not None:
            file = settings.file.model_copy(update={"promotion": Promotion.model_validate(promotion)})
            settings = dataclasses.replace(settings, file=file)
        session.__dict__["settings"] = dataclasses.replace(settings, **replaced)
        return session

    def candidate(
        self,
        wanted: Release = NEW,
        *,
        source: str | None = "test",
        promotion: Mapping[str, Any] | None = None,
        running: Release = OLD,
        actor: Identity = ANNA,
        **more: Any,
    ) -> Candidate:
        known = {"settings_problems": "", **more.pop("known", {})}
        return Candidate(
            target=self.session("prod", promotion or {}, release=running),
            release=wanted,
            now=self.now,
            actor=actor,
            ledger=self.ledgers["prod"],
            source=self.session(source) if source else None,
            source_ledger=self.ledgers.get(source or ""),
            known=known,
            **more,
        )

    def approve(self, who: Identity, wanted: Release = NEW, *, stack: str = "prod", **changes: Any) -> None:
        """Record an approval at the case's time."""
        given = Approval(wanted.id, wanted.hash, who, self.now, self.now + hours(72))
        record_new(self.ledgers[stack], [dataclasses.replace(given, **changes)])

    def brought(self, wanted: Release, kind: str = "deployment", *, stack: str = "test", **more: Any) -> None:
        """Write down, as a deployment does, that a release was brought onto a stack."""
        said = {"release": wanted.id, "hash": wanted.hash, **more}
        self.ledgers[stack].append(kind, said, {f"release/{wanted.id}": wanted.hash})


def rehearsed(**changes: Any) -> RehearsalResult:
    """A rehearsal in which all went well."""
    stage = RehearsedDeployment(Run(), {}, {})
    judgement = dataclasses.replace(sample.JUDGEMENT, findings=())
    fields: dict[str, Any] = {
        "start": stage, "end": stage, "changes": Run(), "program_changes": frozenset(), "way_back": [],
        "losses": (), "gaps": (), "judgement": judgement, "errors": [], "uncomparable": (), "secrets_in_clear": True,
        "seed_seconds": 1.0, "seconds": 2.0,
    }  # fmt: skip
    return RehearsalResult(**{**fields, **changes})
