"""Whether a site or slot could pull its image; Azure accepts one that cannot, and its container never starts.

Only a registry that the local Azure has is judged: what others hold, and whom they let in, is not known here.
"""

from __future__ import annotations

from emulator.store import Store
from emulator.stored_object import StoredObject
from emulator.values import plain
from emulator.world import ObjectView, World, dig

REGISTRY = "Microsoft.ContainerRegistry/registries"
HOST = ".azurecr.io"

FAILURE = "ImagePullFailure"
"""App Service's word for it."""


def image(stored: StoredObject) -> str:
    """Return the image that a site or slot would run, without ``DOCKER|``; empty if it has none."""
    return str(plain(dig(plain(stored.inputs), "siteConfig.linuxFxVersion")) or "").removeprefix("DOCKER|")


def registry_of(world: World, reference: str) -> tuple[ObjectView | None, str]:
    """Return the registry that an image is in, None if the local Azure has none of that host, and its name there."""
    host, _, name = reference.partition("/")
    return (world.by_global_name(REGISTRY, host.removesuffix(HOST)) if host.endswith(HOST) else None), name


def failure(store: Store, stored: StoredObject) -> str:
    """Return why the image of a site or slot cannot be pulled, in Azure's words; empty if it can."""
    registry, name = registry_of(store, image(stored))
    if registry is None:
        return ""
    problem = _tokens(registry, stored) or _missing(store, registry, name)
    return f"{FAILURE}: {problem}" if problem else ""


def digests(store: Store, registry_id: str) -> frozenset[str]:
    """Return what a registry has: ``repository@digest``, and ``repository:tag``."""
    images = store.images(registry_id)
    return frozenset(images) | {f"{name.rpartition(':')[0]}@{digest}" for name, digest in images.items()}


def _missing(store: Store, registry: ObjectView, name: str) -> str:
    if name in digests(store, registry.id):
        return ""
    return f"manifest unknown: {registry.name} has no {name}; `./fabrix images list STACK` says what is missing"


def _tokens(registry: ObjectView, stored: StoredObject) -> str:
    """Refuse the token of a managed identity where the registry accepts none for Azure Resource Manager.

    Source: Microsoft Learn, "Configure a custom container for Azure App Service" (managed identity and registry).
    """
    managed = plain(dig(plain(stored.inputs), "siteConfig.acrUseManagedIdentityCreds")) is True
    if managed and registry.value("policies.azureADAuthenticationAsArmPolicy.status") == "disabled":
        return (
            f"UNAUTHORIZED: token validation failed; {registry.name} refuses tokens for Azure Resource Manager, which "
            "App Service pulls with: set policies.azureADAuthenticationAsArmPolicy.status to enabled"
        )
    return ""
