"""Verifying a release: against this checkout, against its stacks, against the registries that have its images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from promotion.release import images
from promotion.release.checked import Check, not_checked, right, wrong
from promotion.release.pins import components
from promotion.release.registry import Registry
from settings import SettingsError, load
from settings.release import Release
from stacks.fitness import too_new
from support.checkout import VERSION


def verify(root: Path, release: Release, registries: Sequence[str], expected: str | None) -> list[Check]:
    """Check everything; ``registries`` are looked into instead of those of the stacks, if there are any."""
    return [
        *_hash(release, expected),
        *_checkout(root, release),
        *_stacks(root, release),
        *_images(root, release, registries),
    ]


def _hash(release: Release, expected: str | None) -> list[Check]:
    if expected is None:
        return [not_checked("hash", "", f"{release.hash}; pass --hash to compare it")]
    if expected.removeprefix("sha256:") == release.hash.removeprefix("sha256:"):
        return [right("hash", "", release.hash)]
    return [wrong("hash", "", f"{release.hash}, and {expected} was expected: the manifest is another one")]


def _checkout(root: Path, release: Release) -> list[Check]:
    """Compare what the release was made with to this checkout."""
    from policies.digest import digest

    rules = digest(root)
    ours = components(root)
    found = [
        right("policy pack", "", f"{rules} is that of this checkout")
        if release.policy_pack == rules
        else wrong("policy pack", "", f"made with {release.policy_pack}, this checkout has {rules}")
    ]
    names = sorted({*ours, *release.components})
    differing = [
        f"{name} {release.components.get(name, 'unnamed')}, here {ours.get(name, 'unpinned')}"
        for name in names
        if ours.get(name) != release.components.get(name)
    ]
    found.append(
        wrong("components", "", "; ".join(differing))
        if differing
        else right("components", "", f"all {len(names)} are those of this checkout")
    )
    newer = too_new(release)
    return [
        *found,
        wrong("installer", "", f"it asks for {release.installer}, this is {VERSION}")
        if newer
        else right("installer", "", f"{release.installer} or newer, this is {VERSION}"),
    ]


def _stacks(root: Path, release: Release) -> list[Check]:
    """Ask of each stack whether every application has its image in this release."""
    found = []
    for stack in load.stacks(root):
        try:
            settings = load.stack(root, stack, release.id)
        except SettingsError as error:
            found.append(_broken(stack, release, error))
            continue
        found.append(right("stack", stack, f"{len(settings.apps)} applications have their images"))
    return found


def _broken(stack: str, release: Release, error: SettingsError) -> Check:
    """Tell what this release lacks from what is wrong in the stack's file."""
    lacking = [problem.message for problem in error.problems if f"release {release.id} has no image" in problem.message]
    if lacking:
        return wrong("stack", stack, "; ".join(lacking))
    return not_checked("stack", stack, f"its file has {len(error.problems)} problem(s) of its own")


def _images(root: Path, release: Release, registries: Sequence[str]) -> list[Check]:
    hosts = list(dict.fromkeys(registries))
    if not hosts and release.example:
        return [not_checked("image", name, "its digest is made up (example: true)") for name in release.images]
    hosts = hosts or _hosts(root)
    if not hosts:
        return [not_checked("image", name, "no stack names a registry; pass --registry") for name in release.images]
    opened = [Registry(host) for host in hosts]
    return [
        check
        for registry in opened
        for name, image in release.images.items()
        for check in images.checks(registry, name, image)
    ]


def _hosts(root: Path) -> list[str]:
    """Registries of the stacks whose files can be read."""
    found: dict[str, None] = {}
    for stack in load.stacks(root):
        try:
            settings = load.stack(root, stack)
        except SettingsError:
            continue
        found[f"{settings.names.of('registry')}.azurecr.io"] = None
    return list(found)
