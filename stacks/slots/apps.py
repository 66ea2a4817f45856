"""The applications of a stack with their sites and slots, as its state knows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from settings import PlatformSettings

STACK = "pulumi:pulumi:Stack"
RELEASE = "release"
"""Stack output that says which releases production and slots have."""


@dataclass(frozen=True, kw_only=True)
class SlotApp:
    """One application with its site, and its slot where the plan has slots."""

    key: str
    site_urn: str
    slot_urn: str | None
    site_id: str
    slot_id: str | None
    host: str
    """Host name of production."""
    slot_host: str | None
    health_path: str
    image: str
    """``linuxFxVersion`` of production in the state, ``DOCKER|…``."""
    slot_image: str | None
    """The same of the slot."""


def apps(deployment: Mapping[str, Any], settings: PlatformSettings) -> list[SlotApp]:
    """Return the applications of ``settings`` that the state has a site of, in the settings' order.

    Args:
        deployment: ``deployment`` of an exported state.
        settings: the stack's settings; a site is found by the name that they give it.
    """
    sites = {entry["inputs"].get("name"): entry for entry in of_kind(deployment, "WebApp")}
    slots = {entry["inputs"].get("name"): entry for entry in of_kind(deployment, "WebAppSlot")}
    found = []
    for app in settings.apps:
        name = settings.names.of("web_app", app.key)
        site, slot = sites.get(name), slots.get(name)
        if site is None:
            continue
        found.append(
            SlotApp(
                key=app.key,
                site_urn=site["urn"],
                slot_urn=slot["urn"] if slot else None,
                site_id=site["id"],
                slot_id=slot["id"] if slot else None,
                host=_host(site),
                slot_host=_host(slot) if slot else None,
                health_path=app.health_path,
                image=_image(site),
                slot_image=_image(slot) if slot else None,
            )
        )
    return found


def release_of(deployment: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the stack output ``release``; None where the state has none, being older or empty."""
    stack = next((entry for entry in deployment.get("resources") or () if entry["type"] == STACK), None)
    found = (stack or {}).get("outputs", {}).get(RELEASE)
    return found if isinstance(found, dict) else None


def of_kind(deployment: Mapping[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    """Yield the living resources of one type of azure-native's ``web``, whatever API version their token names."""
    for entry in deployment.get("resources") or ():
        package, _, name = entry["type"].rpartition(":")
        if name == kind and package.split("/")[0] == "azure-native:web" and not entry.get("delete"):
            yield entry


def reference_in(image: str) -> str:
    """Return the image reference in a ``linuxFxVersion``."""
    return image.removeprefix("DOCKER|")


def holds(image: str, reference: str) -> bool:
    """Whether a site's image is the one that is named: registries may differ, repository and digest may not."""
    actual, wanted = reference_in(image), reference_in(reference)
    return actual == wanted or actual.endswith(f"/{wanted}")


def _host(entry: Mapping[str, Any]) -> str:
    return str((entry.get("outputs") or {}).get("defaultHostName") or "")


def _image(entry: Mapping[str, Any]) -> str:
    config = entry["inputs"].get("siteConfig")
    found = config.get("linuxFxVersion") if isinstance(config, dict) else None
    return found if isinstance(found, str) else ""
