"""What an app needs, read from its own settings: services that it connects to, secrets that it reads."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from resources import arm
from resources.model import Graph, Resource
from resources.values import entries, get, strings, text
from topology.access import SITES, Access, identities_of
from topology.services import APPS, Service, services

ALWAYS = ("postgres", "redis")
"""Kinds whose address may be in a secret, which is not readable here: every app is assumed to need them."""

MOUNT_PORTS = (445, 80)
"""TCP ports that App Service needs to mount a share (Microsoft Learn, "Mount Azure Storage as a local share")."""

REFERENCE = re.compile(
    r"@Microsoft\.KeyVault\((?:SecretUri=https://(?P<host>[\w-]+)\.vault\.azure\.net/secrets/(?P<uri>[\w-]+)"
    r"|VaultName=(?P<vault>[\w-]+);\s*SecretName=(?P<name>[\w-]+))",
    re.IGNORECASE,
)
"""How an app setting takes its value from a vault (Microsoft Learn: "Use Key Vault references")."""


@dataclass(frozen=True)
class Need:
    """An app and the group of a service that it connects to."""

    app: Service
    service: Service
    group: str
    port: int | None = None
    """None: the usual one of the group."""


def needs_of(graph: Graph) -> Iterator[Need]:
    """Yield every need of every app and slot."""
    every = services(graph)
    for app in every:
        if app.kind.name in APPS:
            for service in every:
                if service.id != app.id and service.target_id != app.target_id:
                    yield from (Need(app, service, group) for group in _groups(app.resource, service))
                    if service.kind.name == "storage" and service.name.lower() in _mounts(app.resource):
                        yield from (Need(app, service, "file", port) for port in MOUNT_PORTS)


def _groups(app: Resource, service: Service) -> list[str]:
    """Return the groups of ``service`` whose host names are in the settings of ``app``."""
    if not service.host_names:
        # A service of ours whose name is unknown is needed by some app; which group of it is unknown as well.
        return [""] if service.kind.name in {*ALWAYS, "vault"} and service.kind.host_names else []
    if service.kind.name in ALWAYS:
        return [service.host_names[0].group]
    texts = [value.lower() for _, value in strings(get(app, "siteConfig"))]
    groups = [each.group for each in service.host_names if any(each.name in value for value in texts)]
    return list(dict.fromkeys(groups))


def _mounts(app: Resource) -> set[str]:
    mounts = get(app, "siteConfig.azureStorageAccounts")
    values = mounts.values() if isinstance(mounts, Mapping) else ()
    return {name.lower() for mount in values if isinstance(mount, Mapping) and (name := text(mount, "accountName"))}


def secret_owners(graph: Graph) -> dict[str, frozenset[str]]:
    """Return the keys of the identities that need each secret which an app refers to, by key of its id."""
    vaults = {
        (text(vault, "vaultName") or vault.name).lower(): graph.id_of(vault) for vault in graph.of("keyvault:Vault")
    }
    owners: dict[str, set[str]] = defaultdict(set)
    for site in graph.of(*SITES):
        keys = {identity.urn for identity in identities_of(graph, site)}
        for setting in entries(site, "siteConfig.appSettings"):
            match = REFERENCE.search(text(setting, "value") or "")
            vault_id = vaults.get((match["host"] or match["vault"]).lower()) if match else None
            if match and vault_id:
                owners[arm.key(f"{vault_id}/secrets/{match['uri'] or match['name']}")] |= keys
    return {secret: frozenset(keys) for secret, keys in owners.items()}


def secret_ids(graph: Graph, access: Access) -> set[str]:
    """Return the keys of the ids of all secrets: those that are resources, and those that only a right names."""
    made = {arm.key(graph.id_of(secret)) for secret in graph.of("keyvault:Secret")}
    named = {arm.key(grant.scope) for grant in access.grants if "/secrets/" in grant.scope.lower()}
    return made | named
