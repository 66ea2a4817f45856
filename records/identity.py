"""Who acts, as far as that can be known, and what the answer is worth.

========== ============================================ ==============================================================
source     where the name comes from                    what it is worth
========== ============================================ ==============================================================
github     ``GITHUB_ACTOR``                             as good as the pipeline: GitHub sets it on its runners, and
azuredevops ``BUILD_REQUESTEDFOREMAIL``                 Azure DevOps on its agents. Elsewhere anybody can set it.
entra      the token that signs in to Azure             vouched for by Entra ID, which issued it over TLS a moment ago
git        ``git config user.email``                    a claim: whoever runs the command writes what they like
os         the user of the operating system             a claim, and no more than a local name
========== ============================================ ==============================================================

A rule that wants another person to approve is therefore worth as much as the source: claims are enough for the local
Azure; for a real one the approval of the pipeline's protected environment, or a token, is what counts. Records keep the
source beside the name so that a reader sees which it was.
"""

from __future__ import annotations

import base64
import getpass
import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from support.checkout import ROOT
from support.errors import Exit, OperationError
from support.packages import azure_packages
from targets.name import TargetName
from targets.target import Target

Source = Literal["github", "azuredevops", "entra", "git", "os"]

_NOREPLY = re.compile(r"(?:\d+\+)?([A-Za-z0-9-]+)@users\.noreply\.github\.com", re.IGNORECASE)
_SCOPE = "https://management.azure.com/.default"
_CLAIMS = ("upn", "preferred_username", "unique_name", "email", "oid", "appid")
"""Claims of an access token that name somebody, the best for people first (Microsoft Learn: "Access token claims
reference"). ``oid`` names a user or a service principal in the tenant for ever."""


@dataclass(frozen=True)
class Identity:
    """Somebody who acts: a person, or the pipeline that somebody started."""

    name: str
    """As records show it."""

    source: Source
    """Where the name comes from, which says what it is worth; see the table above."""

    also: tuple[str, ...] = ()
    """Further names of the same one."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that counts as the same person, in lower case."""
        written = [self.name, *self.also]
        logins = [match[1] for name in written if (match := _NOREPLY.fullmatch(name))]
        return tuple(dict.fromkeys(name.strip().lower() for name in [*written, *logins] if name.strip()))

    def is_one_of(self, names: tuple[str, ...]) -> bool:
        """Whether one of ``names`` means this person."""
        given = Identity("", self.source, names).names
        return not set(self.names).isdisjoint(given)

    def document(self) -> dict[str, Any]:
        """Return it as records hold it."""
        return {"name": self.name, "source": self.source, **({"also": list(self.also)} if self.also else {})}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Identity:
        """Read it from a record."""
        return cls(document["name"], document["source"], tuple(document.get("also") or ()))

    def __str__(self) -> str:
        return f"{self.name} ({_WORDS[self.source]})"


_WORDS: Mapping[Source, str] = {
    "github": "GitHub Actions",
    "azuredevops": "Azure Pipelines",
    "entra": "Entra ID",
    "git": "claimed in git",
    "os": "user of the system",
}


def current(target: Target) -> Identity:
    """Tell who runs this command: the pipeline's, else on Azure the token's, else git's, else the system's user.

    Raises:
        OperationError: on Azure, exit code 4 without the Azure packages, 1 if nobody is signed in.

    """
    found = _pipeline(os.environ)
    if found is None and target.name is TargetName.AZURE:
        found = _signed_in()
    return found or _git() or Identity(getpass.getuser(), "os")


def _pipeline(environment: Mapping[str, str]) -> Identity | None:
    """Read what GitHub Actions or Azure Pipelines say of who started the run."""
    if environment.get("GITHUB_ACTIONS") == "true" and (actor := environment.get("GITHUB_ACTOR")):
        number = environment.get("GITHUB_ACTOR_ID")
        mail = f"{actor}@users.noreply.github.com"
        return Identity(actor, "github", (mail, *([f"{number}+{mail}"] if number else [])))
    if environment.get("TF_BUILD", "").lower() == "true":
        mail, name = environment.get("BUILD_REQUESTEDFOREMAIL"), environment.get("BUILD_REQUESTEDFOR")
        if mail or name:
            return Identity(mail or name or "", "azuredevops", (name,) if mail and name else ())
    return None


def _signed_in() -> Identity:
    """Ask Entra ID who is signed in, by the token that the Azure commands will use."""
    with azure_packages("telling who acts on Azure"):
        from azure.core.exceptions import ClientAuthenticationError
        from azure.identity import DefaultAzureCredential
    try:
        token = DefaultAzureCredential().get_token(_SCOPE).token
    except ClientAuthenticationError as error:
        raise OperationError(
            "nobody is signed in to Azure, so the record would not say who acts; run `az login` "
            f"(Azure says: {str(error).splitlines()[0]})"
        ) from None
    return in_token(token)


def in_token(token: str) -> Identity:
    """Read who an access token was issued to. Its signature is not checked: it comes from Entra ID itself.

    Raises:
        OperationError: the token names nobody.

    """
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        names = [claims[key] for key in _CLAIMS if claims.get(key)]
    except (IndexError, ValueError, TypeError):
        names = []
    if not names:
        raise OperationError("the token of the Azure login names nobody; sign in with `az login`", Exit.FAILED)
    return Identity(names[0], "entra", tuple(dict.fromkeys(names[1:])))


def _git() -> Identity | None:
    try:
        asked = ["git", "config", "user.email"]
        done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    mail = done.stdout.strip()
    return Identity(mail, "git") if done.returncode == 0 and mail else None
