"""Verification of a release: against this checkout, against its stacks, against the registries that have its images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from database.sql import IMAGE, TAG
from policies.digest import digest
from promotion.release.draft import pinned_versions
from promotion.release.registry import Forged, Missing, Registry, RegistryError
from promotion.release.signatures import ImageSignature, find_signatures
from settings import SettingsError, load
from settings.release import Release
from settings.release_image import KeylessSignature, KeySignature, ReleaseImage, Sbom
from stacks.release_compatibility import needs_newer_program
from support.checkout import VERSION

SBOM_TYPES = {
    "spdx": ("application/spdx+json", "text/spdx+json", "text/spdx", "application/spdx"),
    "cyclonedx": ("application/vnd.cyclonedx+json", "application/vnd.cyclonedx+xml", "application/vnd.cyclonedx"),
}
"""Format → media types under which tools attach it."""


class CheckResult(StrEnum):
    """The result of a check."""

    RIGHT = "right"
    WRONG = "wrong"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True)
class Check:
    """One check of a release, with its result."""

    what: str
    """``hash``, ``policy pack``, ``components``, ``installer``, ``stack``, ``image``, ``signature``, ``sbom`` or
    ``job``."""
    about: str
    """Which one: the stack, or registry and repository; empty where there is one only."""
    verdict: CheckResult
    reason: str
    """What the check saw; for ``not checked``, why it could not be made."""

    def __str__(self) -> str:
        return f"{self.verdict:<12}{self.what}{f' {self.about}' if self.about else ''}: {self.reason}"

    def document(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)


def right(what: str, about: str, reason: str) -> Check:
    """Return a check that passed."""
    return Check(what, about, CheckResult.RIGHT, reason)


def wrong(what: str, about: str, reason: str) -> Check:
    """Return a check that failed."""
    return Check(what, about, CheckResult.WRONG, reason)


def not_checked(what: str, about: str, reason: str) -> Check:
    """Return a check that could not be made."""
    return Check(what, about, CheckResult.NOT_CHECKED, reason)


def verify_release(root: Path, release: Release, registries: Sequence[str], expected: str | None) -> list[Check]:
    """Run every check; the images are looked up in ``registries``, or in those of the stacks if there are none."""
    return [
        *_check_hash(release, expected),
        *_check_checkout(root, release),
        *_check_stacks(root, release),
        *_check_images(root, release, registries),
        _check_job(release),
    ]


def _check_hash(release: Release, expected: str | None) -> list[Check]:
    if expected is None:
        return [not_checked("hash", "", f"{release.hash}; pass --hash to compare it")]
    if expected.removeprefix("sha256:") == release.hash.removeprefix("sha256:"):
        return [right("hash", "", release.hash)]
    return [wrong("hash", "", f"{release.hash}, and {expected} was expected: the manifest is another one")]


def _check_checkout(root: Path, release: Release) -> list[Check]:
    """Compare what the release was made with to this checkout."""
    rules, pinned = digest(root), pinned_versions(root)
    names = sorted({*pinned, *release.components})
    differing = [
        f"{name} {release.components.get(name, 'unnamed')}, here {pinned.get(name, 'unpinned')}"
        for name in names
        if pinned.get(name) != release.components.get(name)
    ]
    return [
        right("policy pack", "", f"{rules} is that of this checkout")
        if release.policy_pack == rules
        else wrong("policy pack", "", f"made with {release.policy_pack}, this checkout has {rules}"),
        wrong("components", "", "; ".join(differing))
        if differing
        else right("components", "", f"all {len(names)} are those of this checkout"),
        wrong("installer", "", f"it asks for {release.installer}, this is {VERSION}")
        if needs_newer_program(release)
        else right("installer", "", f"{release.installer} or newer, this is {VERSION}"),
    ]


def _check_stacks(root: Path, release: Release) -> list[Check]:
    """Check for each stack that this release has the image of every application."""
    checks = []
    for stack in load.stacks(root):
        try:
            settings = load.stack(root, stack, release.id)
        except SettingsError as error:
            checks.append(_check_unreadable_stack(stack, release, error))
            continue
        checks.append(right("stack", stack, f"{len(settings.apps)} applications have their images"))
    return checks


def _check_unreadable_stack(stack: str, release: Release, error: SettingsError) -> Check:
    """Tell images that this release lacks from problems of the stack's own file."""
    lacking = [problem.message for problem in error.problems if f"release {release.id} has no image" in problem.message]
    if lacking:
        return wrong("stack", stack, "; ".join(lacking))
    return not_checked("stack", stack, f"its file has {len(error.problems)} problem(s) of its own")


def _check_images(root: Path, release: Release, registries: Sequence[str]) -> list[Check]:
    hosts = list(dict.fromkeys(registries))
    if not hosts and release.example:
        return [not_checked("image", name, "its digest is made up (example: true)") for name in release.images]
    hosts = hosts or _registries_of_stacks(root)
    if not hosts:
        return [not_checked("image", name, "no stack names a registry; pass --registry") for name in release.images]
    return [
        check
        for registry in map(Registry, hosts)
        for name, image in release.images.items()
        for check in check_image(registry, name, image)
    ]


def _check_job(release: Release) -> Check:
    """Check that the image of the databases' job is pinned, and exists: it is pulled from Microsoft's registry."""
    image, (host, _, repository) = release.database.job, IMAGE.partition("/")
    if image is None:
        return not_checked(
            "job", IMAGE, f"it is pulled by the tag {TAG}, which moves; `release new --job-image` pins it"
        )
    pinned = ReleaseImage(version=image.version, digest=image.digest)
    return _check_or_reason("job", IMAGE, lambda: _check_existence(Registry(host), repository, pinned, IMAGE))


def _registries_of_stacks(root: Path) -> list[str]:
    """Return the registries of the stacks whose files can be read."""
    hosts: dict[str, None] = {}
    for stack in load.stacks(root):
        try:
            settings = load.stack(root, stack)
        except SettingsError:
            continue
        hosts[f"{settings.names.of('registry')}.azurecr.io"] = None
    return list(hosts)


def check_image(registry: Registry, repository: str, image: ReleaseImage) -> list[Check]:
    """Check one image in one registry: it exists, its signature is right, and its SBOM is there."""
    about = f"{registry.host}/{repository}"
    exists = _check_or_reason("image", about, lambda: _check_existence(registry, repository, image, about))
    if exists.verdict is CheckResult.RIGHT:
        return [
            exists,
            _check_or_reason("signature", about, lambda: _check_signature(registry, repository, image, about)),
            _check_or_reason("sbom", about, lambda: _check_sbom(registry, repository, image, about)),
        ]
    reason = "the image is not there" if exists.verdict is CheckResult.WRONG else exists.reason
    return [exists, *(not_checked(what, about, reason) for what in ("signature", "sbom"))]


def _check_or_reason(what: str, about: str, check: Callable[[], Check]) -> Check:
    """Run a check; a registry that cannot be reached makes it ``not checked``."""
    try:
        return check()
    except (Forged, Missing) as error:
        return wrong(what, about, str(error))
    except RegistryError as error:
        return not_checked(what, about, str(error))


def _check_existence(registry: Registry, repository: str, image: ReleaseImage, about: str) -> Check:
    try:
        registry.manifest(repository, image.digest)
    except Missing:
        return wrong("image", about, f"there is no manifest {image.digest}")
    return right("image", about, f"{image.version} is there as {image.digest}")


def _check_signature(registry: Registry, repository: str, image: ReleaseImage, about: str) -> Check:
    required = image.signature
    if required is None:
        return not_checked("signature", about, "the manifest does not say who must have signed it")
    signatures = find_signatures(registry, repository, image.digest)
    if not signatures:
        return wrong("signature", about, "the image is not signed")
    signatures = [signature for signature in signatures if signature.subject == image.digest]
    if not signatures:
        return wrong("signature", about, "the signatures beside it are about another image")
    if isinstance(required, KeySignature):
        return _check_key(required, signatures, about)
    return _check_certificates(required, signatures, about)


def _check_key(required: KeySignature, signatures: list[ImageSignature], about: str) -> Check:
    try:
        if any(signature.is_made_with(required.key) for signature in signatures):
            return right("signature", about, "verified with the key of the manifest")
    except ValueError as error:
        return wrong("signature", about, f"the key of the manifest cannot be used: {error}")
    return wrong("signature", about, "no signature was made with the key of the manifest")


def _check_certificates(required: KeylessSignature, signatures: list[ImageSignature], about: str) -> Check:
    """Compare the signer in the certificates. Not verified: that Fulcio issued them and Rekor logged them."""
    signers = []
    for signature in signatures:
        try:
            signer = signature.signer()
        except ValueError:
            continue
        if signer is None:
            signers.append("a certificate of another")
        elif required.identity in signer.identities and signer.issuer == required.issuer:
            reason = (
                f"signed by {required.identity}, as a certificate says that names {signer.issuer}; that Fulcio issued "
                "it and Rekor logged it is not verified: `cosign verify` does"
            )
            return not_checked("signature", about, reason)
        else:
            signers.append(f"{', '.join(signer.identities) or 'nobody'} ({signer.issuer or 'no issuer'})")
    return wrong("signature", about, f"signed by {'; '.join(signers)}" if signers else "no signature has a certificate")


def _check_sbom(registry: Registry, repository: str, image: ReleaseImage, about: str) -> Check:
    required = image.sbom
    if required is None:
        return not_checked("sbom", about, "the manifest names none")
    try:
        manifest = registry.manifest(repository, required.digest)
    except Missing:
        return wrong("sbom", about, f"there is no manifest {required.digest}")
    if not _refers_to_image(registry, repository, image, required, manifest.get("subject")):
        return wrong("sbom", about, f"{required.digest} does not refer to the image")
    layers = [layer.get("mediaType") for layer in manifest.get("layers") or () if isinstance(layer, dict)]
    types = [manifest.get("artifactType"), *layers]
    if not any(str(kind).startswith(SBOM_TYPES[required.format]) for kind in types):
        named = ", ".join(sorted({str(kind) for kind in types if kind}))
        return wrong("sbom", about, f"it is no {required.format} document: {named}")
    return right("sbom", about, f"{required.format} document {required.digest} refers to the image")


def _refers_to_image(registry: Registry, repository: str, image: ReleaseImage, sbom: Sbom, subject: object) -> bool:
    """Return whether the SBOM names the image as its subject, or has the tag that ``cosign attach sbom`` gives it."""
    if isinstance(subject, dict) and subject.get("digest") == image.digest:
        return True
    try:
        return registry.digest_of(repository, f"{image.digest.replace(':', '-')}.sbom") == sbom.digest
    except Missing:
        return False
