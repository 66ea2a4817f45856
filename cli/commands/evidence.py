"""``fabrix evidence``: what auditors get, computed from the state of a deployed stack."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from judging.judgement import JudgedStack, PolicyFiles, judge_stack
from judging.origins import Origins
from judging.reports import html, junit, oscal, provenance, sarif
from judging.reports.evidence import evidence_document
from judging.reports.findings import FindingOutcome, Judgement
from judging.reports.provenance import Provenance
from stacks.session import Session
from support.checkout import ROOT, VERSION
from support.errors import Exit, OperationError
from support.files import write_if_changed
from targets.name import TargetName


def run(stack: str, output: Path, target: TargetName, *, as_json: bool) -> None:
    """Judge what is deployed and write the evidence into the folder ``output``.

    Violations do not make it fail: evidence says what is.

    Raises:
        OperationError: exit code 2 on bad input; 1 if the stack is not deployed, so that there is nothing to judge.

    """
    session = Session.open(stack, target, as_json=as_json)
    settings = session.settings
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    files = PolicyFiles.read()
    deployment = _state(session)
    origins = Origins(deployment, session.target.project(), ROOT, stack)
    judgement = judge_stack(JudgedStack(stack, settings, deployment, origins), files)
    commit, modified = provenance.commit_and_modified()
    about = Provenance(
        stack=stack,
        environment=settings.installation.environment,
        profile=judgement.profile,
        target=target.value,
        release=settings.release.id,
        release_hash=settings.release.hash.removeprefix("sha256:"),
        commit=commit,
        modified=modified,
        pack_hash=provenance.pack_hash(),
        state_version=(deployment.get("manifest") or {}).get("time") or "unknown",
        tools=provenance.tool_versions(session.engine.version),
        time=now.isoformat().replace("+00:00", "Z"),
    )
    written = write(output, judgement, about, ledger := _ledger(session))
    counts = ", ".join(f"{number} {name}" for name, number in judgement.counts().items() if number)
    refused = len(judgement.refusals)
    session.console.result(f"{stack} (profile {judgement.profile}): {counts}; {refused} mandatory violations")
    if ledger:
        faults = len(ledger["faults"])
        valid = f"{faults} FAULTS" if faults else "it verifies"
        session.console.result(f"ledger: {len(ledger['entries'])} gates, approvals and deployments, {valid}")
    session.console.result(f"evidence: {', '.join(str(path) for path in written)}", style="green")
    waived = judgement.of(FindingOutcome.WAIVED)
    session.console.emit(
        {
            "ok": True,
            "command": "evidence",
            "provenance": about.document(),
            "counts": judgement.counts(),
            "refused": refused,
            "waived": [line.document() for line in waived],
            "ledger": {"entries": len(ledger["entries"]), "faults": ledger["faults"]} if ledger else None,
            "files": [str(path) for path in written],
        }
    )


def texts(judgement: Judgement, about: Provenance) -> dict[str, str]:
    """Return the evidence in every form: file name → contents."""
    return {
        "evidence.json": _json(evidence_document(judgement, about)),
        "evidence.html": html.evidence_page(judgement, about),
        "findings.sarif": _json(sarif.sarif_document([judgement], VERSION)),
        "findings.junit.xml": junit.junit_xml([judgement]),
        "assessment-results.json": _json(oscal.oscal_document(judgement, about)),
    }


def write(output: Path, judgement: Judgement, about: Provenance, ledger: dict[str, Any] | None = None) -> list[Path]:
    """Write every form into ``output``, and the ledger where there is one, and return the files.

    Raises:
        OperationError: exit code 2, the folder cannot be made or written.

    """
    written = []
    try:
        output.mkdir(parents=True, exist_ok=True)
        record = {"ledger.json": _json(ledger)} if ledger else {}
        for name, text in {**texts(judgement, about), **record}.items():
            write_if_changed(output / name, text)
            written.append(output / name)
    except OSError as error:
        raise OperationError(f"{output} cannot be written: {error.strerror}", Exit.BAD_INPUT) from None
    return written


def _ledger(session: Session) -> dict[str, Any] | None:
    """Every gate's verdict, approval and deployment, and whether that record is whole; nothing where none is kept."""
    from records.ledger import open_for_reading

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


def _state(session: Session) -> dict[str, Any]:
    """State of the stack; reading it makes no stack where there is none."""
    from stacks.state import deployed_state

    state = deployed_state(session)
    if state is None:
        raise OperationError(
            f"{session.stack} is not deployed on the {session.target.name.value} target, so there is no state to "
            f"judge. `./fabrix up {session.stack}` deploys it; `./fabrix check {session.stack}` judges what would be."
        )
    return state["deployment"]
