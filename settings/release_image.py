"""One image of a release: what is pulled, who signed it, what is inside it."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from settings.base import Model, refused

Digest = Annotated[
    str,
    Field(
        pattern=r"^sha256:[0-9a-f]{64}$",
        examples=["sha256:" + "0123456789abcdef" * 4],
        json_schema_extra={"allowed": "sha256: and 64 hexadecimal digits"},
    ),
]

Version = Annotated[
    str,
    Field(
        pattern=r"^\w[\w.+-]{0,127}$",
        examples=["1.9.5"],
        json_schema_extra={"allowed": "1-128 letters, digits, dots and hyphens, as text"},
    ),
]

Repository = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$",
        max_length=255,
        examples=["claims/portal"],
        json_schema_extra={"allowed": "a repository without registry and tag, in lower case"},
    ),
]

_PEM = re.compile(
    r"\s*-----BEGIN PUBLIC KEY-----\s+[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*",
)
_KEY_FILE = re.compile(r"(?!\.)[\w.-]+(?:/(?!\.)[\w.-]+)*\.(?:pem|pub)")
_KEY_ALLOWED = "a public key (-----BEGIN PUBLIC KEY-----…), or the path of one below releases/"
_KEY_EXAMPLE = "keys/release.pub"


def is_public_key(text: str) -> bool:
    """Whether ``text`` is one public key in PEM, by its form; whether it works shows when it is used."""
    return _PEM.fullmatch(text) is not None


def is_key_file(text: str) -> bool:
    """Whether ``text`` is the path of a key below ``releases/``: relative, with ``/``, nothing hidden, no way up."""
    return _KEY_FILE.fullmatch(text) is not None


def _public_key(value: str) -> str:
    if "PRIVATE KEY" in value:
        raise refused("a manifest must not hold a private key", _KEY_ALLOWED, _KEY_EXAMPLE)
    if not is_public_key(value) and not is_key_file(value):
        raise refused("neither a public key in PEM nor the path of one", _KEY_ALLOWED, _KEY_EXAMPLE)
    return value.strip()


class KeySignature(Model):
    """Signed by ``cosign sign --key``."""

    key: Annotated[str, AfterValidator(_public_key)] = Field(
        max_length=2048, examples=[_KEY_EXAMPLE], json_schema_extra={"allowed": _KEY_ALLOWED}
    )
    """Public key that the signature must verify with: the PEM text, or the path of a file below ``releases/``."""


class KeylessSignature(Model):
    """Signed by ``cosign sign`` with a short-lived certificate, issued to the account that signed in."""

    issuer: str = Field(
        pattern=r"^https://\S+$",
        max_length=256,
        examples=["https://token.actions.githubusercontent.com"],
        json_schema_extra={"allowed": "an https:// address"},
    )
    """Who vouched for the signer: the OpenID Connect issuer in the certificate."""
    identity: str = Field(
        min_length=1,
        max_length=512,
        examples=["https://github.com/contoso/images/.github/workflows/release.yml@refs/heads/main"],
    )
    """Who signed: the subject alternative name in the certificate."""


def _kind(value: object) -> str:
    return (
        "keyless" if isinstance(value, KeylessSignature) or (isinstance(value, dict) and "key" not in value) else "key"
    )


Signature = Annotated[
    Annotated[KeySignature, Tag("key")] | Annotated[KeylessSignature, Tag("keyless")],
    Discriminator(_kind),
]


class Sbom(Model):
    """Where the bill of materials of the image is."""

    format: Literal["spdx", "cyclonedx"] = Field(examples=["spdx"])
    """Its format."""
    digest: Digest
    """Its own digest: that of the manifest in the registry that refers to the image."""


class ReleaseImage(Model):
    """One image of a release."""

    version: Version
    """Version as its makers call it, for people; the digest is what counts."""
    digest: Digest
    """What is pulled."""
    signature: Signature | None = None
    """Who must have signed it, with cosign."""
    sbom: Sbom | None = None
    """What is inside it."""
