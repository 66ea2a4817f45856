"""The versions of engine, SDK and providers that this checkout pins."""

from __future__ import annotations

import re
from pathlib import Path

from support.checkout import ROOT

REQUIREMENTS = "requirements.txt"
_PIN = re.compile(r"^(pulumi[a-z0-9-]*)==([\w.+-]+)", re.MULTILINE)


def components(root: Path = ROOT) -> dict[str, str]:
    """Return name → version: ``engine`` and every Pulumi package of ``requirements.txt``."""
    from engine.version import ENGINE

    text = (root / REQUIREMENTS).read_text(encoding="utf-8")
    return {"engine": str(ENGINE), **dict(sorted(_PIN.findall(text)))}
