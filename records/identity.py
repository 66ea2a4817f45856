"""Who acts, as far as that can be known, and how far the name can be trusted.

=========== =========================================== ==============================================================
source      origin of the name                          how far it can be trusted
=========== =========================================== ==============================================================
entra       a person's token that signs in to Azure     as far as the machine, which got it from Entra ID a moment ago
service     an application's or a managed identity's    the same; it is no person, so its approval counts for nobody
            token                                       where another person's is required
github      ``GITHUB_ACTOR``                            a claim: GitHub sets it on its runners and Azure DevOps on its
azuredevops ``BUILD_REQUESTEDFOREMAIL``                 agents, but anybody can set it elsewhere
git         ``git config user.email``                   a claim: whoever runs the command can write anything there
os          the user of the operating system            a claim, and no more than a local name
=========== =========================================== ==============================================================

Claims are enough for the local Azure. On a real one the token decides, and what a pipeline claims is added as further
names of the same person: a name more can only exclude somebody from approving, never let him in. Records keep the
source beside the name.
"""

from __future__ import annotations

import base64
import dataclasses
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

Source = Literal["github", "azuredevops", "entra", "service", "git", "os"]

_NOREPLY = re.compile(r"(?:\d+\+)?([A-Za-z0-9-]+)@users\.noreply\.github\.com", re.IGNORECASE)
_SCOPE = "https://management.azure.com/.default"
_PERSON = ("upn", "preferred_username", "unique_name", "email")
"""Claims of an access token that name a person, the most lasting first (Microsoft Learn: "Access token claims
reference"). ``oid`` identifies a user or a service principal of the tenant for ever; ``appid`` is the program that
asked for the token, such as the Azure CLI, which a person shares with everybody else who uses it."""


@dataclass(frozen=True)
class Identity:
    """A person, or the pipeline that somebody started."""

    name: str
    """The name in records."""

    source: Source
    """Origin of the name, which tells how far it can be trusted; see the table above."""

    aliases: tuple[str, ...] = ()
    """Further names of the same person."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that counts as the same person, in lower case."""
        full = [self.name, *self.aliases]
        logins = [match[1] for name in full if (match := _NOREPLY.fullmatch(name))]
        return tuple(dict.fromkeys(name.strip().lower() for name in [*full, *logins] if name.strip()))

    def is_one_of(self, names: tuple[str, ...]) -> bool:
        """Return whether one of ``names`` means this person."""
        others = Identity("", self.source, names).names
        return not set(self.names).isdisjoint(others)

    def document(self) -> dict[str, Any]:
        """Return it as records hold it."""
        return {"name": self.name, "source": self.source, **({"also": list(self.aliases)} if self.aliases else {})}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Identity:
        """Read it from a record."""
        return cls(document["name"], document["source"], tuple(document.get("also") or ()))

    def __str__(self) -> str:
        return f"{self.name} ({_SOURCES[self.source]})"


_SOURCES: Mapping[Source, str] = {
    "github": "GitHub Actions",
    "azuredevops": "Azure Pipelines",
    "entra": "Entra ID",
    "service": "an application in Entra ID",
    "git": "claimed in git",
    "os": "user of the system",
}


def current(target: Target) -> Identity:
    """Return who runs this command: on Azure by the token, elsewhere by the pipeline, git, or the system's user.

    Raises:
        OperationError: on Azure, exit code 4 without the Azure packages, 1 if nobody is signed in.

    """
    claimed = _pipeline(os.environ)
    if target.name is not TargetName.AZURE:
        return claimed or _git() or Identity(getpass.getuser(), "os")
    actor = _signed_in()
    further = (claimed.name, *claimed.aliases) if claimed else ()
    return dataclasses.replace(actor, aliases=tuple(dict.fromkeys((*actor.aliases, *further))))


def _pipeline(environment: Mapping[str, str]) -> Identity | None:
    """Return who started the run, by the variables of GitHub Actions or Azure Pipelines."""
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
    """Return who is signed in, by the token that the Azure commands will use."""
    with azure_packages("identifying who acts on Azure"):
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
    """Return who an access token was issued to. Its signature is not checked: Entra ID itself has just sent it.

    Raises:
        OperationError: the token names nobody.

    """
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        person = [claims[key] for key in _PERSON if claims.get(key)]
        names = [*person, *(claims[key] for key in (("oid",) if person else ("oid", "appid")) if claims.get(key))]
    except (IndexError, ValueError, TypeError, AttributeError):
        person, names = [], []
    if not names:
        raise OperationError("the token of the Azure login names nobody; sign in with `az login`", Exit.FAILED)
    return Identity(names[0], "entra" if person else "service", tuple(dict.fromkeys(names[1:])))


def _git() -> Identity | None:
    try:
        command = ["git", "config", "user.email"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    mail = done.stdout.strip()
    return Identity(mail, "git") if done.returncode == 0 and mail else None
