"""Which secrets of a stack may get a new value, and how often each has got one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from settings.applications import App, AppSecret, PlatformSecret
from settings.network import ExistingNetwork, Network
from settings.problems import Issue, nearest

PATH = ("security", "rotations")

_OF_A_SERVICE = "the key of a service: renew it there, and `up` writes the new one into the vault"
_REASONS = {
    "supplied": "you supply it: put its new value into the vault",
    "key32": "it encrypts stored data, which a new key could not read",
    "redisUrl": _OF_A_SERVICE,
    "redisKey": _OF_A_SERVICE,
    "storageKey": _OF_A_SERVICE,
    "insights": _OF_A_SERVICE,
}
"""Generator → why its secrets are not rotated."""
DATABASE_EFFECT = (
    "the application restarts with the other of two logins; the present password stays valid until the next rotation"
)
UNKNOWN_EFFECT = "what was signed with the present value, or is compared with a copy of it elsewhere, is not accepted"
WITHOUT_JOBS = "this network has no subnet for jobs, where the new password would be set in the database server"


def obstacle(secret: AppSecret, network: Network) -> str:
    """Return why ``secret`` cannot be rotated; empty where it can."""
    if secret.generator == "databaseUrl":
        return f"it is made of {password_of(secret.name)}: rotate that"
    if secret.opens_database and isinstance(network, ExistingNetwork) and "jobs" not in network.subnets:
        return WITHOUT_JOBS
    if secret.fixed:
        return secret.fixed
    if secret.generator == "key32" and secret.rotation:  # it encrypts nothing: the catalogue says what a new one means
        return ""
    return _REASONS.get(secret.generator, "")


def effect(secret: AppSecret) -> str:
    """Return what a rotation of ``secret`` means for those who use it."""
    return DATABASE_EFFECT if secret.opens_database else secret.rotation or UNKNOWN_EFFECT


def users(secret: PlatformSecret) -> list[str]:
    """Return the applications that work with ``secret``; that of a database may be read in its connection string."""
    owner = [secret.owner] if secret.opens_database and secret.owner else []
    return list(dict.fromkeys((*secret.readers, *owner)))


def password_of(url_secret: str) -> str:
    """Return the name of the password in a connection string."""
    return url_secret.removesuffix("urlKeyVault") + "passwordKeyVault"


def impossible(secrets: Sequence[PlatformSecret], rotations: Mapping[str, int], network: Network) -> list[Issue]:
    """Return an issue for each count of a secret that does not exist, or must not change."""
    allowed = [secret.name for secret in secrets if not obstacle(secret, network)]
    known = {secret.name: secret for secret in secrets}
    issues = []
    for name in rotations:
        if name not in known:
            message = "the stack has no secret of that name"
        elif not (message := obstacle(known[name], network)):
            continue
        example = f"{nearest(name, allowed) or (allowed[0] if allowed else '')}: 1"
        issues.append(Issue((*PATH, name), message, name, ", ".join(allowed), example))
    return issues


def counted(
    secrets: Sequence[PlatformSecret], rotations: Mapping[str, int], apps: Sequence[App]
) -> tuple[PlatformSecret, ...]:
    """Return the secrets with their counts; a connection string has that of its password."""
    counts = dict(rotations)
    for database in (database for app in apps for database in app.databases):
        if database.rotations is not None:
            counts[database.url_secret] = database.rotations
    return tuple(replace(secret, rotations=counts.get(secret.name)) for secret in secrets)
