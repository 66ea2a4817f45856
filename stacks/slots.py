"""The staging slots of a stack: the applications with their sites and slots in its state, and a swap done in the state.

A swap is written into the state instead of read back by a refresh, so that no other change in Azure gets into it. The
azure-native provider compares with the inputs that the state holds (since version 3 the engine sends them along), so a
state whose inputs and outputs were exchanged as Azure did it shows no change in the next preview.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.slots import Sticky, exchanged
from settings import PlatformSettings

STACK = "pulumi:pulumi:Stack"
RELEASE = "release"
"""Stack output that names the releases in production and in the slots."""

_CONFIG = "siteConfig"


@dataclass(frozen=True, kw_only=True)
class DeployedApp:
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
    slot_stopped: bool = False
    """Whether the slot runs only during a release."""


def deployed_apps(deployment: Mapping[str, Any], settings: PlatformSettings) -> list[DeployedApp]:
    """Return the applications of ``settings`` that have a site in the state, in the settings' order.

    Args:
        deployment: ``deployment`` of an exported state.
        settings: the stack's settings; a site is found by the name that they give it.
    """
    sites = {entry["inputs"].get("name"): entry for entry in _web_resources(deployment, "WebApp")}
    slots = {entry["inputs"].get("name"): entry for entry in _web_resources(deployment, "WebAppSlot")}
    apps = []
    for app in settings.apps:
        name = settings.names.of("web_app", app.key)
        site, slot = sites.get(name), slots.get(name)
        if site is None:
            continue
        apps.append(
            DeployedApp(
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
                slot_stopped=slot is not None and slot["inputs"].get("enabled") is False,
            )
        )
    return apps


def release_output(deployment: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the stack output ``release``; None where the state has none, being older or empty."""
    return stack_output(deployment, RELEASE)


def stack_output(deployment: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """Return a stack output that is a mapping; None where the state has none of that name."""
    stack = next((entry for entry in deployment.get("resources") or () if entry["type"] == STACK), None)
    output = (stack or {}).get("outputs", {}).get(name)
    return output if isinstance(output, dict) else None


def image_reference(image: str) -> str:
    """Return the image reference in a ``linuxFxVersion``."""
    return image.removeprefix("DOCKER|")


def same_image(image: str, reference: str) -> bool:
    """Return whether a site's image is the named one: registries may differ, repository and digest may not."""
    actual, wanted = image_reference(image), image_reference(reference)
    return actual == wanted or actual.endswith(f"/{wanted}")


def swap_in_state(
    deployment: Mapping[str, Any], apps: Iterable[DeployedApp], release: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return a copy of the deployment as it is after the slots of ``apps`` were swapped.

    Encrypted values are moved whole. A second swap restores the original.

    Args:
        deployment: ``deployment`` of an exported state.
        apps: the applications that were swapped.
        release: new value of the stack output ``release``; None leaves it.

    Raises:
        ValueError: a part of a configuration is encrypted as a whole, and some of its entries stay with their slot.
    """
    swapped = copy.deepcopy(dict(deployment))
    by_urn = {entry["urn"]: entry for entry in swapped.get("resources") or () if not entry.get("delete")}
    for app in apps:
        if app.slot_urn is None:
            continue
        site, slot = by_urn[app.site_urn], by_urn[app.slot_urn]
        sticky = Sticky.of(_sticky_names(swapped, app))
        for part in ("inputs", "outputs"):
            one, two = site.get(part) or {}, slot.get(part) or {}
            if isinstance(one.get(_CONFIG), dict) and isinstance(two.get(_CONFIG), dict):
                one[_CONFIG], two[_CONFIG] = exchanged(one[_CONFIG], two[_CONFIG], sticky)
    if release is not None:
        for entry in swapped.get("resources") or ():
            if entry["type"] == STACK:
                entry["outputs"] = {**(entry.get("outputs") or {}), RELEASE: dict(release)}
    return swapped


def _web_resources(deployment: Mapping[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    """Yield the live resources of one type of azure-native's ``web``, whatever API version their token names."""
    for entry in deployment.get("resources") or ():
        package, _, name = entry["type"].rpartition(":")
        if name == kind and package.split("/")[0] == "azure-native:web" and not entry.get("delete"):
            yield entry


def _sticky_names(deployment: Mapping[str, Any], app: DeployedApp) -> Mapping[str, Any] | None:
    """Return the inputs of the object that lists which settings stay with the slots of an application."""
    wanted = f"{app.site_id}/config/slotConfigNames".lower()
    for entry in _web_resources(deployment, "WebAppSlotConfigurationNames"):
        if str(entry.get("id", "")).lower() == wanted:
            return entry["inputs"]
    return None


def _host(entry: Mapping[str, Any]) -> str:
    return str((entry.get("outputs") or {}).get("defaultHostName") or "")


def _image(entry: Mapping[str, Any]) -> str:
    config = entry["inputs"].get("siteConfig")
    image = config.get("linuxFxVersion") if isinstance(config, dict) else None
    return image if isinstance(image, str) else ""
