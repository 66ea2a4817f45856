"""Images of the local Azure's registries: they come in by import, and their content is their digest alone.

A source outside the local Azure is taken to have every image. What a fault ``source:WHAT`` names, a repository or a
digest, is missing there.
"""

from __future__ import annotations

from emulator import pulls
from emulator.errors import Refusal
from emulator.ids import arm_name
from emulator.store import Store

SOURCE = "source:"
"""Beginning of a fault that names what a source does not have."""


def import_image(store: Store, registry_id: str, *, source: str, image: str, repository: str, tag: str) -> None:
    """Import ``image`` (``repository@sha256:…``) as ``repository:tag`` ("Registries - Import Image", mode NoForce).

    Args:
        store: the local Azure.
        registry_id: ARM id of the registry that gets it.
        source: host name or ARM id of the registry that has it.
        image: repository and digest there.
        repository: repository in the registry that gets it.
        tag: tag there.

    Raises:
        Refusal: there is no such registry, the tag is taken, or the source does not have the image or lets none out.
    """
    with store.change():
        if store.get(registry_id) is None:
            raise Refusal("ResourceNotFound", f"The Resource '{registry_id}' was not found", status="NOT_FOUND")
        if f"{repository}:{tag}" in store.images(registry_id):
            raise Refusal("Conflict", f"Tag {repository}:{tag} already exists in target registry.")
        _refuse_source(store, source, image)
        digest = image.partition("@")[2]
        store.add_image(registry_id, repository, tag, digest)


def _refuse_source(store: Store, source: str, image: str) -> None:
    """Refuse what the source does not have or does not let out.

    A registry whose export policy is off lets nothing be imported from it (Microsoft Learn: "Disable export of
    artifacts from an Azure container registry").
    """
    registry = store.get(source) if source.startswith("/") else None
    if registry is not None and registry.value("policies.exportPolicy.status") == "disabled":
        raise Refusal("Forbidden", f"exporting artifacts from {registry.name} is disabled (policies.exportPolicy)")
    missing = any(what.startswith(SOURCE) and what.removeprefix(SOURCE) in image for what in store.faults())
    if missing or (registry is not None and image not in pulls.digests(store, source)):
        where = arm_name(source) if registry is not None else source
        raise Refusal("ManifestUnknown", f"manifest unknown: {where} has no {image}", status="NOT_FOUND")
