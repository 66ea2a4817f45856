"""Who signs: the local key, and which Key Vault key on Azure. Key Vault itself is not run here."""

from __future__ import annotations

import builtins
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from records import ledger as package
from records.file_documents import FileDocuments
from records.ledger import Ledger, keys, open_for_reading
from support.errors import Exit, OperationError
from targets.azure import AzureTarget
from targets.local import LocalTarget


def test_the_local_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    found: list[str] = []

    def ask() -> None:
        found.append(keys.local_keys(tmp_path).trusted[0].keyid)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1, "several at once get the same key"
    assert stat.S_IMODE((tmp_path / keys.LOCAL_KEY).stat().st_mode) == 0o600


def test_a_damaged_local_key_is_named_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / keys.LOCAL_KEY).write_text("no key")
    with pytest.raises(OperationError, match=r"ledger-key\.pem holds no private key"):
        keys.local_keys(tmp_path)
    assert (tmp_path / keys.LOCAL_KEY).read_text() == "no key"


def test_reading_makes_neither_key_nor_ledger(tmp_path: Path) -> None:
    target = LocalTarget(tmp_path)
    assert open_for_reading(target, "prod", []).verify() == []
    assert list(tmp_path.iterdir()) == [], "who only looks leaves nothing behind"


def test_the_local_azure_signs_with_its_own_key(tmp_path: Path) -> None:
    target = LocalTarget(tmp_path)
    package.open_ledger(target, "prod").append("gate", {"words": "fine"})
    assert open_for_reading(target, "prod", []).verify() == []
    (kept,) = (tmp_path / "records" / "ledger" / "prod" / "keys").iterdir()
    assert open_for_reading(target, "prod", [kept]).verify() == [], "a public key that the reader names is trusted"


def test_a_lost_key_is_an_unknown_key_until_its_public_half_is_named(tmp_path: Path) -> None:
    target = LocalTarget(tmp_path)
    package.open_ledger(target, "prod").append("gate", {"words": "fine"})
    (tmp_path / keys.LOCAL_KEY).unlink()
    faults = package.open_ledger(target, "prod").verify()
    assert faults and faults[0].kind == "unknown key" and "--key FILE" in str(faults[0])


@pytest.mark.parametrize("content", ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "x"])
def test_a_file_without_a_public_key_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "k.pem").write_text(content)
    for path in (tmp_path / "k.pem", tmp_path / "none.pem"):
        with pytest.raises(OperationError, match="--key") as refused:
            keys.read_public(path)
        assert refused.value.code is Exit.BAD_INPUT


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ledger",
        "https://kv.vault.azure.net/keys/ledger",
        "azurekms://kv.vault.azure.net/secrets/ledger",
        "azurekms:/keys/a",
    ],
)
def test_on_azure_the_key_has_to_be_named(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv(keys.VARIABLE, address)
    with pytest.raises(OperationError, match=r"azurekms://kv-example\.vault\.azure\.net/keys/ledger") as refused:
        keys.signing_keys(AzureTarget(), "prod")
    assert refused.value.code is Exit.BAD_INPUT


def test_without_the_azure_packages_the_command_that_installs_them_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def absent(name: str, *rest: Any, **options: Any) -> Any:
        if name.split(".", maxsplit=1)[0] == "azure":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", absent)
    monkeypatch.setenv(keys.VARIABLE, "azurekms://kv.vault.azure.net/keys/ledger-{stack}")
    with pytest.raises(OperationError, match=r"pip install -r requirements-azure\.txt") as refused:
        keys.signing_keys(AzureTarget(), "prod")
    assert refused.value.code is Exit.ENGINE_MISSING


@pytest.mark.parametrize("curve", ["P-256", "P-384", "P-521"])
def test_a_key_vault_key_becomes_the_key_that_checks_its_signatures(tmp_path: Path, curve: str) -> None:
    """With Key Vault's own class for keys, and a private half that signs in its place."""
    from azure.keyvault.keys import JsonWebKey
    from cryptography.hazmat.primitives.asymmetric import ec
    from securesystemslib.signer import CryptoSigner

    private = ec.generate_private_key(
        {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}[curve]
    )
    numbers = private.public_key().public_numbers()
    size = (private.curve.key_size + 7) // 8
    jwk = JsonWebKey(kty="EC", crv=curve, x=numbers.x.to_bytes(size, "big"), y=numbers.y.to_bytes(size, "big"))
    public = keys.public_key(jwk)
    ledger = Ledger(FileDocuments(tmp_path), "prod", CryptoSigner(private), trusted=[public])
    for number in range(3):
        ledger.append("gate", {"n": number})
    assert ledger.verify() == [], "what the private half signs, the key made from the vault's answer accepts"
    (copy,) = (tmp_path / "ledger" / "prod" / "keys").iterdir()
    assert keys.read_public(copy).keyid == public.keyid


def test_a_key_vault_key_of_another_kind_is_refused() -> None:
    from azure.keyvault.keys import JsonWebKey

    for jwk in (JsonWebKey(kty="RSA", n=b"1", e=b"1"), JsonWebKey(kty="EC", crv="P-256K", x=b"1", y=b"1")):
        with pytest.raises(OperationError, match="EC key on P-256"):
            keys.public_key(jwk)
