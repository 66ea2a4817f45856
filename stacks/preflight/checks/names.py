"""Names that nobody else in Azure may have: taken by others, kept by something deleted, or this stack's own already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from settings import PlatformSettings
from settings.network import NewNetwork
from stacks.preflight.model import Finding, Level, Scene

VAULTS = "Microsoft.KeyVault/vaults"
SITES = "Microsoft.Web/sites"
STORAGE = "Microsoft.Storage/storageAccounts"


class Kind(NamedTuple):
    """How a provider is asked whether a name is free ("Check Name Availability" of each one's REST reference)."""

    part: str
    """Resource group that has the object."""
    version: str
    path: str = "checkNameAvailability"
    """Below the provider."""


KINDS = {
    VAULTS: Kind("security", "2023-07-01"),
    "Microsoft.ContainerRegistry/registries": Kind("data", "2023-07-01"),
    "Microsoft.DBforPostgreSQL/flexibleServers": Kind("data", "2024-08-01", "locations/{region}/checkNameAvailability"),
    STORAGE: Kind("data", "2024-01-01"),
    SITES: Kind("apps", "2024-11-01", "checknameavailability"),
}
"""ARM type whose names are unique in the cloud → the question. Azure Managed Redis has none."""
REDIS = "Microsoft.Cache/redisEnterprise"
REDIS_VERSION = "2025-07-01"


def global_names(settings: PlatformSettings) -> Iterator[tuple[str, str]]:
    """Yield type and name of everything that the stack creates under a name of the whole cloud or region."""
    names = settings.names
    yield VAULTS, names.of("key_vault")
    yield "Microsoft.ContainerRegistry/registries", names.of("registry")
    yield "Microsoft.DBforPostgreSQL/flexibleServers", names.of("postgres")
    yield REDIS, names.of("redis")
    flows = ("flows",) if isinstance(settings.network, NewNetwork) else ()
    own = (app.files.account for app in settings.apps if app.files)
    for part in dict.fromkeys(("data", "files", "audit", *flows, *own)):
        yield STORAGE, names.of("storage", part)
    for app in settings.apps:
        yield SITES, names.of("web_app", app.key)


def free_names(scene: Scene) -> Iterator[Finding]:
    """Yield each name that is neither free nor this stack's own, then how many are."""
    free = own = 0
    for arm_type, name in global_names(scene.settings):
        kind = KINDS.get(arm_type)
        there = scene.questions.get(
            scene.own_id(kind.part if kind else "data", arm_type, name), kind.version if kind else REDIS_VERSION
        )
        if there is not None:
            own += 1
            if (there.get("tags") or {}).get("managed-by") != "pulumi":
                yield Finding(
                    Level.WARN,
                    f"{name} exists in the stack's own resource group without the tags of this program",
                    "If no state has it, Azure refuses to create it: import it into the state, or delete it.",
                )
        elif kind is None:
            yield Finding(Level.WARN, f"{name}: Azure has no question for names of {arm_type}", "Nothing to do.")
        elif refusal := _taken(scene, kind, arm_type, name):
            yield refusal
        else:
            free += 1
    yield Finding(Level.PASS, f"{free} names are free, {own} exist already in this stack's resource groups")


def _taken(scene: Scene, kind: Kind, arm_type: str, name: str) -> Finding | None:
    namespace = arm_type.split("/", 1)[0]
    path = f"{scene.provider(namespace)}/{kind.path.format(region=scene.region)}"
    answer = scene.questions.ask(path, kind.version, {"name": name, "type": arm_type})
    if answer["nameAvailable"] or (arm_type == VAULTS and _deleted(scene, name)):
        return None  # a deleted vault has a check of its own
    fix = (
        "Another installation has it: change installation.serviceName or installation.instance."
        if arm_type != VAULTS
        else "Raise security.vaultGeneration by one: the next vault has another name."
    )
    return Finding(Level.FAIL, f"{name} is taken ({answer.get('message') or answer.get('reason')})", fix)


def _deleted(scene: Scene, name: str) -> bool:
    """Return whether the subscription has a deleted vault of that name."""
    path = f"{scene.located('Microsoft.KeyVault')}/deletedVaults/{name}"
    return scene.questions.get(path, KINDS[VAULTS].version) is not None


def deleted_vault(scene: Scene) -> Iterator[Finding]:
    """Yield whether a deleted vault keeps the name of the stack's vault."""
    name, recover = scene.settings.names.of("key_vault"), scene.settings.security.recover_deleted_vault
    if scene.questions.get(scene.own_id("security", VAULTS, name), KINDS[VAULTS].version) is not None:
        yield Finding(Level.PASS, f"{name} exists")
    elif _deleted(scene, name):
        known = Finding(Level.PASS, f"{name} is deleted and will be recovered, as security.recoverDeletedVault says")
        yield known if recover else Finding(Level.FAIL, f"{name} is deleted and keeps its name")
    elif recover:
        yield Finding(
            Level.FAIL, f"there is no deleted {name} to recover", "Remove security.recoverDeletedVault from the file."
        )
    else:
        yield Finding(Level.PASS, f"no deleted vault is named {name}")
