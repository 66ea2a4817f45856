"""Where the images of the release come from, and whether they can be imported from there."""

from __future__ import annotations

import os
from collections.abc import Iterator

from stacks.preflight.model import Finding, Level, Scene

REGISTRY_VERSION = "2023-07-01"


def images(scene: Scene) -> Iterator[Finding]:
    """Yield whether the source of the images is known, and can be asked for what it has."""
    source = scene.settings.image_source
    if source is None:
        yield Finding(Level.WARN, "the stack file names no source of images")
    elif source.registry.startswith("/"):
        registry = scene.questions.get(source.registry, REGISTRY_VERSION)
        if registry is None:
            yield Finding(Level.FAIL, f"{source.registry} does not exist, or cannot be read")
            return
        policies = (registry.get("properties") or {}).get("policies") or {}
        if (policies.get("exportPolicy") or {}).get("status") == "disabled":
            fix = "Enable the export policy of that registry, which takes public access, or use another source."
            yield Finding(Level.FAIL, f"{registry['name']} lets nobody import from it (its export policy is off)", fix)
        else:
            yield Finding(Level.PASS, f"{registry['name']} is there and lets images be imported")
    elif source.username and not os.environ.get(source.password_variable):
        fix = f"Set {source.password_variable} where `up` runs."
        filled = scene.questions.get(scene.settings.registry_id, REGISTRY_VERSION) is not None
        level = Level.WARN if filled else Level.FAIL  # without anything to import nobody asks for the password
        yield Finding(level, f"the password of {source.username} at {source.registry} is missing", fix)
    else:
        yield Finding(Level.WARN, f"whether {source.registry} has the images is known when Azure imports them")
