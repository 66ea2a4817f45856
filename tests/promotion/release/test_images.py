"""Images of a release: there, signed by whom the manifest says, with their lists of contents."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519

from promotion.release.registry import Registry
from promotion.release.verify import Check, check_image
from settings.release_image import ReleaseImage
from tests.promotion.release.oci import Oci, pem

REPOSITORY = "claims/portal"
OURS = ec.generate_private_key(ec.SECP256R1())
ISSUER, IDENTITY = "https://issuer.example", "https://github.com/contoso/images/.github/workflows/release.yml"
Start = Callable[..., Oci]


def check(oci: Oci, digest: str, signature: Any = None, sbom: Any = None) -> dict[str, Check]:
    image = ReleaseImage.model_validate({"version": "1", "digest": digest, "signature": signature, "sbom": sbom})
    return {each.what: each for each in check_image(Registry(oci.host), REPOSITORY, image)}


def result(checks: dict[str, Check], what: str) -> tuple[str, str]:
    return checks[what].verdict.value, checks[what].reason


def test_an_image_that_is_there_and_asks_for_nothing_more(registry: Start) -> None:
    oci = registry()
    checks = check(oci, oci.image(REPOSITORY))
    assert result(checks, "image")[0] == "right"
    assert result(checks, "signature") == ("not checked", "the manifest does not say who must have signed it")
    assert result(checks, "sbom") == ("not checked", "the manifest names none")


def test_an_image_that_is_not_there_is_wrong(registry: Start) -> None:
    checks = check(registry(), "sha256:" + "0" * 64, {"key": pem(OURS)})
    assert result(checks, "image")[0] == "wrong"
    assert result(checks, "signature") == ("not checked", "the image is not there")


def test_a_registry_that_cannot_be_reached_is_not_checked_with_the_reason(registry: Start) -> None:
    oci = registry()
    oci.host = "127.0.0.1:9"
    checks = check(oci, "sha256:" + "0" * 64, {"key": pem(OURS)})
    assert {each.verdict.value for each in checks.values()} == {"not checked"}
    assert all("no connection" in each.reason for each in checks.values())


KEYS = [OURS, ed25519.Ed25519PrivateKey.generate(), rsa.generate_private_key(65537, 2048)]


@pytest.mark.parametrize("form", ["sign", "attest"])
@pytest.mark.parametrize("key", KEYS, ids=["ecdsa", "ed25519", "rsa"])
def test_a_signature_with_the_key_of_the_manifest_verifies(registry: Start, form: str, key: Any) -> None:
    oci = registry()
    digest = oci.image(REPOSITORY)
    getattr(oci, form)(REPOSITORY, digest, key)
    assert result(check(oci, digest, {"key": pem(key)}), "signature")[0] == "right"


@pytest.mark.parametrize("form", ["sign", "attest"])
def test_a_signature_with_another_key_is_wrong(registry: Start, form: str) -> None:
    oci = registry()
    digest = oci.image(REPOSITORY)
    getattr(oci, form)(REPOSITORY, digest, ec.generate_private_key(ec.SECP256R1()))
    verdict, reason = result(check(oci, digest, {"key": pem(OURS)}), "signature")
    assert (verdict, reason) == ("wrong", "no signature was made with the key of the manifest")
    getattr(oci, form)(REPOSITORY, digest, OURS)
    assert result(check(oci, digest, {"key": pem(OURS)}), "signature")[0] == "right", "one good signature is enough"


@pytest.mark.parametrize("form", ["sign", "attest"])
def test_a_signature_about_another_image_is_wrong(registry: Start, form: str) -> None:
    oci = registry()
    digest, other = oci.image(REPOSITORY), oci.image(REPOSITORY, "2")
    getattr(oci, form)(REPOSITORY, digest, OURS, about=other)
    verdict, reason = result(check(oci, digest, {"key": pem(OURS)}), "signature")
    assert (verdict, reason) == ("wrong", "the signatures beside it are about another image")


def test_an_image_without_signature_is_wrong_where_one_is_asked_for(registry: Start) -> None:
    oci = registry()
    assert result(check(oci, oci.image(REPOSITORY), {"key": pem(OURS)}), "signature") == (
        "wrong",
        "the image is not signed",
    )


def test_an_attestation_about_something_else_is_no_signature(registry: Start) -> None:
    oci = registry()
    digest = oci.image(REPOSITORY)
    oci.attest(REPOSITORY, digest, OURS, predicate="https://slsa.dev/provenance/v1")
    assert result(check(oci, digest, {"key": pem(OURS)}), "signature")[0] == "wrong"


def test_a_payload_that_was_changed_after_it_was_signed_is_found(registry: Start) -> None:
    oci = registry()
    digest = oci.image(REPOSITORY)
    oci.sign(REPOSITORY, digest, OURS)
    (payload,) = [key for key, content in oci.content.items() if b'"critical"' in content]
    oci.content[payload] = oci.content[payload].replace(b"}}", b'}, "optional": {}}')
    verdict, reason = result(check(oci, digest, {"key": pem(OURS)}), "signature")
    assert verdict == "wrong" and "another digest" in reason


@pytest.mark.parametrize("junk", [b"", b"[]", b"{", b'{"layers": 3}', b'{"layers": [{"digest": 1}]}'])
def test_junk_beside_an_image_is_no_signature_and_no_crash(registry: Start, junk: bytes) -> None:
    oci = registry()
    digest = oci.image(REPOSITORY)
    oci.put(REPOSITORY, junk, tag=f"{digest.replace(':', '-')}.sig")
    assert result(check(oci, digest, {"key": pem(OURS)}), "signature")[0] != "right"


def test_a_key_that_cannot_verify_signatures_is_wrong(registry: Start) -> None:
    oci = registry()
    digest = oci.image(REPOSITORY)
    oci.sign(REPOSITORY, digest, OURS)
    for key in (pem(x25519.X25519PrivateKey.generate()), "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"):
        verdict, reason = result(check(oci, digest, {"key": key}), "signature")
        assert verdict == "wrong" and "cannot be used" in reason


def certificate(key: Any, identity: str = IDENTITY, issuer: str = ISSUER) -> str:
    name = x509.Name([])
    value = b"\x0c" + bytes([len(issuer)]) + issuer.encode()
    start = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(minutes=10))
        .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(identity)]), critical=True)
        .add_extension(
            x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.8"), value), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def keyless(oci: Oci, key: Any, text: str) -> str:
    digest = oci.image(REPOSITORY)
    oci.sign(REPOSITORY, digest, key, **{"dev.sigstore.cosign/certificate": text})
    return digest


def test_a_keyless_signature_is_reported_and_honestly_not_verified(registry: Start) -> None:
    oci = registry()
    digest = keyless(oci, OURS, certificate(OURS))
    verdict, reason = result(check(oci, digest, {"issuer": ISSUER, "identity": IDENTITY}), "signature")
    assert verdict == "not checked"
    assert IDENTITY in reason and ISSUER in reason and "not verified" in reason


@pytest.mark.parametrize("form", ["certificate", "x509CertificateChain"])
def test_a_keyless_signature_in_a_bundle_is_read_the_same(registry: Start, form: str) -> None:
    oci = registry()
    digest = oci.image(REPOSITORY)
    der = x509.load_pem_x509_certificate(certificate(OURS).encode()).public_bytes(serialization.Encoding.DER)
    raw = {"rawBytes": base64.b64encode(der).decode()}
    oci.attest(REPOSITORY, digest, OURS, material={form: raw if form == "certificate" else {"certificates": [raw]}})
    verdict, reason = result(check(oci, digest, {"issuer": ISSUER, "identity": IDENTITY}), "signature")
    assert verdict == "not checked" and IDENTITY in reason
    oci.about.clear()
    oci.attest(REPOSITORY, digest, KEYS[1], material={form: raw if form == "certificate" else {"certificates": [raw]}})
    assert result(check(oci, digest, {"issuer": ISSUER, "identity": IDENTITY}), "signature")[0] == "wrong"


@pytest.mark.parametrize("changed", [{"identity": "https://github.com/mallory"}, {"issuer": "https://evil.example"}])
def test_a_keyless_signature_of_somebody_else_is_wrong(registry: Start, changed: dict[str, str]) -> None:
    oci = registry()
    digest = keyless(oci, OURS, certificate(OURS, **changed))
    verdict, reason = result(check(oci, digest, {"issuer": ISSUER, "identity": IDENTITY}), "signature")
    assert verdict == "wrong" and next(iter(changed.values())) in reason


def test_a_certificate_that_another_key_belongs_to_is_wrong(registry: Start) -> None:
    oci = registry()
    digest = keyless(oci, OURS, certificate(ec.generate_private_key(ec.SECP256R1())))
    assert result(check(oci, digest, {"issuer": ISSUER, "identity": IDENTITY}), "signature")[0] == "wrong"


def test_a_signature_by_key_is_no_keyless_one(registry: Start) -> None:
    oci = registry()
    digest = oci.image(REPOSITORY)
    oci.sign(REPOSITORY, digest, OURS)
    verdict, reason = result(check(oci, digest, {"issuer": ISSUER, "identity": IDENTITY}), "signature")
    assert (verdict, reason) == ("wrong", "no signature has a certificate")


def test_a_list_of_contents_that_refers_to_the_image_is_right(registry: Start) -> None:
    oci = registry()
    digest = oci.image(REPOSITORY)
    document = oci.refer(REPOSITORY, digest, {"artifactType": "application/spdx+json", "layers": []})
    assert result(check(oci, digest, sbom={"format": "spdx", "digest": document}), "sbom")[0] == "right"
    verdict, reason = result(check(oci, digest, sbom={"format": "cyclonedx", "digest": document}), "sbom")
    assert verdict == "wrong" and "application/spdx+json" in reason


def test_a_list_of_contents_under_the_tag_of_cosign_is_right(registry: Start) -> None:
    oci = registry()
    digest = oci.image(REPOSITORY)
    layers = [{"mediaType": "application/vnd.cyclonedx+json", "digest": digest}]
    document = oci.put(REPOSITORY, {"layers": layers}, tag=f"{digest.replace(':', '-')}.sbom")
    assert result(check(oci, digest, sbom={"format": "cyclonedx", "digest": document}), "sbom")[0] == "right"


def test_a_list_of_contents_of_another_image_or_of_none_is_wrong(registry: Start) -> None:
    oci = registry()
    digest, other = oci.image(REPOSITORY), oci.image(REPOSITORY, "2")
    document = oci.refer(REPOSITORY, other, {"artifactType": "application/spdx+json"})
    asked = {"format": "spdx", "digest": document}
    assert result(check(oci, digest, sbom=asked), "sbom") == ("wrong", f"{document} does not refer to the image")
    asked = {"format": "spdx", "digest": "sha256:" + "0" * 64}
    assert result(check(oci, digest, sbom=asked), "sbom")[0] == "wrong"
