"""The evidence as one self-contained HTML page, for the screen and for print."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from judging.reports.evidence_json import evidence_document
from judging.reports.findings import FindingOutcome, Judgement, group_alike
from judging.reports.provenance import Provenance
from resources.tokens import label


def evidence_page(judgement: Judgement, provenance: Provenance) -> str:
    """Return the page."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"label": label, "code": code}
    return environment.get_template("evidence.html.j2").render(
        evidence=evidence_document(judgement, provenance),
        open_findings=group_alike(judgement.of(FindingOutcome.FAIL, FindingOutcome.UNDETERMINED)),
        waived=group_alike(judgement.of(FindingOutcome.WAIVED)),
    )


def code(text: str) -> Markup:
    """Mark text in backticks as code; everything is escaped."""
    parts = [escape(part) for part in text.split("`")]
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else part for number, part in enumerate(parts)
    )
