"""Signatures that cosign put beside an image: finding them, and verifying those made with a key.

Two forms exist. Up to version 2, a tag ``sha256-<hex>.sig`` names an image whose layers are "simple signing" payloads,
the signature in an annotation (cosign: ``specs/SIGNATURE_SPEC.md``). From version 3, a Sigstore bundle refers to the
image and holds a DSSE envelope around an in-toto statement (cosign: ``specs/BUNDLE_SPEC.md``; DSSE: ``protocol.md``).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from promotion.release.registry import Missing, Registry

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

SIMPLE = "application/vnd.dev.cosign.simplesigning.v1+json"
SIMPLE_TYPE = "cosign container image signature"
SIGNATURE = "dev.cosignproject.cosign/signature"
CERTIFICATE = "dev.sigstore.cosign/certificate"
BUNDLE = "application/vnd.dev.sigstore.bundle"
PREDICATE = "https://sigstore.dev/cosign/sign/v1"
MOST = 20
"""Signatures of one image that are looked at."""


@dataclass(frozen=True)
class Signed:
    """One signature as the registry has it; nothing about it has been verified."""

    message: bytes
    """What was signed, to the byte."""
    signature: bytes
    subject: str
    """Digest of the image that the message is about."""
    certificate: bytes | None = None
    """Certificate of a keyless signature, PEM or DER."""


def find(registry: Registry, repository: str, digest: str) -> list[Signed]:
    """Return the signatures of an image, in both forms.

    Raises:
        RegistryError: the registry did not answer, or with other content than it says.

    """
    try:
        layers = _list(registry.manifest(repository, f"{digest.replace(':', '-')}.sig").get("layers"))
    except Missing:
        layers = []
    simple = [layer for layer in layers if layer.get("mediaType") == SIMPLE and isinstance(layer.get("digest"), str)]
    found = [
        _simple(registry.blob(repository, layer["digest"]), _mapping(layer.get("annotations")))
        for layer in simple[:MOST]
    ]
    for referrer in registry.referrers(repository, digest)[:MOST]:
        if str(referrer.get("artifactType", "")).startswith(BUNDLE) and isinstance(referrer.get("digest"), str):
            layers = _list(registry.manifest(repository, referrer["digest"]).get("layers"))
            named = [layer["digest"] for layer in layers[:1] if isinstance(layer.get("digest"), str)]
            found += [_bundle(registry.blob(repository, blob)) for blob in named]
    return [each for each in found if each is not None]


def verifies(signed: Signed, key: PublicKeyTypes) -> bool:
    """Tell whether the signature was made with the private half of ``key``: ECDSA, Ed25519 or RSA, with SHA-256.

    Raises:
        ValueError: a key of another kind.

    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signed.signature, signed.message, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signed.signature, signed.message)
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signed.signature, signed.message, padding.PKCS1v15(), hashes.SHA256())
        else:
            raise ValueError("a key that is neither ECDSA nor Ed25519 nor RSA")  # noqa: TRY004 - a value of a file
    except InvalidSignature:
        return False
    return True


def _simple(payload: bytes, annotations: Mapping[str, Any]) -> Signed | None:
    critical = _mapping(_json(payload).get("critical"))
    subject = _mapping(critical.get("image")).get("docker-manifest-digest")
    signature = _decoded(annotations.get(SIGNATURE))
    if critical.get("type") != SIMPLE_TYPE or not isinstance(subject, str) or signature is None:
        return None
    certificate = annotations.get(CERTIFICATE)
    return Signed(payload, signature, subject, certificate.encode() if isinstance(certificate, str) else None)


def _bundle(content: bytes) -> Signed | None:
    bundle = _json(content)
    envelope, material = _mapping(bundle.get("dsseEnvelope")), _mapping(bundle.get("verificationMaterial"))
    kind, payload = envelope.get("payloadType"), _decoded(envelope.get("payload"))
    signatures = _list(envelope.get("signatures"))
    signature = _decoded(signatures[0].get("sig")) if signatures else None
    if not isinstance(kind, str) or payload is None or signature is None:
        return None
    statement = _json(payload)
    subjects = [_mapping(each.get("digest")).get("sha256") for each in _list(statement.get("subject"))]
    if statement.get("predicateType") != PREDICATE or len(subjects) != 1:
        return None
    chain = _list(_mapping(material.get("x509CertificateChain")).get("certificates"))
    raw = _mapping(material.get("certificate")).get("rawBytes") or (chain[0].get("rawBytes") if chain else None)
    message = b" ".join([b"DSSEv1", b"%d" % len(kind.encode()), kind.encode(), b"%d" % len(payload), payload])
    return Signed(message, signature, f"sha256:{subjects[0]}", _decoded(raw))


def _json(content: bytes) -> Mapping[str, Any]:
    try:
        return _mapping(json.loads(content))
    except ValueError:
        return {}


def _mapping(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - from a registry
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401 - from a registry
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _decoded(text: Any) -> bytes | None:  # noqa: ANN401 - from a registry
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except binascii.Error:
        return None
