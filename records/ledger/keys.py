"""The keys that sign a ledger: a file for the local Azure, a key that never leaves Key Vault on Azure.

An entry is trusted if the target's key signed it, or one whose public half the reader names. The libraries of
signatures and of Azure are imported inside functions: they are heavy, and those of Azure optional.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from support.errors import Exit, OperationError
from support.files import create_once
from support.packages import azure_packages
from targets.local import LocalTarget
from targets.target import Target

if TYPE_CHECKING:
    from securesystemslib.signer import Key, Signer, SSlibKey

VARIABLE = "FABRIX_LEDGER_KEY"
"""Environment variable on Azure: ``azurekms://<vault>.vault.azure.net/keys/<name>``, optionally ``/<version>``;
``{stack}`` is replaced by the name of the stack."""

LOCAL_KEY = "ledger-key.pem"


@dataclass(frozen=True)
class Keys:
    """What signs new entries, and whose signatures are trusted."""

    signer: Signer | None
    """None for reading only."""

    trusted: tuple[Key, ...]


def signing_keys(target: Target, stack: str, *, make: bool = True) -> Keys:
    """Return the keys of the ledger of ``stack`` on ``target``; ``make`` creates a local key if there is none.

    Without a local key nothing is trusted.

    Raises:
        OperationError: exit code 2, no key or a malformed one is configured; 4, the Azure packages are not installed.

    """
    if not isinstance(target, LocalTarget):
        return vault_keys(os.environ.get(VARIABLE, ""), stack)
    return local_keys(target.base) if make or (target.base / LOCAL_KEY).exists() else Keys(None, ())


def local_keys(folder: Path) -> Keys:
    """Return the Ed25519 key in ``folder``, or create one that only its owner can read.

    Raises:
        OperationError: the file holds no such key.

    """
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from securesystemslib.signer import CryptoSigner

    path = folder / LOCAL_KEY
    content = create_once(path, CryptoSigner.generate_ed25519().private_bytes)
    try:
        private: Any = load_pem_private_key(content, password=None)
        signer = CryptoSigner(private)
    except (ValueError, TypeError):
        raise OperationError(
            f"{path} holds no private key in PEM. Restore it, or delete it together with the local records if the "
            "local ledger need not be kept."
        ) from None
    return Keys(signer, (signer.public_key,))


def vault_keys(address: str, stack: str) -> Keys:
    """Return the signer of a Key Vault EC key; all enabled versions of the key are trusted, so it can be rotated.

    Signs with the version that the address names, else the current one. Needs the role *Key Vault Crypto User* on the
    key. Tests have no Key Vault: they cover the choice, the address and the conversion of the key; signing itself is
    securesystemslib's ``AzureSigner``.

    Raises:
        OperationError: exit code 2, the address is missing or malformed; 4, the Azure packages are not installed;
            1, the vault refuses access or does not answer.

    """
    address = address.replace("{stack}", stack)
    url = urlsplit(address)
    parts = url.path.strip("/").split("/")
    versioned = 3
    if url.scheme != "azurekms" or not url.netloc or parts[0] != "keys" or len(parts) not in (2, versioned):
        raise OperationError(
            f"{VARIABLE} is {address or 'not set'}; it names the Key Vault key that signs the ledger, like "
            "azurekms://kv-example.vault.azure.net/keys/ledger (an EC key; `./fabrix bootstrap` makes one)",
            Exit.BAD_INPUT,
        )
    with azure_packages("the ledger's Key Vault key"):
        from azure.core.exceptions import AzureError
        from azure.identity import DefaultAzureCredential
        from azure.keyvault.keys import KeyClient
    from securesystemslib.signer import AzureSigner

    name = parts[1]
    try:
        client = KeyClient(f"https://{url.netloc}", DefaultAzureCredential())
        signing = client.get_key(name, parts[2] if len(parts) == versioned else None)
        versions = [about.version for about in client.list_properties_of_key_versions(name) if about.enabled]
        others = [client.get_key(name, version) for version in versions if version != signing.properties.version]
        public = public_key(signing.key)
        signer = AzureSigner(str(signing.id), public)
    except AzureError as error:
        reason = str(error).splitlines()[0]
        raise OperationError(
            f"the ledger's key {address} cannot be used ({reason}). The identity that runs this needs the role Key "
            "Vault Crypto User on it, and network access to the vault."
        ) from None
    return Keys(signer, (public, *(public_key(other.key) for other in others)))


def public_key(jwk: Any) -> SSlibKey:  # noqa: ANN401 - azure.keyvault.keys.JsonWebKey, which is not always installed
    """Convert a JSON Web Key of Key Vault into the key that verifies signatures.

    Raises:
        OperationError: exit code 2, it is no elliptic-curve key on P-256, P-384 or P-521.

    """
    from cryptography.hazmat.primitives.asymmetric import ec
    from securesystemslib.signer import SSlibKey

    curves: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
    kind, curve = str(getattr(jwk.kty, "value", jwk.kty)), str(getattr(jwk.crv, "value", jwk.crv))
    if not kind.startswith("EC") or curve not in curves:
        raise OperationError(
            f"{VARIABLE} names a key of type {kind} {curve}; the ledger is signed with an EC key on P-256, P-384 or "
            "P-521",
            Exit.BAD_INPUT,
        )
    numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(jwk.x), int.from_bytes(jwk.y), curves[curve])
    return SSlibKey.from_crypto(numbers.public_key())


def read_public(path: Path) -> Key:
    """Read a public key in PEM that the reader trusts.

    Raises:
        OperationError: exit code 2, the file does not exist or holds no such key.

    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise OperationError(f"--key {path}: {error.strerror}", Exit.BAD_INPUT) from None
    key = _public(content)
    if key is None:
        raise OperationError(
            f"--key {path}: no public key in PEM (-----BEGIN PUBLIC KEY-----); the ledger keeps copies of the keys "
            "that signed it under keys/, and `az keyvault key download` gets one from Key Vault",
            Exit.BAD_INPUT,
        )
    return key


def pem(key: Key) -> bytes:
    """Return a public key in PEM."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    crypto: Any = key
    if not crypto.keyval["public"].startswith("-----BEGIN"):  # Ed25519 is stored as its bare 32 bytes
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        raw = Ed25519PublicKey.from_public_bytes(bytes.fromhex(crypto.keyval["public"]))
        return raw.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return crypto.keyval["public"].encode()


def key_id(content: bytes) -> str | None:
    """Return the id of the public key in ``content`` if that is spelt as :func:`pem` writes it."""
    key = _public(content)
    return key.keyid if key is not None and pem(key) == content else None


def _public(content: bytes) -> Key | None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from securesystemslib.signer import SSlibKey

    try:
        return SSlibKey.from_crypto(load_pem_public_key(content))
    except (ValueError, UnsupportedAlgorithm):
        return None
