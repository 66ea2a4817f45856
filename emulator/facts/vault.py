"""Facts about Microsoft.KeyVault."""

from __future__ import annotations

import zlib
from typing import Any

from emulator.facts.build import fact, outputs
from emulator.facts.model import Fact, Placement
from emulator.facts.names import name_rule

_API = "2026-02-01"
_VAULT = "Microsoft.KeyVault/vaults"


def vault_uri(name: str) -> str:
    """Return the address of the vault's data plane."""
    return f"https://{name.lower()}.vault.azure.net/"


def _vault(inputs: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return the properties as ARM shows them: soft delete is always on, 90 days unless set otherwise."""
    properties = inputs.get("properties") or {}
    defaults = {"enableSoftDelete": True, "softDeleteRetentionInDays": 90}
    shown = {key: value for key, value in properties.items() if key != "createMode"}
    return {
        "properties": {**defaults, **shown, "vaultUri": vault_uri(placement.name), "provisioningState": "Succeeded"},
    }


def _secret(inputs: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return the properties as ARM shows them: never the value. A change of the value makes a new version."""
    properties = inputs.get("properties") or {}
    shown = {key: value for key, value in properties.items() if key != "value"}
    uri = f"{vault_uri(str(inputs['vaultName']))}secrets/{placement.name}"
    # Twelve bits of a checksum: another value is another version, and they reveal nothing about the value.
    mark = zlib.crc32(str(properties.get("value")).encode()) % 4096
    version = placement.guid("version", str(mark)).replace("-", "")
    shown |= {"secretUri": uri, "secretUriWithVersion": f"{uri}/{version}"}
    return {"properties": shown, "location": placement.location}


def _key(inputs: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return the key attributes beside the properties, as the SDK's class shows them."""
    properties = inputs.get("properties") or {}
    uri = f"{vault_uri(str(inputs['vaultName']))}keys/{placement.name}"
    shown = {
        key: properties[key] for key in ("attributes", "curveName", "keyOps", "keySize", "kty") if key in properties
    }
    version = placement.guid("version").replace("-", "")
    return {**shown, "keyUri": uri, "keyUriWithVersion": f"{uri}/{version}", "location": placement.location}


_SECRET_NAME = name_rule(r"[A-Za-z0-9-]+", 1, 127, "letters, digits and hyphens (no underscore)")

FACTS: tuple[Fact, ...] = (
    fact(
        "keyvault:Vault",
        _VAULT,
        "vaultName",
        api=_API,
        name=name_rule(
            r"[A-Za-z](?:[A-Za-z0-9]|-(?=[A-Za-z0-9]))*",
            3,
            24,
            "letters, digits and single hyphens, a letter first, no hyphen last",
        ),
        unique="global",
        immutable=("location", "properties.tenantId"),
        outputs=outputs(_vault),
        soft_delete=True,
        logs=("AuditEvent", "AzurePolicyEvaluationDetails"),
    ),
    fact(
        "keyvault:Secret",
        f"{_VAULT}/secrets",
        "vaultName",
        "secretName",
        api=_API,
        name=_SECRET_NAME,
        outputs=outputs(_secret),
        soft_delete=True,
        late=("properties.secretUriWithVersion",),
    ),
    fact(
        "keyvault:Key",
        f"{_VAULT}/keys",
        "vaultName",
        "keyName",
        api=_API,
        name=_SECRET_NAME,
        immutable=("properties.kty", "properties.keySize", "properties.curveName"),
        outputs=outputs(_key),
        soft_delete=True,
        late=("keyUriWithVersion",),
    ),
)
