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
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from promotion.release.registry import Missing, Registry

SIMPLE = "application/vnd.dev.cosign.simplesigning.v1+json"
SIMPLE_TYPE = "cosign container image signature"
SIGNATURE = "dev.cosignproject.cosign/signature"
CERTIFICATE = "dev.sigstore.cosign/certificate"
BUNDLE = "application/vnd.dev.sigstore.bundle"
PREDICATE = "https://sigstore.dev/cosign/sign/v1"
LIMIT = 20
"""Signatures of one image that are looked at, in each form."""

ISSUER_TEXT, ISSUER = "1.3.6.1.4.1.57264.1.1", "1.3.6.1.4.1.57264.1.8"
"""Extensions that Fulcio writes: the issuer as bare text, and as a DER string (Fulcio: ``docs/oid-info.md``)."""
UTF8_STRING = 0x0C
"""Tag of a DER string."""


@dataclass(frozen=True)
class Signer:
    """Who signed, as the certificate of a keyless signature says."""

    identities: list[str]
    """Subject alternative names: addresses, mail addresses."""
    issuer: str
    """Who vouched for the signer; empty where the certificate does not say."""


@dataclass(frozen=True)
class ImageSignature:
    """One signature as the registry has it; nothing about it has been verified."""

    message: bytes
    """What was signed, to the byte."""
    signature: bytes
    subject: str
    """Digest of the image that the message is about."""
    certificate: bytes | None = None
    """Certificate of a keyless signature, PEM or DER."""

    def is_made_with(self, key: str) -> bool:
        """Return whether the signature was made with the private half of a PEM key.

        Raises:
            ValueError: the key cannot be read, or is of a kind that cosign does not use.

        """
        try:
            public_key = load_pem_public_key(key.encode())
        except UnsupportedAlgorithm as error:
            raise ValueError(str(error)) from None
        return self._verifies(public_key)

    def signer(self) -> Signer | None:
        """Return the signer that the certificate names, or None if its key did not make this signature.

        Raises:
            ValueError: there is no certificate, or it cannot be read.

        """
        content = self.certificate or b""
        pem = b"-----BEGIN" in content
        certificate = (x509.load_pem_x509_certificate if pem else x509.load_der_x509_certificate)(content)
        signer = Signer(_identities(certificate), _issuer(certificate))
        return signer if self._verifies(certificate.public_key()) else None

    def _verifies(self, key: PublicKeyTypes) -> bool:
        """Verify with ECDSA, Ed25519 or RSA, and SHA-256."""
        try:
            if isinstance(key, ec.EllipticCurvePublicKey):
                key.verify(self.signature, self.message, ec.ECDSA(hashes.SHA256()))
            elif isinstance(key, ed25519.Ed25519PublicKey):
                key.verify(self.signature, self.message)
            elif isinstance(key, rsa.RSAPublicKey):
                key.verify(self.signature, self.message, padding.PKCS1v15(), hashes.SHA256())
            else:
                raise ValueError("a key that is neither ECDSA nor Ed25519 nor RSA")  # noqa: TRY004 - a value of a file
        except InvalidSignature:
            return False
        return True


def find_signatures(registry: Registry, repository: str, digest: str) -> list[ImageSignature]:
    """Return the signatures of an image, in both forms.

    Raises:
        RegistryError: the registry did not answer, or sent content that does not match its digest.

    """
    try:
        layers = _list(registry.manifest(repository, f"{digest.replace(':', '-')}.sig").get("layers"))
    except Missing:
        layers = []
    simple = [layer for layer in layers if layer.get("mediaType") == SIMPLE and isinstance(layer.get("digest"), str)]
    signatures = [
        _from_payload(registry.blob(repository, layer["digest"]), _mapping(layer.get("annotations")))
        for layer in simple[:LIMIT]
    ]
    for referrer in registry.referrers(repository, digest)[:LIMIT]:
        if str(referrer.get("artifactType", "")).startswith(BUNDLE) and isinstance(referrer.get("digest"), str):
            layers = _list(registry.manifest(repository, referrer["digest"]).get("layers"))
            blobs = [layer["digest"] for layer in layers[:1] if isinstance(layer.get("digest"), str)]
            signatures += [_from_bundle(registry.blob(repository, blob)) for blob in blobs]
    return [signature for signature in signatures if signature is not None]


def _from_payload(payload: bytes, annotations: Mapping[str, Any]) -> ImageSignature | None:
    critical = _mapping(_json(payload).get("critical"))
    subject = _mapping(critical.get("image")).get("docker-manifest-digest")
    signature = _decoded(annotations.get(SIGNATURE))
    if critical.get("type") != SIMPLE_TYPE or not isinstance(subject, str) or signature is None:
        return None
    certificate = annotations.get(CERTIFICATE)
    return ImageSignature(payload, signature, subject, certificate.encode() if isinstance(certificate, str) else None)


def _from_bundle(content: bytes) -> ImageSignature | None:
    bundle = _json(content)
    envelope, material = _mapping(bundle.get("dsseEnvelope")), _mapping(bundle.get("verificationMaterial"))
    kind, payload = envelope.get("payloadType"), _decoded(envelope.get("payload"))
    signatures = _list(envelope.get("signatures"))
    signature = _decoded(signatures[0].get("sig")) if signatures else None
    if not isinstance(kind, str) or payload is None or signature is None:
        return None
    statement = _json(payload)
    subjects = [_mapping(subject.get("digest")).get("sha256") for subject in _list(statement.get("subject"))]
    if statement.get("predicateType") != PREDICATE or len(subjects) != 1:
        return None
    chain = _list(_mapping(material.get("x509CertificateChain")).get("certificates"))
    raw = _mapping(material.get("certificate")).get("rawBytes") or (chain[0].get("rawBytes") if chain else None)
    message = b" ".join([b"DSSEv1", b"%d" % len(kind.encode()), kind.encode(), b"%d" % len(payload), payload])
    return ImageSignature(message, signature, f"sha256:{subjects[0]}", _decoded(raw))


def _identities(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    return [*names.get_values_for_type(x509.UniformResourceIdentifier), *names.get_values_for_type(x509.RFC822Name)]


def _issuer(certificate: x509.Certificate) -> str:
    for identifier in (ISSUER, ISSUER_TEXT):
        try:
            extension = certificate.extensions.get_extension_for_oid(x509.ObjectIdentifier(identifier)).value
        except (x509.ExtensionNotFound, ValueError):
            continue
        if isinstance(extension, x509.UnrecognizedExtension):
            value = extension.value
            der = identifier == ISSUER and len(value) > 1 and value[0] == UTF8_STRING and value[1] == len(value) - 2
            return (value[2:] if der else value).decode("utf-8", "replace")
    return ""


def _json(content: bytes) -> Mapping[str, Any]:
    try:
        return _mapping(json.loads(content))
    except ValueError:
        return {}


def _mapping(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - from a registry
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401 - from a registry
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _decoded(text: Any) -> bytes | None:  # noqa: ANN401 - from a registry
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except binascii.Error:
        return None
