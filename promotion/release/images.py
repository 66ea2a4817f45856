"""Checks of one image in one registry: it exists, it is signed, its list of contents is there."""

from __future__ import annotations

from typing import Any

from promotion.release.checked import Check, not_checked, right, wrong
from promotion.release.registry import Forged, Missing, Registry, RegistryError, Unreachable
from promotion.release.signatures import Signed, find, verifies
from settings.release_image import KeylessSignature, KeySignature, ReleaseImage, Sbom

SBOM_TYPES = {
    "spdx": ("application/spdx+json", "text/spdx+json", "text/spdx", "application/spdx"),
    "cyclonedx": ("application/vnd.cyclonedx+json", "application/vnd.cyclonedx+xml", "application/vnd.cyclonedx"),
}
"""Format → media types under which tools attach it."""


def checks(registry: Registry, repository: str, image: ReleaseImage) -> list[Check]:
    """Check one image in one registry; what cannot be told says why."""
    about = f"{registry.host}/{repository}"
    try:
        registry.manifest(repository, image.digest)
    except Missing:
        found = wrong("image", about, f"there is no manifest {image.digest}")
    except Forged as error:
        found = wrong("image", about, str(error))
    except Unreachable as error:
        found = not_checked("image", about, str(error))
    else:
        return [
            right("image", about, f"{image.version} is there as {image.digest}"),
            _guarded("signature", about, lambda: _signature(registry, repository, image, about)),
            _guarded("sbom", about, lambda: _sbom(registry, repository, image, about)),
        ]
    reason = "the image is not there" if found.verdict == "wrong" else found.reason
    return [found, *(not_checked(what, about, reason) for what in ("signature", "sbom"))]


def _guarded(what: str, about: str, check: Any) -> Check:  # noqa: ANN401 - a function of nothing
    try:
        return check()
    except (Forged, Missing) as error:
        return wrong(what, about, str(error))
    except RegistryError as error:
        return not_checked(what, about, str(error))


def _signature(registry: Registry, repository: str, image: ReleaseImage, about: str) -> Check:
    asked = image.signature
    if asked is None:
        return not_checked("signature", about, "the manifest does not say who must have signed it")
    found = find(registry, repository, image.digest)
    ours = [signed for signed in found if signed.subject == image.digest]
    if not found:
        return wrong("signature", about, "the image is not signed")
    if not ours:
        return wrong("signature", about, "the signatures beside it are about another image")
    if isinstance(asked, KeySignature):
        return _by_key(asked, ours, about)
    return _keyless(asked, ours, about)


def _by_key(asked: KeySignature, found: list[Signed], about: str) -> Check:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(asked.key.encode())
        if any(verifies(signed, key) for signed in found):
            return right("signature", about, "verified with the key of the manifest")
    except (ValueError, UnsupportedAlgorithm) as error:
        return wrong("signature", about, f"the key of the manifest cannot be used: {error}")
    return wrong("signature", about, "no signature was made with the key of the manifest")


def _keyless(asked: KeylessSignature, found: list[Signed], about: str) -> Check:
    """Compare what the certificates say. That Fulcio issued them and Rekor logged them is not verified here."""
    from promotion.release import keyless

    said = []
    for signed in found:
        try:
            certificate = keyless.read(signed.certificate or b"")
            names, issuer = keyless.identities(certificate), keyless.issuer(certificate)
            made = verifies(signed, certificate.public_key())
        except ValueError:
            continue
        if made and asked.identity in names and issuer == asked.issuer:
            reason = (
                f"signed by {asked.identity}, as a certificate says that names {issuer}; that Fulcio issued it and "
                "Rekor logged it is not verified: `cosign verify` does"
            )
            return not_checked("signature", about, reason)
        said.append(f"{', '.join(names) or 'nobody'} ({issuer or 'no issuer'})" if made else "a certificate of another")
    return wrong("signature", about, f"signed by {'; '.join(said)}" if said else "no signature has a certificate")


def _sbom(registry: Registry, repository: str, image: ReleaseImage, about: str) -> Check:
    asked = image.sbom
    if asked is None:
        return not_checked("sbom", about, "the manifest names none")
    try:
        manifest = registry.manifest(repository, asked.digest)
    except Missing:
        return wrong("sbom", about, f"there is no manifest {asked.digest}")
    layers = manifest.get("layers")
    subject = manifest.get("subject")
    if not _refers(registry, repository, image, asked, subject):
        return wrong("sbom", about, f"{asked.digest} does not refer to the image")
    types = [manifest.get("artifactType"), *(each.get("mediaType") for each in layers or () if isinstance(each, dict))]
    if not any(str(kind).startswith(SBOM_TYPES[asked.format]) for kind in types):
        named = ", ".join(sorted({str(kind) for kind in types if kind}))
        return wrong("sbom", about, f"it is no {asked.format} document: {named}")
    return right("sbom", about, f"{asked.format} document {asked.digest} refers to the image")


def _refers(registry: Registry, repository: str, image: ReleaseImage, asked: Sbom, subject: Any) -> bool:  # noqa: ANN401
    """Tell whether the document says so itself, or stands under the tag that ``cosign attach sbom`` gives it."""
    if isinstance(subject, dict) and subject.get("digest") == image.digest:
        return True
    try:
        return registry.digest_of(repository, f"{image.digest.replace(':', '-')}.sbom") == asked.digest
    except Missing:
        return False
