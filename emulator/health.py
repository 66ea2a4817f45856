"""Health of applications, emulated since nothing runs here: each is healthy that can pull its image and is not broken.

A site or slot answers like a healthy application until a fault names it: its own name (``app-x``, ``app-x/staging``)
or a part of the image that it would run, such as a digest or a repository. A fault of an image follows the image,
through swaps and into other sites; one of a site or slot stays there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from emulator import pulls
from emulator.store import Store
from emulator.stored_object import StoredObject
from emulator.values import plain

APPS = ("Microsoft.Web/sites", "Microsoft.Web/sites/slots")
"""ARM types of sites and slots."""

WHAT = re.compile(r"[\w./:@-]+")
"""What a fault may name."""

UP = json.dumps({"status": "UP", "emulated": True})
"""Body of a healthy application's answer."""


def probe(store: Store, site_id: str) -> tuple[int, str]:
    """Return status and body of the answer of a site or slot to its health path."""
    stored = store.object(site_id)
    if stored is None:
        return 404, f"emulated: {site_id} does not exist"
    if plain(stored.inputs.get("enabled")) is False:
        return 403, "emulated: the app is stopped"  # what App Service's front ends answer then
    if problem := pulls.failure(store, stored):
        return 503, problem
    hit = next((what for what in store.faults() if applies(what, stored)), None)
    if hit is not None:
        return 503, json.dumps({"status": "DOWN", "emulated": True, "broken": hit})
    return 200, UP


def applies(what: str, stored: StoredObject) -> bool:
    """Return whether a fault applies to a site or slot: by its name, its id, or its image."""
    if what.lower() in {name(stored).lower(), stored.key}:
        return True
    return re.search(rf"(?<![\w.-]){re.escape(what)}(?![\w.-])", pulls.image(stored)) is not None


def name(stored: StoredObject) -> str:
    """Return the name of a site or slot as faults have it: ``app-x``, ``app-x/staging``."""
    site, _, slot = stored.id.partition("/slots/")
    return "/".join(filter(None, (site.rsplit("/", 1)[-1], slot)))


def apps(store: Store) -> Iterable[StoredObject]:
    """Yield every site and slot."""
    for arm_type in APPS:
        yield from store.objects(arm_type)


def faults(store: Store) -> list[dict[str, Any]]:
    """Return ``what`` is broken, ``since`` when (nanoseconds since 1970), and the sites and slots it ``hits`` now."""
    sites_and_slots = list(apps(store))
    return [
        {"what": what, "since": since, "hits": sorted(name(one) for one in sites_and_slots if applies(what, one))}
        for what, since in store.faults().items()
    ]
