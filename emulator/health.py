"""Whether an application answers: emulated, since nothing runs here. What was broken on purpose does not.

A site or slot answers like a healthy application until a fault names it: its own name (``app-x``, ``app-x/staging``),
or a part of the image that it would run, such as a digest or a repository. A fault of an image follows the image,
through swaps and into other sites; one of a site stays with the place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from emulator.record import Record
from emulator.store import Store
from emulator.values import plain
from emulator.world import dig

APPS = ("Microsoft.Web/sites", "Microsoft.Web/sites/slots")
"""ARM types that answer."""

WHAT = re.compile(r"[\w./:@-]+")
"""What a fault may look like."""

UP = json.dumps({"status": "UP", "emulated": True})
"""What a healthy application answers here."""


def probe(store: Store, site_id: str) -> tuple[int, str]:
    """Return status and body that the site or slot with this id answers to its health path."""
    record = store.record(site_id)
    if record is None:
        return 404, f"emulated: {site_id} does not exist"
    if plain(record.inputs.get("enabled")) is False:
        return 403, "emulated: the app is stopped"  # what App Service's front ends answer then
    hit = next((what for what in store.faults() if applies(what, record)), None)
    if hit is not None:
        return 503, json.dumps({"status": "DOWN", "emulated": True, "broken": hit})
    return 200, UP


def applies(what: str, record: Record) -> bool:
    """Whether a fault concerns a site or slot: by its name, its id, or its image."""
    if what.lower() in {name(record).lower(), record.key}:
        return True
    return re.search(rf"(?<![\w.-]){re.escape(what)}(?![\w.-])", image(record)) is not None


def image(record: Record) -> str:
    """Return the image that a site or slot would run, without ``DOCKER|``; empty if it has none."""
    return str(plain(dig(plain(record.inputs), "siteConfig.linuxFxVersion")) or "").removeprefix("DOCKER|")


def name(record: Record) -> str:
    """Return how a fault names a place: ``app-x`` for production, ``app-x/staging`` for the slot."""
    site, _, slot = record.id.partition("/slots/")
    return "/".join(filter(None, (site.rsplit("/", 1)[-1], slot)))


def apps(store: Store) -> Iterable[Record]:
    """Yield every site and slot."""
    for arm_type in APPS:
        yield from store.records(arm_type)


def faults(store: Store) -> list[dict[str, Any]]:
    """Return ``what`` is broken, ``since`` when (nanoseconds since 1970), and the sites and slots it ``hits`` now."""
    places = list(apps(store))
    return [
        {"what": what, "since": since, "hits": sorted(name(one) for one in places if applies(what, one))}
        for what, since in store.faults().items()
    ]
