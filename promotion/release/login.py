"""Registry logins that this machine already has, from ``docker login``, ``az acr login`` and credential helpers."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TOKEN_USER = "<token>"  # noqa: S105 - what credential helpers call a refresh token's user
HELPER_TIMEOUT = 10
"""Seconds for a credential helper to answer."""


@dataclass(frozen=True)
class Login:
    """Credentials for a registry or its token service; never printed."""

    user: str
    password: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    """Stored by ``az acr login``; exchanged for a token."""


def authorization_header(login: Login) -> str:
    """Return the login as the value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{login.user}:{login.password}".encode()).decode()


def docker_login(host: str) -> Login | None:
    """Return the login that Docker's configuration has for ``host``; None if it has none or cannot be read."""
    folder = os.environ.get("DOCKER_CONFIG") or str(Path.home() / ".docker")
    try:
        config = json.loads((Path(folder) / "config.json").read_text(encoding="utf-8"))
        helper = (config.get("credHelpers") or {}).get(host) or config.get("credsStore")
        if helper and (login := _from_helper(str(helper), host)):
            return login
        return _from_entry((config.get("auths") or {}).get(host))
    except (OSError, ValueError, AttributeError, TypeError):
        return None


def _from_entry(entry: Any) -> Login | None:  # noqa: ANN401 - from a file
    if not isinstance(entry, dict):
        return None
    text = base64.b64decode(entry.get("auth", "")).decode()
    user, _, password = text.partition(":")
    user, password = entry.get("username", user), entry.get("password", password)
    token = entry.get("identitytoken", "")
    return Login(user, password, token) if password or token else None


def _from_helper(name: str, host: str) -> Login | None:
    """Ask a credential helper (Docker: "docker login", credential helpers)."""
    program = shutil.which(f"docker-credential-{name}")
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, "get"], input=host, capture_output=True, text=True, timeout=HELPER_TIMEOUT, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    answer = json.loads(done.stdout)
    user, secret = answer.get("Username", ""), answer.get("Secret", "")
    return Login(user, refresh_token=secret) if user == TOKEN_USER else Login(user, secret)
