"""Who makes a release, where nobody is named: the names that git knows of whoever runs the command."""

from __future__ import annotations

import re
import subprocess

from support.checkout import ROOT

_LOGIN = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*|.+@users\.noreply\.github\.com", re.IGNORECASE)


def is_login(name: str) -> bool:
    """Whether a name may be a GitHub login: reviews there tell nothing else of a person."""
    return _LOGIN.fullmatch(name) is not None


def names() -> list[str]:
    """Return mail address and name of git's configuration, as far as they are set."""
    found = (_configured(key) for key in ("user.email", "user.name"))
    return list(dict.fromkeys(name for name in found if name))


def _configured(key: str) -> str:
    try:
        done = subprocess.run(
            ["git", "config", "--get", key], cwd=ROOT, capture_output=True, text=True, check=False, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
