"""Facts about Microsoft.Storage."""

from __future__ import annotations

from typing import Any

from emulator.facts import names
from emulator.facts.build import SUCCEEDED, fact, outputs
from emulator.facts.model import Fact, Placement
from emulator.facts.names import name_rule

_API = "2024-01-01"
_ACCOUNT = "Microsoft.Storage/storageAccounts"
_SERVICES = ("blob", "dfs", "file", "queue", "table")


def _account(inputs: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return endpoints and replication. Azure picks the zone code of a static website's host; here it is always z6."""
    name = placement.name
    sku = str((inputs.get("sku") or {}).get("name") or "")
    endpoints = {service: f"https://{name}.{service}.core.windows.net/" for service in _SERVICES}
    endpoints["web"] = f"https://{name}.z6.web.core.windows.net/"
    computed: dict[str, Any] = {
        "primaryEndpoints": endpoints,
        "primaryLocation": placement.location,
        "statusOfPrimary": "available",
    }
    if "GRS" in sku or "GZRS" in sku:
        computed["statusOfSecondary"] = "available"
    if sku.startswith("Standard_RA"):
        computed["secondaryEndpoints"] = {
            service: f"https://{name}-secondary.{service}.core.windows.net/"
            for service in _SERVICES
            if service != "file"
        }
    return computed


_SHARE_NAME = name_rule(
    names.LOWER_HYPHENS, 3, 63, "lower-case letters, digits and single hyphens, no hyphen at the ends"
)

_LOGS = ("StorageRead", "StorageWrite", "StorageDelete")
"""Log categories of each service of an account; the account itself has none."""

FACTS: tuple[Fact, ...] = (
    fact(
        "storage:StorageAccount",
        _ACCOUNT,
        "accountName",
        api=_API,
        name=name_rule(r"[a-z0-9]+", 3, 24, "lower-case letters and digits only"),
        unique="global",
        immutable=(
            "location",
            "extendedLocation",
            "kind",
            "isHnsEnabled",
            "enableNfsV3",
            "dnsEndpointType",
            "encryption.requireInfrastructureEncryption",
            "immutableStorageWithVersioning.enabled",
        ),
        outputs=outputs(SUCCEEDED, _account),
        logs=(),
    ),
    fact(
        "storage:BlobServiceProperties",
        f"{_ACCOUNT}/blobServices",
        "accountName",
        "=default",
        api=_API,
        logs=_LOGS,
    ),
    fact(
        "storage:BlobContainer",
        f"{_ACCOUNT}/blobServices/containers",
        "accountName",
        "=default",
        "containerName",
        api=_API,
        name=name_rule(
            rf"\$root|\$web|\$logs|{names.LOWER_HYPHENS}",
            3,
            63,
            "lower-case letters, digits and single hyphens, no hyphen at the ends",
        ),
        immutable=("immutableStorageWithVersioning.enabled", "defaultEncryptionScope"),
        outputs=outputs(
            {
                "hasImmutabilityPolicy": False,
                "hasLegalHold": False,
                "leaseState": "Available",
                "leaseStatus": "Unlocked",
            }
        ),
    ),
    fact(
        "storage:BlobContainerImmutabilityPolicy",
        f"{_ACCOUNT}/blobServices/containers/immutabilityPolicies",
        "accountName",
        "=default",
        "containerName",
        "=default",
        api=_API,
        outputs=outputs({"state": "Unlocked"}),
    ),
    fact(
        "storage:FileServiceProperties",
        f"{_ACCOUNT}/fileServices",
        "accountName",
        "=default",
        api=_API,
        logs=_LOGS,
    ),
    fact(
        "storage:FileShare",
        f"{_ACCOUNT}/fileServices/shares",
        "accountName",
        "=default",
        "shareName",
        api=_API,
        name=_SHARE_NAME,
        immutable=("enabledProtocols",),
        outputs=outputs({"leaseState": "Available", "leaseStatus": "Unlocked"}),
    ),
    fact(
        "storage:QueueServiceProperties",
        f"{_ACCOUNT}/queueServices",
        "accountName",
        "=default",
        api=_API,
        logs=_LOGS,
    ),
    fact(
        "storage:Queue",
        f"{_ACCOUNT}/queueServices/queues",
        "accountName",
        "=default",
        "queueName",
        api=_API,
        name=_SHARE_NAME,
    ),
    fact(
        "storage:TableServiceProperties",
        f"{_ACCOUNT}/tableServices",
        "accountName",
        "=default",
        api=_API,
        logs=_LOGS,
    ),
    fact(
        "storage:Table",
        f"{_ACCOUNT}/tableServices/tables",
        "accountName",
        "=default",
        "tableName",
        api=_API,
        name=name_rule(r"[A-Za-z][A-Za-z0-9]*", 3, 63, "letters and digits, a letter first"),
    ),
    fact("storage:ManagementPolicy", f"{_ACCOUNT}/managementPolicies", "accountName", "=default", api=_API),
    fact(
        "storage:EncryptionScope",
        f"{_ACCOUNT}/encryptionScopes",
        "accountName",
        "encryptionScopeName",
        api=_API,
        name=_SHARE_NAME,
        immutable=("requireInfrastructureEncryption",),
    ),
)
