"""What an app needs, read from its own settings: services it connects to, secrets it is given."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from topology import arm
from topology.access import identities_of
from topology.model import Resource, entries, get, strings, text
from topology.network import Topology
from topology.services import Service, services

ALWAYS = ("postgres", "redis")
"""Kinds whose address may stand in a secret only, where nobody here can read it: every app is taken to need them."""

REFERENCE = re.compile(
    r"@Microsoft\.KeyVault\((?:SecretUri=https://(?P<host>[\w-]+)\.vault\.azure\.net/secrets/(?P<uri>[\w-]+)"
    r"|VaultName=(?P<vault>[\w-]+);\s*SecretName=(?P<name>[\w-]+))",
    re.IGNORECASE,
)
"""How an app setting takes its value from a vault (Microsoft Learn: "Use Key Vault references")."""


@dataclass(frozen=True)
class Need:
    """An app and one side of a service that it connects to."""

    app: Service
    service: Service
    group: str


def of(topology: Topology) -> Iterator[Need]:
    """Every need of every app and slot."""
    every = services(topology)
    for app in every:
        if app.kind.word in {"app", "slot"}:
            for service in every:
                if service.id != app.id and service.target_id != app.target_id:
                    yield from (Need(app, service, group) for group in _groups(app.resource, service))


def _groups(app: Resource, service: Service) -> list[str]:
    """Sides of ``service`` that ``app`` names: by host name, as a mounted share, as the vault of a secret."""
    if not service.faces:
        # A service of ours that has no name yet is needed by somebody; which side of it, nobody can say.
        return [""] if service.kind.word in {*ALWAYS, "vault"} and service.kind.named else []
    if service.kind.word in ALWAYS:
        return [service.faces[0].group]
    said = [value.lower() for _, value in strings(get(app.props, "siteConfig"))]
    found = [face.group for face in service.faces if any(face.host in value for value in said)]
    if service.kind.word == "storage" and service.name.lower() in _mounts(app):
        found.append("file")
    return list(dict.fromkeys(found))


def _mounts(app: Resource) -> set[str]:
    mounts = get(app.props, "siteConfig.azureStorageAccounts")
    values = mounts.values() if isinstance(mounts, Mapping) else ()
    return {name.lower() for mount in values if isinstance(mount, Mapping) and (name := text(mount, "accountName"))}


def secret_owners(topology: Topology) -> dict[str, frozenset[str]]:
    """Id key of each secret that an app refers to → keys of the identities that need it."""
    vaults = {
        (text(vault.props, "vaultName") or vault.name).lower(): topology.id_of(vault)
        for vault in topology.of("keyvault:Vault")
    }
    found: dict[str, set[str]] = defaultdict(set)
    for site in topology.of("web:WebApp", "web:WebAppSlot"):
        keys = {identity.urn for identity in identities_of(topology, site)}
        for setting in entries(site.props, "siteConfig.appSettings"):
            match = REFERENCE.search(text(setting, "value") or "")
            vault_id = vaults.get((match["host"] or match["vault"]).lower()) if match else None
            if match and vault_id:
                found[arm.key(f"{vault_id}/secrets/{match['uri'] or match['name']}")] |= keys
    return {secret: frozenset(keys) for secret, keys in found.items()}


def secret_ids(topology: Topology) -> set[str]:
    """Id keys of all secrets: those that are resources, and those that only a right speaks of."""
    made = {arm.key(topology.id_of(secret)) for secret in topology.of("keyvault:Secret")}
    spoken = {arm.key(grant.scope) for grant in topology.access.grants if "/secrets/" in grant.scope.lower()}
    return made | spoken
