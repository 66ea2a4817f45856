"""Evidence for auditors, computed from the state of a deployed stack."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judging.judgement import JudgedStack, PolicyFiles, judge_stack
from judging.origins import Origins
from judging.reports import html, junit, oscal, provenance, sarif
from judging.reports.evidence_json import evidence_document
from judging.reports.findings import Judgement
from judging.reports.provenance import Provenance
from records.ledger import open_for_reading
from stacks.session import Session
from stacks.state import require_state
from support.checkout import ROOT, VERSION
from support.errors import Exit, OperationError
from support.files import write_if_changed


@dataclass(frozen=True)
class Evidence:
    """What is known about one deployed stack."""

    judgement: Judgement
    about: Provenance
    ledger: dict[str, Any] | None = None
    """Every gate's verdict, approval and deployment, and whether that record verifies; None where none is kept."""

    @classmethod
    def of(cls, session: Session) -> Evidence:
        """Judge what is deployed.

        Raises:
            OperationError: exit code 2 on bad input; 1 if the stack is not deployed.

        """
        settings = session.settings
        now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        files = PolicyFiles.read(session.target.name)
        deployment = _deployment(session)
        origins = Origins(deployment, session.target.project(), ROOT, session.stack)
        judgement = judge_stack(JudgedStack(session.stack, settings, deployment, origins), files)
        commit, modified = provenance.commit_and_modified()
        about = Provenance(
            stack=session.stack,
            environment=settings.installation.environment,
            profile=judgement.profile,
            target=session.target.name.value,
            release=settings.release.id,
            release_hash=settings.release.hash.removeprefix("sha256:"),
            commit=commit,
            modified=modified,
            pack_hash=provenance.pack_hash(),
            state_version=(deployment.get("manifest") or {}).get("time") or "unknown",
            tools=provenance.tool_versions(session.engine.version),
            time=now.isoformat().replace("+00:00", "Z"),
        )
        return cls(judgement, about, _ledger(session))

    def texts(self) -> dict[str, str]:
        """Return the evidence in every form: file name → contents."""
        forms = {
            "evidence.json": _json(evidence_document(self.judgement, self.about)),
            "evidence.html": html.evidence_page(self.judgement, self.about),
            "findings.sarif": _json(sarif.sarif_document([self.judgement], VERSION)),
            "findings.junit.xml": junit.junit_xml([self.judgement]),
            "assessment-results.json": _json(oscal.oscal_document(self.judgement, self.about)),
        }
        return forms | ({"ledger.json": _json(self.ledger)} if self.ledger else {})

    def write(self, folder: Path) -> list[Path]:
        """Write every form into ``folder`` and return the files.

        Raises:
            OperationError: exit code 2, the folder cannot be made or written.

        """
        written = []
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, text in self.texts().items():
                write_if_changed(folder / name, text)
                written.append(folder / name)
        except OSError as error:
            raise OperationError(f"{folder} cannot be written: {error.strerror}", Exit.BAD_INPUT) from None
        return written


def _ledger(session: Session) -> dict[str, Any] | None:
    try:
        judged = open_for_reading(session.target, session.stack, []).verification()
    except OperationError as error:
        session.console.info(f"no ledger: {error}", style="yellow")
        return None
    if not judged.entries and not judged.faults:
        return None
    return {
        "stack": session.stack,
        "head": judged.entries[-1].digest if judged.entries else None,
        "faults": [fault.document() for fault in judged.faults],
        "entries": [entry.document() for entry in judged.entries],
    }


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _deployment(session: Session) -> dict[str, Any]:
    """Return the stack's state; looking creates no stack."""
    consequence = f"so there is no state to judge; `./fabrix check {session.stack}` judges what would be"
    return require_state(session, consequence)["deployment"]
