"""Whether a site or slot could pull its image; Azure accepts one that cannot, and its container never starts.

Only a registry that the local Azure has is judged: what others hold, and whom they let in, is not known here.
"""

from __future__ import annotations

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


def failure(world: World, stored: StoredObject) -> str:
    """Return why the image of a site or slot cannot be pulled, in Azure's words; empty if it can."""
    host, _, _ = image(stored).partition("/")
    registry = world.by_global_name(REGISTRY, host.removesuffix(HOST)) if host.endswith(HOST) else None
    if registry is None:
        return ""
    problem = _tokens(registry, stored)
    return f"{FAILURE}: {problem}" if problem else ""


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
