"""Which release a stack runs, by its state; confirmed by the images of its sites and by the manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from settings import PlatformSettings, SettingsError, manifest
from settings.applications import App
from settings.release import Release
from stacks.slots import deployed_apps, image_reference, release_output, same_image
from support.checkout import ROOT


@dataclass(frozen=True, kw_only=True)
class RunningRelease:
    """The release that production runs, as far as the state knows."""

    id: str
    """Empty where the state names none."""
    hash: str
    """``sha256:…`` of the manifest that was deployed; empty where the state names none."""
    problems: list[str] = field(default_factory=list)
    """Contradictions, each with what to do."""


def running_release(deployment: Mapping[str, Any], settings: PlatformSettings) -> RunningRelease:
    """Return the running release, by the state's output ``release``.

    Args:
        deployment: ``deployment`` of an exported state.
        settings: the stack's settings, for its applications and their names.
    """
    recorded = (release_output(deployment) or {}).get("running") or {}
    running = RunningRelease(id=str(recorded.get("id") or ""), hash=str(recorded.get("hash") or ""))
    if not running.id:
        problem = "its state names no release: not deployed, or by a program that did not record it; `up` records it"
        return RunningRelease(id="", hash="", problems=[problem])
    return replace(running, problems=list(_problems(deployment, settings, running)))


def _problems(deployment: Mapping[str, Any], settings: PlatformSettings, running: RunningRelease) -> Iterator[str]:
    try:
        release = manifest.load(ROOT, running.id)
    except SettingsError as error:
        yield f"release {running.id} runs, but its manifest cannot be read: {error}"
        return
    if release.hash != running.hash:
        yield (
            f"{manifest.file_of(running.id)} is not what was deployed: its hash is {release.hash}, deployed was "
            f"{running.hash}. A deployed release must not change; give the new content an id of its own"
        )
    for site in deployed_apps(deployment, settings):
        expected = _reference(settings.app(site.key), settings, release)
        if expected and not same_image(site.image, expected):
            stack = site.site_urn.split("::", 1)[0].removeprefix("urn:pulumi:")
            yield (
                f"{site.key} has {image_reference(site.image) or 'no image'}, release {release.id} has {expected}: "
                f"`./fabrix drift {stack}` shows who changed what, `./fabrix up {stack} --refresh` reverts it"
            )


def _reference(app: App, settings: PlatformSettings, release: Release) -> str | None:
    """Return the image of an application in a release; None if the stack file pins another one."""
    ours = settings.release.images.get(app.image)
    if ours is None or app.digest != ours.digest:
        return None
    image = release.images.get(app.image)
    return f"{app.image}@{image.digest}" if image else None
