"""Which release a stack runs: what its state says, confirmed by the images of its sites and by the manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stacks.slots import deployed_apps, image_reference, release_output, same_image
from support.checkout import ROOT

if TYPE_CHECKING:
    from settings import PlatformSettings
    from settings.applications import App
    from settings.release import Release


@dataclass(frozen=True, kw_only=True)
class RunningRelease:
    """The release that production runs, as far as the state knows."""

    id: str
    """Empty where the state names none."""
    hash: str
    """``sha256:…`` of the manifest that was deployed; empty where the state names none."""
    problems: list[str] = field(default_factory=list)
    """What contradicts it, each with what to do; empty where nothing does."""


def running_release(deployment: Mapping[str, Any], settings: PlatformSettings) -> RunningRelease:
    """Say what runs, by the state's output ``release``.

    Args:
        deployment: ``deployment`` of an exported state.
        settings: the stack's settings, for its applications and their names.
    """
    said = (release_output(deployment) or {}).get("running") or {}
    found = RunningRelease(id=str(said.get("id") or ""), hash=str(said.get("hash") or ""))
    if not found.id:
        why = "its state names no release: not deployed, or by a program that wrote none down; `up` writes it"
        return RunningRelease(id="", hash="", problems=[why])
    problems = list(_problems(deployment, settings, found))
    return RunningRelease(id=found.id, hash=found.hash, problems=problems)


def _problems(deployment: Mapping[str, Any], settings: PlatformSettings, found: RunningRelease) -> Iterator[str]:
    from settings import SettingsError, manifest

    try:
        release = manifest.load(ROOT, found.id)
    except SettingsError as error:
        yield f"release {found.id} runs, but its manifest cannot be read: {error}"
        return
    if release.hash != found.hash:
        yield (
            f"{manifest.file_of(found.id)} is not what was deployed: its hash is {release.hash}, deployed was "
            f"{found.hash}. A release that was deployed does not change; give what is new an id of its own"
        )
    for site in deployed_apps(deployment, settings):
        expected = _reference(settings.app(site.key), settings, release)
        if expected and not same_image(site.image, expected):
            stack = site.site_urn.split("::", 1)[0].removeprefix("urn:pulumi:")
            yield (
                f"{site.key} has {image_reference(site.image) or 'no image'}, release {release.id} has {expected}: "
                f"`./fabrix drift {stack}` says who changed what, `./fabrix up {stack} --refresh` puts it right"
            )


def _reference(app: App, settings: PlatformSettings, release: Release) -> str | None:
    """Return the image that an application has at a release; None where the stack file pins one beside the release."""
    ours = settings.release.images.get(app.image)
    if ours is None or app.digest != ours.digest:
        return None
    image = release.images.get(app.image)
    return f"{app.image}@{image.digest}" if image else None
