"""Rows of Microsoft.KeyVault."""

from __future__ import annotations

import zlib
from typing import Any

from emulator.facts import names
from emulator.facts.build import fact, outputs
from emulator.facts.row import Fact, Place

_API = "2024-11-01"
_VAULT = "Microsoft.KeyVault/vaults"


def vault_uri(name: str) -> str:
    """Where the vault's data plane answers."""
    return f"https://{name.lower()}.vault.azure.net/"


def _vault(inputs: dict[str, Any], place: Place) -> dict[str, Any]:
    """Properties as ARM gives them back: soft delete is always on, 90 days unless said otherwise."""
    given = inputs.get("properties") or {}
    defaults = {"enableSoftDelete": True, "softDeleteRetentionInDays": 90}
    known = {key: value for key, value in given.items() if key != "createMode"}
    return {
        "properties": {**defaults, **known, "vaultUri": vault_uri(place.name), "provisioningState": "Succeeded"},
    }


def _secret(inputs: dict[str, Any], place: Place) -> dict[str, Any]:
    """Properties as ARM gives them back: never the value. A change of the value makes a new version."""
    given = {key: value for key, value in (inputs.get("properties") or {}).items() if key != "value"}
    uri = f"{vault_uri(str(inputs['vaultName']))}secrets/{place.name}"
    # Twelve bits of a checksum: another value is another version, and nothing of the value can be told from them.
    mark = zlib.crc32(str((inputs.get("properties") or {}).get("value")).encode()) % 4096
    version = place.guid("version", str(mark)).replace("-", "")
    found = {**given, "secretUri": uri, "secretUriWithVersion": f"{uri}/{version}"}
    return {"properties": found, "location": place.location}


def _key(inputs: dict[str, Any], place: Place) -> dict[str, Any]:
    """Key attributes beside the properties, as the SDK's class shows them."""
    given = inputs.get("properties") or {}
    uri = f"{vault_uri(str(inputs['vaultName']))}keys/{place.name}"
    shown = {key: given[key] for key in ("attributes", "curveName", "keyOps", "keySize", "kty") if key in given}
    version = place.guid("version").replace("-", "")
    return {**shown, "keyUri": uri, "keyUriWithVersion": f"{uri}/{version}", "location": place.location}


ROWS: tuple[Fact, ...] = (
    fact(
        "keyvault:Vault",
        _VAULT,
        "vaultName",
        api=_API,
        name=names.VAULT,
        unique="global",
        immutable=("location", "properties.tenantId"),
        outputs=outputs(_vault),
        soft_delete=True,
    ),
    fact(
        "keyvault:Secret",
        f"{_VAULT}/secrets",
        "vaultName",
        "secretName",
        api=_API,
        name=names.SECRET,
        outputs=outputs(_secret),
        late=("properties.secretUriWithVersion",),
    ),
    fact(
        "keyvault:Key",
        f"{_VAULT}/keys",
        "vaultName",
        "keyName",
        api=_API,
        name=names.SECRET,
        immutable=("properties.kty", "properties.keySize", "properties.curveName"),
        outputs=outputs(_key),
        late=("keyUriWithVersion",),
    ),
)
