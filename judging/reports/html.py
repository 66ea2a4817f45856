"""The evidence as one page that needs nothing else, reads on a screen and prints well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from judging.reports.evidence import evidence_document
from judging.reports.findings import FindingOutcome, Judgement, together
from judging.reports.provenance import Provenance
from resources.tokens import label

_LOUD = (FindingOutcome.FAIL, FindingOutcome.UNDETERMINED)


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
    document: dict[str, Any] = evidence_document(judgement, provenance)
    loud, waived = together(judgement.of(*_LOUD)), together(judgement.of(FindingOutcome.WAIVED))
    return environment.get_template("evidence.html.j2").render(evidence=document, loud=loud, waived=waived)


def code(text: str) -> Markup:
    """Set what stands between backticks as code; everything is escaped."""
    parts = [escape(part) for part in text.split("`")]
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else part for number, part in enumerate(parts)
    )
